#include "verdict/bound.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "verdict/wording.h"

namespace assay {

namespace {

// A bound as an interval, for all operators but neq.
struct Interval {
  std::optional<double> minimum;
  std::optional<double> maximum;
  bool holds_ends = true;
};

Interval interval_of(const Bound& bound) {
  using Operator = Bound::Operator;
  switch (bound.op) {
    case Operator::range:
      return {bound.minimum, bound.maximum};
    case Operator::eq:
      return {bound.value, bound.value};
    case Operator::geq:
      return {bound.value, {}};
    case Operator::leq:
      return {{}, bound.value};
    case Operator::gt:
      return {bound.value, {}, false};
    case Operator::lt:
      return {{}, bound.value, false};
    case Operator::approx: {
      const double tolerance = bound.atol + bound.rtol * std::fabs(bound.value);
      return {bound.value - tolerance, bound.value + tolerance};
    }
    case Operator::neq:
      break;
  }
  return {};
}

bool equals(double value, double reference, bool is_float32) {
  if (value == reference) return true;
  return is_float32 && static_cast<float>(value) == static_cast<float>(reference);
}

// To the nearest end, negative outside.
std::optional<double> distance_to(const Interval& interval, double value) {
  std::optional<double> distance;
  if (interval.minimum) distance = value - *interval.minimum;
  if (interval.maximum) {
    const double above = *interval.maximum - value;
    distance = distance ? std::min(*distance, above) : above;
  }
  return distance;
}

std::string failure(const std::string& metric, const Bound& bound, const Interval& interval,
                    double value, bool is_float32) {
  if (std::isnan(value)) return metric + " is NaN";
  if (bound.op == Bound::Operator::neq) {
    return fmt::format("{} is {}, which it must not be", metric, short_number(bound.value));
  }
  if (!interval.minimum && !interval.maximum) return metric + " has a range without min and max";
  const bool is_below = interval.minimum && (!interval.maximum || value < *interval.minimum);
  const double end = is_below ? *interval.minimum : *interval.maximum;
  const bool is_at_end = equals(value, end, is_float32);
  const auto shown = is_at_end ? short_number(value) : distinct_number(value, end);
  const auto limit =
      is_at_end ? short_number(end)
                : fmt::format("{} ({})", distinct_number(end, value), relative_change(value, end));
  if (bound.op == Bound::Operator::eq) return fmt::format("{} {} is not {}", metric, shown, limit);
  if (!interval.holds_ends) {
    return fmt::format("{} {} not {} {}", metric, shown, is_below ? "above" : "below", limit);
  }
  return fmt::format("{} {} {} {}", metric, shown, is_below ? "below min" : "above max", limit);
}

std::string success(const std::string& metric, const Finding& finding, const Bound& bound,
                    const Interval& interval, double value) {
  if (bound.op == Bound::Operator::eq) {
    return fmt::format("{} {} as expected", metric, short_number(value));
  }
  const bool has_both = interval.minimum && interval.maximum;
  return fmt::format("{} {} {}{}", metric, short_number(value), has_both ? "in " : "",
                     finding.expected);
}

bool holds(const Bound& bound, const Interval& interval, double value, bool is_float32) {
  if (bound.op == Bound::Operator::neq) return !equals(value, bound.value, is_float32);
  if (!interval.minimum && !interval.maximum) return false;  // a bound that bounds nothing
  for (const auto& end : {interval.minimum, interval.maximum}) {
    if (end && equals(value, *end, is_float32)) return interval.holds_ends;
  }
  return (!interval.minimum || value > *interval.minimum) &&
         (!interval.maximum || value < *interval.maximum);
}

}  // namespace

std::string_view to_string(Bound::Operator op) {
  using Operator = Bound::Operator;
  switch (op) {
    case Operator::range:
      return "range";
    case Operator::eq:
      return "eq";
    case Operator::neq:
      return "neq";
    case Operator::geq:
      return "geq";
    case Operator::leq:
      return "leq";
    case Operator::gt:
      return "gt";
    case Operator::lt:
      return "lt";
    case Operator::approx:
      return "approx";
  }
  return {};
}

std::string describe(const Bound& bound) {
  using Operator = Bound::Operator;
  switch (bound.op) {
    case Operator::range:
      if (!bound.maximum) return bound.minimum ? ">= " + format_number(*bound.minimum) : "a range";
      if (!bound.minimum) return "<= " + format_number(*bound.maximum);
      return fmt::format("[{}, {}]", format_number(*bound.minimum), format_number(*bound.maximum));
    case Operator::eq:
      return format_number(bound.value);
    case Operator::neq:
      return "!= " + format_number(bound.value);
    case Operator::geq:
      return ">= " + format_number(bound.value);
    case Operator::leq:
      return "<= " + format_number(bound.value);
    case Operator::gt:
      return "> " + format_number(bound.value);
    case Operator::lt:
      return "< " + format_number(bound.value);
    case Operator::approx:
      return fmt::format("{} ± {}", format_number(bound.value),
                         short_number(bound.atol + bound.rtol * std::fabs(bound.value)));
  }
  return {};
}

Finding judge_bound(const std::string& metric, const Bound& bound, double value, bool is_float32) {
  const auto interval = interval_of(bound);
  Finding finding;
  finding.check = fmt::format("{}.{}", metric, to_string(bound.op));
  finding.metric = metric;
  finding.expected = describe(bound);
  finding.actual = is_float32 ? fmt::format("{}", static_cast<float>(value)) : format_number(value);
  finding.actual_value = value;
  finding.minimum = interval.minimum;
  finding.maximum = interval.maximum;
  const bool passes = !std::isnan(value) && holds(bound, interval, value, is_float32);
  finding.status = passes ? Finding::Status::passed : Finding::Status::failed;
  if (!std::isnan(value)) {
    finding.distance = distance_to(interval, value);
    if (passes && finding.distance && *finding.distance < 0) finding.distance = 0;  // float32
  }
  finding.reason = passes ? success(metric, finding, bound, interval, value)
                          : failure(metric, bound, interval, value, is_float32);
  return finding;
}

}  // namespace assay
