// Content digests: what says that a script or a recipe is unchanged.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// SHA-256 as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace assay
