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

}  // namespace assay
