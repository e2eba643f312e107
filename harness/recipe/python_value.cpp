#include "recipe/python_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/text.h"

namespace assay {

Value python_bool(bool truth) {
  Value value;
  value.kind = Value::Kind::boolean;
  value.text = truth ? "True" : "False";
  return value;
}

bool is_truthy(const Value& value) {
  switch (value.kind) {
    case Value::Kind::null:
      return false;
    case Value::Kind::boolean:
    case Value::Kind::integer:
    case Value::Kind::real:
      return as_number(value).value_or(1) != 0;
    case Value::Kind::string:
      return !value.text.empty();
    case Value::Kind::list:
      return !value.items.empty();
    case Value::Kind::map:
      return !value.entries.empty();
  }
  return false;
}

namespace {

// An integer in one of YAML 1.1's other bases; the sign is already gone.
std::optional<double> based_integer(std::string_view digits) {
  int base = 0;
  if (digits.starts_with("0x") || digits.starts_with("0X")) base = 16;
  if (digits.starts_with("0o") || digits.starts_with("0O")) base = 8;
  if (digits.starts_with("0b") || digits.starts_with("0B")) base = 2;
  if (base != 0) {
    digits.remove_prefix(2);
  } else if (digits.size() > 1 && digits.front() == '0' &&
             digits.find_first_not_of("01234567") == std::string_view::npos) {
    base = 8;
  }
  if (base == 0 || digits.empty()) return std::nullopt;
  double number = 0;
  for (const char c : digits) {
    int digit = 0;
    const auto result = std::from_chars(&c, &c + 1, digit, base);
    if (result.ec != std::errc{}) return std::nullopt;
    number = number * base + digit;
  }
  return number;
}

std::optional<double> number_of_text(std::string_view written) {
  std::string text(written);
  std::erase(text, '_');
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  const auto number = [&]() -> std::optional<double> {
    const std::string lower = to_lower(digits);
    if (lower == ".inf") return std::numeric_limits<double>::infinity();
    if (lower == ".nan") return std::numeric_limits<double>::quiet_NaN();
    if (const auto based = based_integer(digits)) return based;
    return parse_number(digits);
  }();
  if (!number) return std::nullopt;
  return negative ? -*number : *number;
}

}  // namespace

std::optional<double> as_number(const Value& value) {
  switch (value.kind) {
    case Value::Kind::boolean:
      return value.rendered() == "True" ? 1 : 0;
    case Value::Kind::integer:
    case Value::Kind::real:
      return number_of_text(value.text);
    default:
      return std::nullopt;
  }
}

bool python_equal(const Value& left, const Value& right) {
  if (left.kind == right.kind && left.text == right.text && left.is_scalar()) {
    return left.kind != Value::Kind::real || !std::isnan(as_number(left).value_or(0));
  }
  // Integers too long for a double differ where their digits do.
  if (left.kind == Value::Kind::integer && right.kind == Value::Kind::integer) {
    const auto left_integer = parse_integer(left.text);
    const auto right_integer = parse_integer(right.text);
    if (left_integer && right_integer && left.text.front() != '0' && right.text.front() != '0') {
      return *left_integer == *right_integer;
    }
  }
  const auto left_number = as_number(left);
  const auto right_number = as_number(right);
  if (left_number && right_number) return *left_number == *right_number;
  if (left.kind != right.kind || left.is_scalar()) return false;
  if (left.kind == Value::Kind::list) {
    return std::ranges::equal(left.items, right.items, python_equal);
  }
  return left.entries.size() == right.entries.size() &&
         std::ranges::all_of(left.entries, [&](const auto& entry) {
           const Value* other = right.find(entry.first);
           return other != nullptr && python_equal(entry.second, *other);
         });
}

std::optional<std::strong_ordering> python_order(const Value& left, const Value& right) {
  if (left.kind == Value::Kind::string && right.kind == Value::Kind::string) {
    return left.text <=> right.text;
  }
  const auto left_number = as_number(left);
  const auto right_number = as_number(right);
  if (!left_number || !right_number) return std::nullopt;
  if (*left_number < *right_number) return std::strong_ordering::less;
  if (*left_number > *right_number) return std::strong_ordering::greater;
  if (*left_number == *right_number) return std::strong_ordering::equal;
  return std::nullopt;
}

bool python_contains(const Value& haystack, const Value& needle) {
  switch (haystack.kind) {
    case Value::Kind::null:
      return false;
    case Value::Kind::list:
      return std::ranges::any_of(haystack.items,
                                 [&](const Value& item) { return python_equal(item, needle); });
    case Value::Kind::map:
      return haystack.find(needle.rendered()) != nullptr;
    default:
      return haystack.rendered().find(needle.rendered()) != std::string::npos;
  }
}

}  // namespace assay
