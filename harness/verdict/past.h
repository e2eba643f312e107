// A value against earlier runs of the same series.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "model/check.h"

namespace assay {

// How far from the median of `past` a value is normal: `tolerance_mads` robust deviations, widened
// by 1 + 50 / n^2 because a deviation estimated from few runs is often too small (at the default
// tolerance this keeps false alarms of normally distributed values under 1 % for 5 runs and under
// 0.1 % for 20), and never less than `tolerance_relative` (0.1 % when it is 0) of the median, which
// also decides where all earlier values are equal.
double normal_distance(const HistoryCheck& check, std::span<const double> past);

// Where the level of `values` changed most clearly: the index of the first value of the new level.
// At least `min_before` values lie before it and three from it on; the two sides' medians differ by
// more than their standard errors and the floor of normal_distance allow, and their ranks differ at
// p <= 0.005.
std::optional<std::size_t> find_step(const HistoryCheck& check, std::span<const double> values);

// The name under which the value that a check compares is kept: the metric's, or, where the check
// has a reduction of its own, "loss.max", "loss.p95[100..200]".
std::string history_name(const HistoryCheck& check);

// The median of the earlier passing runs with normal_distance to both sides, or to the bad side
// when there is a goal: beyond it is `regressed`, beyond the good side `improved`.
// Fewer than `at_least` earlier runs are `no_baseline`, which passes.
// A level that changed for the better and has held for `at_least` runs is what counts from then on.
// A level that changed for the worse, each run still within what is normal, is `regressed` too.
// `past` is oldest first; values that are no numbers do not count.
Finding judge_history(const HistoryCheck& check, Goal goal, double value,
                      std::span<const double> past);

}  // namespace assay
