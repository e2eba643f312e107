#include "model/metric.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace assay {
namespace {

Series series_of(std::vector<Point> points) {
  Series series;
  series.name = "loss";
  series.points = std::move(points);
  return series;
}

Reduction of_kind(Reduction::Kind kind) {
  Reduction reduction;
  reduction.kind = kind;
  return reduction;
}

TEST(Reduce, DefaultIsTheLastLoggedValue) {
  EXPECT_EQ(reduce(series_of({{1, 5}, {9, 3}, {2, 4}}), {}), 4);
}

TEST(Reduce, SummaryOfTheSourceIsItsLastValueUnlessAWindowIsAsked) {
  auto series = series_of({{1, 5}, {2, 4}});
  series.summary = 7;
  EXPECT_EQ(reduce(series, {}), 7);
  EXPECT_EQ(reduce(series, of_kind(Reduction::Kind::first)), 5);
  Reduction windowed;
  windowed.window_to = 1;
  EXPECT_EQ(reduce(series, windowed), 5);
}

TEST(Reduce, OfAThinnedSeriesTheTotalsAreExact) {
  auto series = series_of({{0, 1}, {2, 3}});
  Totals totals;
  for (const double value : {1.0, 9.0, 3.0, -4.0}) {
    totals.add({static_cast<std::int64_t>(totals.count), value});
  }
  series.thinned = totals;
  using Kind = Reduction::Kind;
  EXPECT_EQ(reduce(series, of_kind(Kind::first)), 1);
  EXPECT_EQ(reduce(series, of_kind(Kind::last)), -4);
  EXPECT_EQ(reduce(series, of_kind(Kind::minimum)), -4);
  EXPECT_EQ(reduce(series, of_kind(Kind::maximum)), 9);
  EXPECT_EQ(reduce(series, of_kind(Kind::mean)), 2.25);
  EXPECT_EQ(reduce(series, of_kind(Kind::median)), 2);  // of the points that were kept
  Reduction windowed = of_kind(Kind::maximum);
  windowed.window_from = 1;
  EXPECT_EQ(reduce(series, windowed), 3);
  series.thinned->add({4, std::nan("")});
  EXPECT_TRUE(std::isnan(*reduce(series, of_kind(Kind::mean))));
  EXPECT_TRUE(std::isnan(*reduce(series, of_kind(Kind::minimum))));
}

TEST(Reduce, NothingComesOfNoPoints) {
  EXPECT_EQ(reduce(series_of({}), {}), std::nullopt);
  auto reduction = of_kind(Reduction::Kind::mean);
  reduction.window_from = 10;
  EXPECT_EQ(reduce(series_of({{1, 5}, {9, 3}}), reduction), std::nullopt);
}

TEST(Reduce, WindowHoldsItsEnds) {
  auto reduction = of_kind(Reduction::Kind::mean);
  reduction.window_from = 2;
  reduction.window_to = 4;
  EXPECT_EQ(reduce(series_of({{1, 100}, {2, 1}, {3, 2}, {4, 6}, {5, 100}}), reduction), 3);
}

TEST(Reduce, EveryKindOnOneSeries) {
  const auto series = series_of({{1, 4}, {2, 1}, {3, 3}, {4, 2}});
  EXPECT_EQ(reduce(series, of_kind(Reduction::Kind::first)), 4);
  EXPECT_EQ(reduce(series, of_kind(Reduction::Kind::minimum)), 1);
  EXPECT_EQ(reduce(series, of_kind(Reduction::Kind::maximum)), 4);
  EXPECT_EQ(reduce(series, of_kind(Reduction::Kind::mean)), 2.5);
  EXPECT_EQ(reduce(series, of_kind(Reduction::Kind::median)), 2.5);
}

TEST(Reduce, PercentileInterpolatesBetweenRanks) {
  auto p90 = of_kind(Reduction::Kind::percentile);
  p90.percentile = 90;
  EXPECT_DOUBLE_EQ(*reduce(series_of({{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}}), p90), 4.6);
  p90.percentile = 100;
  EXPECT_EQ(reduce(series_of({{1, 1}, {2, 2}}), p90), 2);
  p90.percentile = 0;
  EXPECT_EQ(reduce(series_of({{1, 1}, {2, 2}}), p90), 1);
}

TEST(Reduce, AtStepTakesTheLastPointLoggedAtThatStep) {
  auto at_two = of_kind(Reduction::Kind::at_step);
  at_two.step = 2;
  EXPECT_EQ(reduce(series_of({{1, 1}, {2, 2}, {2, 5}, {3, 3}}), at_two), 5);
  at_two.step = 7;
  EXPECT_EQ(reduce(series_of({{1, 1}}), at_two), std::nullopt);
}

TEST(Reduce, NanIsNeverLostInAnOrderStatistic) {
  const auto series = series_of({{1, 1}, {2, std::numeric_limits<double>::quiet_NaN()}, {3, 2}});
  for (const auto kind : {Reduction::Kind::minimum, Reduction::Kind::maximum, Reduction::Kind::mean,
                          Reduction::Kind::median}) {
    EXPECT_TRUE(std::isnan(*reduce(series, of_kind(kind))));
  }
  EXPECT_EQ(reduce(series, {}), 2);
}

}  // namespace
}  // namespace assay
