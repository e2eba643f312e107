#include "verdict/golden.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/text.h"
#include "verdict/statistics.h"
#include "verdict/wording.h"

namespace assay {

namespace {

constexpr double k_default_rtol = 0.05;
constexpr std::array k_never_exact = {"iteration-time", "mem-allocated-bytes",
                                      "mem-max-allocated-bytes"};

// One compared step; nothing is a golden "nan", or a step that was not logged.
struct Step {
  std::int64_t step = 0;
  std::optional<double> golden;
  std::optional<double> logged;
};

struct Tolerance {
  bool is_exact = false;
  double rtol = 0;
  double atol = 0;
};

Tolerance tolerance_of(const GoldenCheck& check, const std::string& metric) {
  const bool never_exact =
      std::find(k_never_exact.begin(), k_never_exact.end(), metric) != k_never_exact.end();
  if (!check.approximate && !never_exact) return {true, 0, 0};
  const bool says_neither = check.rtol == 0 && check.atol == 0;
  return {false, says_neither ? k_default_rtol : check.rtol, check.atol};
}

// As Python's round(value, 5).
double to_five_decimals(double value) {
  if (!std::isfinite(value)) return value;
  return *parse_number(fmt::format("{:.5f}", value));
}

bool is_close(const Step& step, const Tolerance& tolerance) {
  if (!step.golden || !step.logged) return step.golden == step.logged;
  const double golden = *step.golden;
  const bool has_five_decimals = to_five_decimals(golden) == golden;
  const double logged = has_five_decimals ? to_five_decimals(*step.logged) : *step.logged;
  if (!std::isfinite(logged) || !std::isfinite(golden)) return false;
  return std::fabs(logged - golden) <= tolerance.atol + tolerance.rtol * std::fabs(golden);
}

std::vector<Step> compared_steps(const GoldenCurve& golden, const Series& logged) {
  std::vector<Step> steps;
  for (const Point& point : golden.points) {
    Step step{point.step, {}, {}};
    if (!std::isnan(point.value)) step.golden = point.value;
    steps.push_back(step);
  }
  // A curve may be far longer than its golden one, whose steps ascend.
  for (const Point& point : logged.points) {
    const auto found =
        std::lower_bound(steps.begin(), steps.end(), point.step,
                         [](const Step& step, std::int64_t wanted) { return step.step < wanted; });
    if (found != steps.end() && found->step == point.step) found->logged = point.value;
  }
  return steps;
}

// The median over the steady window, in which a missing value counts as endlessly slow.
Step steady_median(const std::vector<Step>& steps) {
  std::int64_t last = 0;
  for (const Step& step : steps) last = std::max(last, step.step);
  const auto [from, to] = last <= 25 ? std::pair(5, 20) : std::pair(30, 45);
  constexpr double k_slow = std::numeric_limits<double>::infinity();
  std::vector<double> golden;
  std::vector<double> logged;
  for (const Step& step : steps) {
    if (step.step < from || step.step > to) continue;
    golden.push_back(step.golden.value_or(k_slow));
    logged.push_back(step.logged.value_or(k_slow));
  }
  return {from, median(golden), median(logged)};
}

// How many of the compared steps may be bad.
double allowed_bad_steps(const GoldenCurve& golden, std::size_t compared,
                         const Tolerance& tolerance) {
  if (tolerance.is_exact) return 0;
  double steps = static_cast<double>(compared);
  if (golden.step_interval > 0) {
    steps = static_cast<double>(golden.end_step - golden.start_step) /
                static_cast<double>(golden.step_interval) +
            1;
  }
  if (steps <= 1) return 0;
  const double allowed = std::min(std::max(std::floor(steps / 100), 1.0), 50.0);
  // The share of good steps is what Megatron compares; `steps` may be no whole number.
  return std::floor(allowed / steps * static_cast<double>(compared) + 1e-9);
}

std::string shown(const std::optional<double>& value, std::string_view absent) {
  return value ? short_number(*value) : std::string(absent);
}

std::string difference(const Step& step) {
  auto text =
      fmt::format("{} instead of {}", shown(step.logged, "nothing"), shown(step.golden, "nothing"));
  if (step.logged && step.golden) {
    text = fmt::format("{} instead of {} ({})", distinct_number(*step.logged, *step.golden),
                       distinct_number(*step.golden, *step.logged),
                       relative_change(*step.logged, *step.golden));
  }
  return text;
}

std::string described(const Tolerance& tolerance) {
  if (tolerance.is_exact) return "equal";
  if (tolerance.atol == 0) return fmt::format("within {:.3g} %", tolerance.rtol * 100);
  return fmt::format("within {:.3g} + {:.3g} %", tolerance.atol, tolerance.rtol * 100);
}

void judge_median(Finding& finding, const Step& middle, const Tolerance& tolerance) {
  const bool is_good = middle.golden && middle.logged && is_close(middle, tolerance);
  finding.status = is_good ? Finding::Status::passed : Finding::Status::failed;
  finding.expected =
      fmt::format("{}, {}", shown(middle.golden, "no steady steps"), described(tolerance));
  finding.actual = shown(middle.logged, "no steady steps");
  if (middle.golden && middle.logged) {
    const double width = tolerance.atol + tolerance.rtol * std::fabs(*middle.golden);
    finding.actual_value = middle.logged;
    finding.minimum = *middle.golden - width;
    finding.maximum = *middle.golden + width;
    finding.distance = width - std::fabs(*middle.logged - *middle.golden);
  }
  finding.reason =
      is_good         ? fmt::format("{} median {} {} of golden {}", finding.metric, finding.actual,
                                    described(tolerance), shown(middle.golden, "nothing"))
      : middle.golden ? fmt::format("{} median is {}", finding.metric, difference(middle))
                      : finding.metric + " has no golden steps to take a median of";
}

void judge_steps(Finding& finding, const std::vector<Step>& steps, double allowed,
                 const Tolerance& tolerance) {
  const auto is_bad = [&](const Step& step) { return !is_close(step, tolerance); };
  const auto bad = std::count_if(steps.begin(), steps.end(), is_bad);
  const bool is_good = !steps.empty() && static_cast<double>(bad) <= allowed;
  finding.status = is_good ? Finding::Status::passed : Finding::Status::failed;
  finding.expected = fmt::format("{} at {} of {} steps", described(tolerance),
                                 static_cast<double>(steps.size()) - allowed, steps.size());
  finding.actual =
      fmt::format("{} of {} steps", steps.size() - static_cast<std::size_t>(bad), steps.size());
  if (steps.empty()) {
    finding.reason = finding.metric + " has no golden steps";
  } else if (is_good) {
    finding.reason = fmt::format("{} {} golden values at {}", finding.metric,
                                 tolerance.is_exact ? "equals" : "is near", finding.actual);
  } else {
    const auto& first = *std::find_if(steps.begin(), steps.end(), is_bad);
    finding.reason =
        fmt::format("{} differs from golden values at {} of {} steps, first at step {}: {}",
                    finding.metric, bad, steps.size(), first.step, difference(first));
  }
}

}  // namespace

Finding judge_golden(const GoldenCheck& check, const GoldenCurve& golden, const Series* logged) {
  Finding finding;
  finding.check = golden.metric + ".golden";
  finding.metric = golden.metric;
  if (logged == nullptr || logged->points.empty()) {
    finding.status = Finding::Status::missing;
    finding.expected = fmt::format("{} golden steps", golden.points.size());
    finding.actual = "not logged";
    finding.reason = golden.metric + " was not logged";
    return finding;
  }
  const auto tolerance = tolerance_of(check, golden.metric);
  const auto steps = compared_steps(golden, *logged);
  if (golden.metric == k_never_exact[0]) {
    judge_median(finding, steady_median(steps), tolerance);
  } else {
    judge_steps(finding, steps, allowed_bad_steps(golden, steps.size(), tolerance), tolerance);
  }
  return finding;
}

}  // namespace assay
