#include "verdict/past.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "base/text.h"
#include "verdict/statistics.h"
#include "verdict/wording.h"

namespace assay {

namespace {

constexpr double k_relative_floor = 1e-3;
constexpr double k_step_level = 0.005;
constexpr std::size_t k_min_after_step = 3;

double relative_floor(const HistoryCheck& check, double center) {
  const double share = check.tolerance_relative > 0 ? check.tolerance_relative : k_relative_floor;
  return share * std::fabs(center);
}

double widened_deviation(const HistoryCheck& check, std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  return check.tolerance_mads * (1 + 50 / (n * n)) * robust_deviation(values).value_or(0);
}

std::vector<double> newest_numbers(std::span<const double> past, int last) {
  std::vector<double> values;
  for (const double v : past) {
    if (std::isfinite(v)) values.push_back(v);
  }
  const auto limit = static_cast<std::size_t>(std::max(last, 1));
  if (values.size() > limit) {
    values.erase(values.begin(), values.end() - static_cast<std::ptrdiff_t>(limit));
  }
  return values;
}

// Whether going from `reference` to `value` is a change for the worse; any change is, without a
// goal.
bool is_worse(Goal goal, double value, double reference) {
  if (goal == Goal::minimize) return value > reference;
  if (goal == Goal::maximize) return value < reference;
  return value != reference;
}

// A step for the worse that `value` is part of.
struct Step {
  double before = 0;
  double after = 0;
  std::size_t runs_ago = 0;
};

std::optional<Step> worse_step(const HistoryCheck& check, Goal goal, double value,
                               const std::vector<double>& past) {
  auto all = past;
  all.push_back(value);
  const auto start = find_step(check, all);
  if (!start) return std::nullopt;
  const auto values = std::span<const double>(all);
  const Step step{*median(values.first(*start)), *median(values.subspan(*start)),
                  past.size() - *start};
  const bool is_at_new_level = std::fabs(value - step.after) < std::fabs(value - step.before);
  if (!is_at_new_level || !is_worse(goal, step.after, step.before)) return std::nullopt;
  return step;
}

// What the value is held against: the earlier runs since the level last changed for the better.
std::vector<double> reference_values(const HistoryCheck& check, Goal goal,
                                     std::vector<double> past) {
  const auto start = find_step(check, past);
  if (!start) return past;
  const auto before = *median(std::span<const double>(past).first(*start));
  const auto after = *median(std::span<const double>(past).subspan(*start));
  const bool has_held = past.size() - *start >= static_cast<std::size_t>(check.at_least);
  if (goal == Goal::none || is_worse(goal, after, before) || !has_held) return past;
  past.erase(past.begin(), past.begin() + static_cast<std::ptrdiff_t>(*start));
  return past;
}

Finding with_status(Finding finding, Finding::Status status, std::string reason) {
  finding.status = status;
  finding.reason = std::move(reason);
  return finding;
}

}  // namespace

double normal_distance(const HistoryCheck& check, std::span<const double> past) {
  return std::max(widened_deviation(check, past), relative_floor(check, median(past).value_or(0)));
}

std::string history_name(const HistoryCheck& check) {
  if (!check.reduction) return check.metric;
  const Reduction& reduction = *check.reduction;
  using Kind = Reduction::Kind;
  static const std::map<Kind, std::string> k_names = {
      {Kind::last, "last"},   {Kind::first, "first"}, {Kind::minimum, "min"},
      {Kind::maximum, "max"}, {Kind::mean, "mean"},   {Kind::median, "median"}};
  const auto named = k_names.find(reduction.kind);
  auto name = check.metric + "." +
              (named != k_names.end()            ? named->second
               : reduction.kind == Kind::at_step ? fmt::format("at-{}", reduction.step)
                                                 : "p" + format_number(reduction.percentile));
  if (!reduction.window_from && !reduction.window_to) return name;
  const auto bound = [](const std::optional<std::int64_t>& step) {
    return step ? std::to_string(*step) : std::string{};
  };
  return fmt::format("{}[{}..{}]", name, bound(reduction.window_from), bound(reduction.window_to));
}

std::optional<std::size_t> find_step(const HistoryCheck& check, std::span<const double> values) {
  constexpr double k_median_error = 1.2533;  // of a median, in standard errors of a mean
  const auto min_before = static_cast<std::size_t>(std::max(check.at_least, 2));
  std::optional<std::size_t> found;
  double strongest = 1;
  for (auto start = min_before; start + k_min_after_step <= values.size(); ++start) {
    const auto before = values.first(start);
    const auto after = values.subspan(start);
    const double level = *median(before);
    const double error = k_median_error * std::sqrt(1 / static_cast<double>(before.size()) +
                                                    1 / static_cast<double>(after.size()));
    const double normal =
        std::max(widened_deviation(check, before) * error, relative_floor(check, level));
    const double difference = std::fabs(*median(after) - level);
    if (difference <= normal || mann_whitney(before, after)->p > k_step_level) continue;
    const double strength = normal > 0 ? difference / normal : INFINITY;
    if (found && strength <= strongest) continue;
    found = start;
    strongest = strength;
  }
  return found;
}

Finding judge_history(const HistoryCheck& check, Goal goal, double value,
                      std::span<const double> past) {
  using Status = Finding::Status;
  const auto values = newest_numbers(past, check.last);
  Finding finding;
  finding.check = check.metric + ".history";
  finding.metric = check.metric;
  finding.actual = format_number(value);
  finding.actual_value = value;
  if (std::isnan(value)) {
    finding.expected = "a number";
    return with_status(finding, Status::failed, check.metric + " is NaN");
  }
  if (values.empty() || values.size() < static_cast<std::size_t>(check.at_least)) {
    finding.expected = fmt::format("at least {} earlier passing runs", check.at_least);
    return with_status(
        finding, Status::no_baseline,
        fmt::format("{} {}: not enough history ({} of {} earlier passing runs{})", check.metric,
                    short_number(value), values.size(), check.at_least,
                    check.since ? " since " + to_iso8601(*check.since).substr(0, 10) : ""));
  }

  const auto reference = reference_values(check, goal, values);
  const double center = *median(reference);
  const double distance = normal_distance(check, reference);
  if (goal != Goal::maximize) finding.maximum = center + distance;
  if (goal != Goal::minimize) finding.minimum = center - distance;
  finding.distance = goal == Goal::minimize   ? *finding.maximum - value
                     : goal == Goal::maximize ? value - *finding.minimum
                                              : distance - std::fabs(value - center);
  const auto against = fmt::format("median {} of {} runs", short_number(center), reference.size());
  finding.expected = fmt::format("{} ± {:.3g} (median of {} runs)", short_number(center), distance,
                                 reference.size());
  const auto changed =
      fmt::format("{} {} {} {} ({})", check.metric, short_number(value),
                  value > center ? "above" : "below", against, relative_change(value, center));
  if (!(std::fabs(value - center) <= distance)) {
    const bool is_bad = is_worse(goal, value, center);
    return with_status(finding, is_bad ? Status::regressed : Status::improved,
                       fmt::format("{}, normal is ±{:.3g}", changed, distance));
  }
  if (const auto step = worse_step(check, goal, value, reference)) {
    return with_status(finding, Status::regressed,
                       fmt::format("{} stepped from {} to {} ({}) {} runs ago and stayed",
                                   check.metric, distinct_number(step->before, step->after),
                                   distinct_number(step->after, step->before),
                                   relative_change(step->after, step->before), step->runs_ago));
  }
  return with_status(finding, Status::passed,
                     fmt::format("{} {} within ±{:.3g} of the {}", check.metric,
                                 short_number(value), distance, against));
}

}  // namespace assay
