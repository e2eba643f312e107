#include "verdict/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace assay {
namespace {

using Values = std::vector<double>;

TEST(Statistics, NothingComesOfNoValues) {
  EXPECT_EQ(mean(Values{}), std::nullopt);
  EXPECT_EQ(median(Values{}), std::nullopt);
  EXPECT_EQ(median_absolute_deviation(Values{}), std::nullopt);
  EXPECT_EQ(standard_deviation(Values{1}), std::nullopt);
  EXPECT_EQ(robust_deviation(Values{1}), std::nullopt);
  EXPECT_EQ(mann_whitney(Values{}, Values{1}), std::nullopt);
}

TEST(Statistics, MeanAndSampleDeviation) {
  EXPECT_EQ(mean(Values{2, 4, 4, 4, 5, 5, 7, 9}), 5);
  EXPECT_DOUBLE_EQ(*standard_deviation(Values{2, 4, 4, 4, 5, 5, 7, 9}), std::sqrt(32.0 / 7));
}

TEST(Statistics, MedianOfOddAndEvenCounts) {
  EXPECT_EQ(median(Values{3, 1, 2}), 2);
  EXPECT_EQ(median(Values{4, 1, 3, 2}), 2.5);
}

TEST(Statistics, NanIsNotSortedAway) { EXPECT_TRUE(std::isnan(*median(Values{1, NAN, 2}))); }

TEST(Statistics, MedianAbsoluteDeviationIgnoresAnOutlier) {
  EXPECT_EQ(median_absolute_deviation(Values{1, 1, 2, 2, 4, 6, 9}), 1);
  EXPECT_EQ(median_absolute_deviation(Values{1, 2, 3, 4, 1000}), 1);
}

TEST(Statistics, RobustDeviationIsScaledForFewValues) {
  EXPECT_DOUBLE_EQ(*robust_deviation(Values{1, 2, 3, 4, 1000}), 1.206 * 1.4826);
  Values many;
  for (int i = -50; i <= 50; ++i) many.push_back(i);
  EXPECT_NEAR(*robust_deviation(many), 1.4826 * 25 * 101 / 100.2, 1e-9);
}

// The p-values are those of scipy.stats.mannwhitneyu.
TEST(MannWhitney, SeparateSamplesOfThreeAreNeverSignificant) {
  const auto test = mann_whitney(Values{1, 2, 3}, Values{4, 5, 6});
  EXPECT_EQ(test->u, 0);
  EXPECT_DOUBLE_EQ(test->p, 0.1);
  EXPECT_DOUBLE_EQ(test->smallest_p, 0.1);
  EXPECT_TRUE(test->is_exact);
}

TEST(MannWhitney, ExactForSmallSamplesWithoutTies) {
  const auto test = mann_whitney(Values{1.1, 2.2, 3.3, 4.4}, Values{2.5, 5, 6, 7, 8});
  EXPECT_EQ(test->u, 2);
  EXPECT_NEAR(test->p, 0.06349206349206349, 1e-15);
}

TEST(MannWhitney, OneValueBeyondAllOthers) {
  const auto test = mann_whitney(Values{5}, Values{1, 2, 3});
  EXPECT_EQ(test->u, 3);
  EXPECT_DOUBLE_EQ(test->p, 0.5);
}

TEST(MannWhitney, TiesUseTheNormalApproximation) {
  const auto test = mann_whitney(Values{1, 2, 2, 3}, Values{2, 3, 4, 5, 5});
  EXPECT_EQ(test->u, 2.5);
  EXPECT_FALSE(test->is_exact);
  EXPECT_NEAR(test->p, 0.07854585095119067, 1e-12);
}

TEST(MannWhitney, EqualValuesSayNothing) {
  EXPECT_EQ(mann_whitney(Values{2, 2, 2}, Values{2, 2})->p, 1);
}

TEST(MannWhitney, IsSymmetric) {
  const Values a{1.5, 2.5, 9};
  const Values b{1, 2, 3, 4};
  EXPECT_EQ(mann_whitney(a, b)->p, mann_whitney(b, a)->p);
  EXPECT_EQ(mann_whitney(a, b)->u + mann_whitney(b, a)->u, 12);
}

TEST(MannWhitney, NanIsNoAnswer) {
  EXPECT_EQ(mann_whitney(Values{1, NAN}, Values{2}), std::nullopt);
}

}  // namespace
}  // namespace assay
