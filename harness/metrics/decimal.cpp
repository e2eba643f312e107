#include "metrics/decimal.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace assay {

namespace {

// Powers of ten that a double holds exactly.
constexpr std::array<double, 23> k_powers = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                             1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                             1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr std::uint64_t k_largest_exact = std::uint64_t{1} << 53U;
constexpr std::ptrdiff_t k_most_digits = 18;  // more might not fit into 64 bits

// Eight digits at once, where there are as many: pairs, fours and eights of digits are put together
// within one word, the first digit in its lowest byte.
bool read_eight_digits(const char* at, std::uint64_t& value) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  const bool are_digits =
      (word & 0xF0F0F0F0F0F0F0F0U) == 0x3030303030303030U &&
      ((word + 0x0606060606060606U) & 0xF0F0F0F0F0F0F0F0U) == 0x3030303030303030U;
  if (!are_digits) return false;
  word = (word & 0x0F0F0F0F0F0F0F0FU) * 2561 >> 8U;             // 10 * 256 + 1
  word = (word & 0x00FF00FF00FF00FFU) * 6553601 >> 16U;         // 100 * 65536 + 1
  word = (word & 0x0000FFFF0000FFFFU) * 42949672960001 >> 32U;  // 10000 * 2^32 + 1
  value = value * 100'000'000 + word;
  return true;
}

struct Digits {
  const char* end;
  std::uint64_t value;  // of the digits, behind those of the value before
};

// Inline, for the value to stay in a register.
[[gnu::always_inline]] inline Digits read_digits(const char* at, const char* end,
                                                 std::uint64_t value) {
  if constexpr (std::endian::native == std::endian::little) {
    while (end - at >= 8 && read_eight_digits(at, value)) at += 8;
  }
  for (; at != end; ++at) {
    const auto digit = static_cast<unsigned>(*at) - '0';
    if (digit > 9) break;
    value = value * 10 + digit;
  }
  return {at, value};
}

// The digits behind an 'e' at `at`; null where there is no exponent of at most three digits.
const char* read_exponent(const char* at, const char* end, int& exponent) {
  ++at;
  const bool is_negative = at != end && *at == '-';
  if (at != end && (*at == '-' || *at == '+')) ++at;
  const auto [stop, power] = read_digits(at, end, 0);
  if (stop == at || stop - at > 3) return nullptr;
  exponent += is_negative ? -static_cast<int>(power) : static_cast<int>(power);
  return stop;
}

}  // namespace

SimpleDecimal read_simple_decimal(const char* at, const char* end) {
  constexpr SimpleDecimal k_none{0, nullptr};
  const bool is_negative = at != end && *at == '-';
  if (is_negative) ++at;
  const auto whole = read_digits(at, end, 0);
  auto count = whole.end - at;
  auto mantissa = whole.value;
  at = whole.end;
  int exponent = 0;
  if (at != end && *at == '.') {
    const auto fraction = read_digits(at + 1, end, mantissa);
    exponent = static_cast<int>(at + 1 - fraction.end);
    count -= exponent;
    mantissa = fraction.value;
    at = fraction.end;
  }
  // A long run of digits has overflowed `mantissa` by now, so the count comes first.
  if (count == 0 || count > k_most_digits || mantissa > k_largest_exact) return k_none;
  if (at != end && (*at == 'e' || *at == 'E')) {
    at = read_exponent(at, end, exponent);
    if (at == nullptr) return k_none;
  }
  if (exponent < -22 || exponent > 22) return k_none;
  // Both numbers are exact, so one operation rounds once (Clinger's fast path).
  const auto exact = static_cast<double>(mantissa);
  const double value = exponent < 0 ? exact / k_powers[static_cast<std::size_t>(-exponent)]
                                    : exact * k_powers[static_cast<std::size_t>(exponent)];
  return {is_negative ? -value : value, at};
}

std::optional<double> parse_decimal(std::string_view text) {
  const char* const end = text.data() + text.size();
  if (const auto simple = read_simple_decimal(text.data(), end);
      simple.end == end && !text.empty()) {
    return simple.value;
  }
  double value = 0;
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  if (stop != end || code == std::errc::invalid_argument) {
    return std::nullopt;
  }
  if (code == std::errc::result_out_of_range) {
    return std::strtod(std::string(text).c_str(), nullptr);
  }
  return value;
}

}  // namespace assay
