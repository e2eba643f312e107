// Decimal numbers, read fast: what a log mostly consists of.
#pragma once

#include <optional>
#include <string_view>

namespace assay {

// All of `text` as a decimal number, correctly rounded: digits with a '.' and an exponent, where
// they are given, and a '-' before them. What is too large is infinite, what is too small is 0.
std::optional<double> parse_decimal(std::string_view text);

// The number at the start of `text`, taken off it; nothing, and `text` as it was, where that is not
// a number simple enough to be read exactly in one go.
std::optional<double> take_simple_decimal(std::string_view& text);

}  // namespace assay
