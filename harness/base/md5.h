// MD5, as CDash asks uploads to be checked by. It protects from accidents only.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// 32 lower-case hex digits.
std::string md5_hex(std::string_view bytes);

}  // namespace assay
