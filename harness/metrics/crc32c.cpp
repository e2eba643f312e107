#include "metrics/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

#include "metrics/little_endian.h"

namespace assay {

namespace {

constexpr std::uint32_t k_polynomial = 0x82F63B78U;  // bits reflected

// Slicing by 8: k_tables[n][b] is what byte b adds when n bytes follow it in the group of eight.
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1U ^ ((crc & 1U) != 0 ? k_polynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t n = 1; n < 8; ++n) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t crc = tables[n - 1][byte];
      tables[n][byte] = crc >> 8U ^ tables[0][crc & 0xFFU];
    }
  }
  return tables;
}

constexpr Tables k_tables = make_tables();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(std::string_view bytes,
                                                             std::uint32_t before) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  std::uint64_t crc = ~before;
  for (; end - at >= 8; at += 8) crc = _mm_crc32_u64(crc, load_little_endian<std::uint64_t>(at));
  auto crc32 = static_cast<std::uint32_t>(crc);
  if (end - at >= 4) {
    crc32 = _mm_crc32_u32(crc32, load_little_endian<std::uint32_t>(at));
    at += 4;
  }
  for (; at != end; ++at) crc32 = _mm_crc32_u8(crc32, static_cast<unsigned char>(*at));
  return ~crc32;
}
#endif

}  // namespace

std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t before) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  std::uint32_t crc = ~before;
  for (; end - at >= 8; at += 8) {
    const std::uint64_t group = load_little_endian<std::uint64_t>(at) ^ crc;
    crc = 0;
    for (unsigned n = 0; n < 8; ++n) crc ^= k_tables[7 - n][group >> 8 * n & 0xFFU];
  }
  for (; at != end; ++at) {
    crc = crc >> 8U ^ k_tables[0][(crc ^ static_cast<unsigned char>(*at)) & 0xFFU];
  }
  return ~crc;
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return crc32c_sse42(bytes, before);
#endif
  return crc32c_portable(bytes, before);
}

}  // namespace assay
