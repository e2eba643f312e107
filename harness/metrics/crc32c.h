// CRC-32C (Castagnoli, RFC 3720 appendix B.4) and TFRecord's masked form of it.
#pragma once

#include <cstdint>
#include <string_view>

namespace assay {

// The checksum of `bytes` behind bytes whose checksum is `before`; uses the processor's own
// instruction where it has one.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

// The same without the instruction.
std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t before = 0);

// How TensorFlow's record files store it.
constexpr std::uint32_t mask_crc32c(std::uint32_t crc) {
  return (crc >> 15U | crc << 17U) + 0xA282EAD8U;
}

}  // namespace assay
