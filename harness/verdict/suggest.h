// Bounds from repeated runs, and two sets of runs compared.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "model/check.h"

namespace assay {

struct SuggestOptions {
  double deviations = 5;     // standard deviations to each side of the mean
  std::size_t at_least = 3;  // runs; fewer suggest nothing
};

struct Suggestion {
  std::size_t runs = 0;
  double mean = 0;
  double deviation = 0;
  std::optional<Bound> bound;
  std::string reason;  // why there is no bound
};

// A bound of `like`'s operator and sides: mean ± deviations, at least 0.1 % of the mean wide,
// rounded outwards to two digits of that width. `eq` needs equal values, and is the only operator
// that one run suffices for; `approx` gets a new value and keeps its tolerances. Values that are no
// numbers make it impossible.
Suggestion suggest_bound(const Bound& like, std::span<const double> values,
                         const SuggestOptions& options);

// What to suggest for a metric that has no baseline yet: one side where there is a goal.
Bound bound_for_goal(Goal goal);

struct Comparison {
  enum class Outcome { same, better, worse, changed, too_few };
  Outcome outcome = Outcome::too_few;
  double first = 0;  // medians
  double second = 0;
  double p = 1;
  std::string text;  // "worse: 2.5 to 2.61 (+4.4 %, p = 0.008)"
};

// The second set against the first by their ranks, at p < 0.05. Where the sets are too small for
// any outcome to reach that, it says so. Nothing where a set has no number.
std::optional<Comparison> compare_runs(std::span<const double> first,
                                       std::span<const double> second, Goal goal);

}  // namespace assay
