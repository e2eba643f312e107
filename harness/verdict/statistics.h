// Statistics over a few values, as free functions. None of them throws; what has no answer (no
// values, too few) is nothing.
#pragma once

#include <optional>
#include <span>

namespace assay {

std::optional<double> mean(std::span<const double> values);

// Of a sample (n - 1); nothing for fewer than two values.
std::optional<double> standard_deviation(std::span<const double> values);

// The middle value, or the mean of the middle two.
std::optional<double> median(std::span<const double> values);

// The median of the absolute deviations from the median, unscaled.
std::optional<double> median_absolute_deviation(std::span<const double> values);

// The median absolute deviation scaled to estimate a normal distribution's standard deviation, also
// for few values (factors of Croux and Rousseeuw, "Time-efficient algorithms for two highly robust
// estimators of scale", 1992). Nothing for fewer than two values.
std::optional<double> robust_deviation(std::span<const double> values);

// Whether two samples come from one distribution, by their ranks (Mann and Whitney, 1947).
struct RankTest {
  double u = 0;           // of the first sample: pairs in which its value is the larger, ties 1/2
  double p = 1;           // two-sided
  bool is_exact = false;  // from the exact distribution; else normal, corrected for ties
  // The smallest p that samples of these sizes can give (without ties): above the level one tests
  // at, they are too few to speak.
  double smallest_p = 1;
};

// Exact where there are no ties and at most 40 values a side. Nothing when a sample is empty or
// holds a NaN.
std::optional<RankTest> mann_whitney(std::span<const double> first, std::span<const double> second);

}  // namespace assay
