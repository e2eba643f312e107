// Numbers as files store them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace assay {

// The little-endian number at `bytes`, which need not be aligned.
template <typename Number>
Number load_little_endian(const char* bytes) {
  static_assert(std::is_arithmetic_v<Number>);
  char copy[sizeof(Number)];
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(copy, bytes, sizeof copy);
  } else {
    for (std::size_t i = 0; i < sizeof copy; ++i) copy[i] = bytes[sizeof copy - 1 - i];
  }
  return std::bit_cast<Number>(copy);
}

}  // namespace assay
