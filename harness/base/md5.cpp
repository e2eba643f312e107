#include "base/md5.h"

#include <sys/types.h>

#include <cstdint>
// libmd's header needs the integer types declared before it.
#include <md5.h>

#include <array>

namespace assay {

std::string md5_hex(std::string_view bytes) {
  std::array<char, MD5_DIGEST_STRING_LENGTH> text{};
  MD5Data(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), text.data());
  return {text.data()};
}

}  // namespace assay
