// Columns of numbers, small: what the static dashboard keeps of hundreds of thousands of results.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

namespace assay {

// A column as JSON; NaN stands for no value, infinities count as none. One of
//   null                              no value at all
//   a number                          the same value everywhere
//   [exponent, offset, width, text]   `width` characters each: read as a number in base 64 (digits
//                                     A-Z a-z 0-9 - _), 0 is no value, else (number - 1 + offset) *
//                                     10^exponent
//   {"plain": [...]}                  where that would lose what a chart shows
// Values keep six significant digits of the column's largest, and at least three of their own.
nlohmann::ordered_json packed_column(std::span<const double> values);

}  // namespace assay
