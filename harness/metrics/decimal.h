// Decimal numbers, read fast: what a log mostly consists of.
#pragma once

#include <optional>
#include <string_view>

namespace assay {

// All of `text` as a decimal number, correctly rounded: digits with a '.' and an exponent, where
// they are given, and a '-' before them. What is too large is infinite, what is too small is 0.
std::optional<double> parse_decimal(std::string_view text);

// The number at the start of some text, and where it ends: null where there is none, or none that
// is simple enough to be read exactly in one go. The end may lie within a number, as in "1.2.3".
struct SimpleDecimal {
  double value;
  const char* end;
};
SimpleDecimal read_simple_decimal(const char* at, const char* end);

}  // namespace assay
