#include "verdict/wording.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"

namespace assay {

namespace {

std::string with_digits(double value, int digits) {
  if (!std::isfinite(value)) return format_number(value);
  if (value == std::trunc(value) && std::fabs(value) < 1e15) return format_number(value);
  return format_number(*parse_number(fmt::format("{:.{}e}", value, digits - 1)));
}

}  // namespace

std::string short_number(double value) { return with_digits(value, 6); }

std::string distinct_number(double value, double other) {
  for (int digits = 6; digits < 17; ++digits) {
    const auto text = with_digits(value, digits);
    if (text != with_digits(other, digits)) return text;
  }
  return format_number(value);
}

std::string relative_change(double value, double reference) {
  if (reference == 0 || !std::isfinite(value) || !std::isfinite(reference)) {
    const double difference = value - reference;
    return (difference < 0 ? "" : "+") + short_number(difference);
  }
  const double percent = (value - reference) / std::fabs(reference) * 100;
  const double size = std::fabs(percent);
  if (size >= 99.95) return fmt::format("{:+.0f} %", percent);
  if (size >= 0.05) return fmt::format("{:+.1f} %", percent);
  return fmt::format("{:+.1g} %", percent);
}

}  // namespace assay
