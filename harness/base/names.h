// What to say of a name that is not known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay {

// "unknown operator 'rang'; did you mean 'range'?", or, when no candidate is near, "unknown
// operator 'x'; expected range, eq or lt".
std::string unknown_name(std::string_view what, std::string_view name,
                         const std::vector<std::string>& candidates);

// How a name reads in an environment variable: "ASSAY_LABEL_CODE_OWNER" of "ASSAY_LABEL_" and
// "code-owner".
std::string variable_name(std::string_view prefix, std::string_view name);

}  // namespace assay
