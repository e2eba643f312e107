#include "report/curve_axis.h"

#include <gtest/gtest.h>

#include <cmath>

namespace assay {
namespace {

using Ticks = std::vector<double>;
using Labels = std::vector<std::string>;

TEST(NiceTicks, AreRoundAndInsideTheRange) {
  EXPECT_EQ(nice_ticks({0, 10}, 5), (Ticks{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(nice_ticks({-1.2, 1.3}, 5), (Ticks{-1, -0.5, 0, 0.5, 1}));
  EXPECT_EQ(nice_ticks({3, 3}, 5), (Ticks{3}));
}

TEST(TickLabels, HaveTheDecimalsThatTellThemApart) {
  EXPECT_EQ(tick_labels(Ticks{2.5, 2.55, 2.6}), (Labels{"2.50", "2.55", "2.60"}));
  EXPECT_EQ(tick_labels(Ticks{0, 5000, 10000}), (Labels{"0", "5k", "10k"}));
  EXPECT_EQ(tick_labels(Ticks{14000, 14500}), (Labels{"14.0k", "14.5k"}));
  EXPECT_EQ(tick_labels(Ticks{0, 2e-7, 4e-7}), (Labels{"0", "2e-07", "4e-07"}));
  EXPECT_EQ(tick_labels(Ticks{1000, 2000}), (Labels{"1000", "2000"}));
}

TEST(ValueRange, NothingComesOfNoNumbers) {
  EXPECT_EQ(value_range({}, {}), std::nullopt);
  EXPECT_EQ(value_range(std::vector<Point>{{1, NAN}, {2, INFINITY}}, {}), std::nullopt);
}

TEST(ValueRange, AWarmUpDoesNotPressTheRestFlat) {
  std::vector<Point> points{{1, 100}};
  for (int i = 2; i <= 60; ++i) points.push_back({i, 1 + 0.1 * (i % 2)});
  const auto range = value_range(points, {});
  EXPECT_LT(range->high, 2);
  EXPECT_GT(range->high, 1.1);
}

TEST(ValueRange, BoundsAreShownWhereTheCurveEnds) {
  std::vector<Point> points;
  for (int i = 0; i < 100; ++i) points.push_back({i, 2.5 + 8 * std::exp(-i / 5.0)});
  const std::vector<double> bounds{2.48, 2.59};
  const auto range = value_range(points, bounds);
  EXPECT_LT(range->low, 2.48);
  EXPECT_GT(range->high, 2.59);
  EXPECT_LT(range->high, 3);
  EXPECT_GT(value_range(points, {})->high, 10);
}

TEST(ValueRange, ABoundFarAwayIsNotShown) {
  const std::vector<Point> points{{1, 1}, {2, 1.1}, {3, 1.05}};
  const std::vector<double> bounds{1000};
  EXPECT_LT(value_range(points, bounds)->high, 10);
}

TEST(Strokes, GapsAndRestartsBeginNewOnes) {
  const std::vector<Point> points{{1, 1}, {2, NAN}, {3, 3}, {4, 4}, {2, 2}, {3, 3}};
  std::vector<std::vector<Point>> strokes;
  for (const auto stroke : strokes_of(points)) strokes.emplace_back(stroke.begin(), stroke.end());
  EXPECT_EQ(strokes,
            (std::vector<std::vector<Point>>{{{1, 1}}, {{3, 3}, {4, 4}}, {{2, 2}, {3, 3}}}));
}

TEST(Columns, KeepTheExtremesAndTouch) {
  const std::vector<Point> stroke{{0, 1}, {1, 5}, {2, 2}, {50, 9}, {51, 8}, {100, 3}};
  EXPECT_EQ(columns_of(stroke, {0, 100}, 10),
            (std::vector<Column>{{0, {1, 5}}, {5, {5, 9}}, {9, {3, 5}}}));
}

}  // namespace
}  // namespace assay
