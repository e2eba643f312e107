#include "verdict/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "verdict/statistics.h"
#include "verdict/wording.h"

namespace assay {

namespace {

using Operator = Bound::Operator;

constexpr double k_least_share = 1e-3;
constexpr double k_level = 0.05;

// `value` rounded down or up to two digits of `width`.
double rounded(double value, double width, bool up) {
  if (!(width > 0)) return value;
  const int decimals = 1 - static_cast<int>(std::floor(std::log10(width)));
  const double scale = std::pow(10, std::abs(decimals));
  const double scaled = decimals >= 0 ? value * scale : value / scale;
  const double whole = up ? std::ceil(scaled - 1e-9) : std::floor(scaled + 1e-9);
  const double result = decimals >= 0 ? whole / scale : whole * scale;
  // What arithmetic in binary leaves behind must not end up in a recipe.
  return *parse_number(fmt::format("{:.{}f}", result, std::max(decimals, 0)));
}

Suggestion without_bound(Suggestion suggestion, std::string reason) {
  suggestion.reason = std::move(reason);
  return suggestion;
}

}  // namespace

Suggestion suggest_bound(const Bound& like, std::span<const double> values,
                         const SuggestOptions& options) {
  Suggestion suggestion;
  suggestion.runs = values.size();
  if (values.empty()) return without_bound(suggestion, "no runs");
  suggestion.mean = *mean(values);
  suggestion.deviation = standard_deviation(values).value_or(0);
  if (!std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); })) {
    return without_bound(suggestion, "a run's value is no number");
  }
  Bound bound = like;
  if (like.op == Operator::eq) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    if (*low != *high) {
      return without_bound(suggestion,
                           fmt::format("'eq' cannot hold: runs differ, {} to {}",
                                       distinct_number(*low, *high), distinct_number(*high, *low)));
    }
    bound.value = values.front();
    suggestion.bound = bound;
    return suggestion;
  }
  if (like.op == Operator::neq) return without_bound(suggestion, "'neq' follows from no runs");
  if (values.size() < options.at_least) {
    return without_bound(suggestion,
                         fmt::format("too few runs: {} of {}", values.size(), options.at_least));
  }
  const double width = std::max(options.deviations * suggestion.deviation,
                                k_least_share * std::fabs(suggestion.mean));
  const double low = rounded(suggestion.mean - width, width, false);
  const double high = rounded(suggestion.mean + width, width, true);
  if (like.op == Operator::range) {
    const bool has_neither = !like.minimum && !like.maximum;
    if (like.minimum || has_neither) bound.minimum = low;
    if (like.maximum || has_neither) bound.maximum = high;
  } else if (like.op == Operator::approx) {
    bound.value = *parse_number(short_number(suggestion.mean));
  } else {
    bound.value = like.op == Operator::geq || like.op == Operator::gt ? low : high;
  }
  suggestion.bound = bound;
  return suggestion;
}

Bound bound_for_goal(Goal goal) {
  Bound bound;
  bound.op = goal == Goal::minimize   ? Operator::leq
             : goal == Goal::maximize ? Operator::geq
                                      : Operator::range;
  return bound;
}

std::optional<Comparison> compare_runs(std::span<const double> first,
                                       std::span<const double> second, Goal goal) {
  using Outcome = Comparison::Outcome;
  const auto test = mann_whitney(first, second);
  if (!test) return std::nullopt;
  Comparison comparison;
  comparison.first = *median(first);
  comparison.second = *median(second);
  comparison.p = test->p;
  const auto change =
      comparison.first == comparison.second
          ? short_number(comparison.first)
          : fmt::format("{} to {} ({}", distinct_number(comparison.first, comparison.second),
                        distinct_number(comparison.second, comparison.first),
                        relative_change(comparison.second, comparison.first));
  const auto* open = comparison.first == comparison.second ? " (" : ", ";
  if (test->smallest_p >= k_level) {
    comparison.outcome = Outcome::too_few;
    comparison.text = fmt::format("{}{}too few runs to tell: {} against {})", change, open,
                                  first.size(), second.size());
    return comparison;
  }
  if (!(test->p < k_level)) {
    comparison.outcome = Outcome::same;
  } else if (goal == Goal::none) {
    comparison.outcome = Outcome::changed;
  } else {
    const bool is_up = test->u < static_cast<double>(first.size() * second.size()) / 2;
    comparison.outcome = is_up == (goal == Goal::maximize) ? Outcome::better : Outcome::worse;
  }
  comparison.text = fmt::format("{}{}p = {:.2g})", change, open, test->p);
  return comparison;
}

}  // namespace assay
