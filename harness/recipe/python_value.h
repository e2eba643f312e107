// Values compared as Python compares what its YAML reader makes of them.
#pragma once

#include <compare>
#include <optional>

#include "model/value.h"

namespace assay {

Value python_bool(bool truth);

// False for None, False, zero, and whatever is empty.
bool is_truthy(const Value& value);

// The value as a number: booleans are 0 and 1, hexadecimal, octal and `1_000` as YAML 1.1 has them.
// Nothing for strings, None, lists and maps.
std::optional<double> as_number(const Value& value);

// Python's `==`: numbers by value (True == 1), a string never equals a number.
bool python_equal(const Value& left, const Value& right);

// Python's order of two numbers or of two strings. Nothing where Python has no order (it raises
// TypeError) or where one is NaN.
std::optional<std::strong_ordering> python_order(const Value& left, const Value& right);

// `needle in haystack`: membership in a list, a key of a map, else a substring of the text.
// Nothing is in None.
bool python_contains(const Value& haystack, const Value& needle);

}  // namespace assay
