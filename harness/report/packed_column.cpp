#include "report/packed_column.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view k_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr int k_significant_digits = 6;
constexpr int k_most_characters = 4;

double six_digits(double value) {
  return std::strtod(fmt::format("{:.6g}", value).c_str(), nullptr);
}

// Exact powers of ten, so that dividing by them rounds once.
class PowerOfTen {
 public:
  explicit PowerOfTen(int exponent)
      : scale_(std::pow(10, std::abs(exponent))), is_small_(exponent < 0) {}
  double times(double value) const { return is_small_ ? value / scale_ : value * scale_; }
  double into(double value) const { return is_small_ ? value * scale_ : value / scale_; }

 private:
  double scale_;
  bool is_small_;
};

Json plain(std::span<const double> values) {
  auto list = Json::array();
  for (const double value : values) {
    list.push_back(std::isfinite(value) ? Json(six_digits(value)) : Json(nullptr));
  }
  return {{"plain", std::move(list)}};
}

struct Scaled {
  int exponent = 0;
  std::int64_t smallest = 0;
  std::int64_t largest = 0;
  std::vector<std::optional<std::int64_t>> numbers;
};

// The values as whole numbers of one power of ten; nothing where a small one would lose its digits.
std::optional<Scaled> scaled(std::span<const double> values, double largest) {
  Scaled out;
  out.exponent =
      largest == 0 ? 0
                   : static_cast<int>(std::floor(std::log10(largest))) - (k_significant_digits - 1);
  if (std::abs(out.exponent) > 200) return std::nullopt;  // 10^exponent must be a number, and exact
  const PowerOfTen unit(out.exponent);
  bool is_first = true;
  out.numbers.reserve(values.size());
  for (const double value : values) {
    if (!std::isfinite(value)) {
      out.numbers.emplace_back();
      continue;
    }
    const auto number = std::llround(unit.into(value));
    const double error = std::fabs(unit.times(static_cast<double>(number)) - value);
    if (error > std::fabs(value) * 0.0005) return std::nullopt;
    out.numbers.emplace_back(number);
    out.smallest = is_first ? number : std::min<std::int64_t>(out.smallest, number);
    out.largest = is_first ? number : std::max<std::int64_t>(out.largest, number);
    is_first = false;
  }
  return out;
}

}  // namespace

Json packed_column(std::span<const double> values) {
  double largest = 0;
  std::size_t count = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    largest = std::max(largest, std::fabs(value));
    ++count;
  }
  if (count == 0) return nullptr;
  const auto whole = scaled(values, largest);
  if (!whole) return plain(values);
  if (count == values.size() && whole->smallest == whole->largest) return six_digits(values[0]);
  const auto range = static_cast<std::uint64_t>(whole->largest - whole->smallest) + 1;
  int width = 1;
  while (width <= k_most_characters && (range >> (6 * width)) != 0) ++width;
  if (width > k_most_characters) return plain(values);
  std::string text;
  text.reserve(values.size() * static_cast<std::size_t>(width));
  for (const auto& number : whole->numbers) {
    const auto code = number ? static_cast<std::uint64_t>(*number - whole->smallest) + 1 : 0;
    for (int digit = width - 1; digit >= 0; --digit) {
      text += k_digits[(code >> (6 * digit)) & 63U];
    }
  }
  return Json::array({whole->exponent, whole->smallest, width, std::move(text)});
}

}  // namespace assay
