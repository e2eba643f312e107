#include "base/digest.h"

#include <sys/types.h>

#include <cstdint>
// libmd's header needs the integer types declared before it.
#include <sha2.h>

#include <array>

namespace assay {

std::string sha256_hex(std::string_view bytes) {
  std::array<char, SHA256_DIGEST_STRING_LENGTH> text{};
  SHA256Data(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), text.data());
  return {text.data()};
}

}  // namespace assay
