#include "metrics/series_sink.h"

#include <gmock/gmock.h>

#include <stdexcept>

namespace assay {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

const Series& named(const std::vector<Series>& all, std::string_view name) {
  for (const Series& one : all) {
    if (one.name == name) return one;
  }
  throw std::runtime_error("no series " + std::string(name));
}

double sum_of(std::int64_t count) {
  return static_cast<double>(count) * static_cast<double>(count - 1) / 2;
}

TEST(SeriesSink, KeepsEveryPointWhileThereIsRoom) {
  SeriesSink sink("source", 100);
  for (int i = 0; i < 99; ++i) sink.add("loss", i, i);
  const auto series = sink.take_series();
  EXPECT_THAT(named(series, "loss").points, SizeIs(99));
  EXPECT_FALSE(named(series, "loss").thinned);
  EXPECT_TRUE(sink.take_warnings().empty());
}

TEST(SeriesSink, ThinsTheLongestAndKeepsTheirTotals) {
  SeriesSink sink("source", 1000);
  constexpr std::int64_t k_count = 100'000;
  for (std::int64_t i = 0; i < k_count; ++i) {
    sink.add("loss", i, static_cast<double>(i));
    if (i % 10'000 == 0) sink.add("val_loss", i, 1);
    ASSERT_LE(sink.point_count(), 1000U);
  }
  const auto series = sink.take_series();
  const auto& loss = named(series, "loss");
  ASSERT_TRUE(loss.thinned);
  EXPECT_EQ(loss.point_count(), static_cast<std::size_t>(k_count));
  EXPECT_GT(loss.points.size(), 300U);
  EXPECT_EQ(loss.points.front().step, 0);
  EXPECT_EQ(loss.points.back().step, k_count - 1);
  EXPECT_EQ(loss.thinned->sum, sum_of(k_count));
  EXPECT_EQ(loss.thinned->maximum, static_cast<double>(k_count - 1));
  // What is kept is spread evenly, so that a median of it is near the true one.
  EXPECT_NEAR(loss.points[loss.points.size() / 2].value, k_count / 2.0, k_count / 100.0);
  EXPECT_THAT(named(series, "val_loss").points, SizeIs(10));
  EXPECT_FALSE(named(series, "val_loss").thinned);
  const auto warnings = sink.take_warnings();
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_THAT(warnings[0], HasSubstr("'loss' (one of"));
}

TEST(SeriesSink, KeepsTheStepsThatAreAskedFor) {
  const std::vector<StepRange> asked = {{70'000, 70'099}, {33'333, 33'333}, {70'050, 70'120}};
  SeriesSink sink("source", 1000, KeptSteps(asked));
  for (std::int64_t i = 0; i < 100'000; ++i) sink.add("loss", i, static_cast<double>(i));
  const auto series = sink.take_series();
  Reduction reduction;
  reduction.kind = Reduction::Kind::median;
  reduction.window_from = 70'000;
  reduction.window_to = 70'120;
  EXPECT_EQ(reduce(series[0], reduction), 70'060);
  reduction = {};
  reduction.kind = Reduction::Kind::at_step;
  reduction.step = 33'333;
  EXPECT_EQ(reduce(series[0], reduction), 33'333);
}

TEST(SeriesSink, GivesUpStepsThatAreTooManyThemselvesAndSaysSo) {
  const std::vector<StepRange> asked = {{0, 1'000'000}};
  SeriesSink sink("source", 1000, KeptSteps(asked));
  for (std::int64_t i = 0; i < 100'000; ++i) sink.add("loss", i, 1);
  EXPECT_LT(sink.point_count(), 1000U);
  const auto series = sink.take_series();
  EXPECT_THAT(sink.take_warnings().at(0), HasSubstr("percentiles and windows are of the kept"));
}

TEST(SeriesSink, ManyShortSeriesAreThinnedTogether) {
  SeriesSink sink("source", 10'000);
  for (int i = 0; i < 200; ++i) {
    for (int metric = 0; metric < 500; ++metric) sink.add("m" + std::to_string(metric), i, i);
  }
  EXPECT_LT(sink.point_count(), 10'000U);
  const auto series = sink.take_series();
  ASSERT_THAT(series, SizeIs(500));
  for (const auto& one : series) {
    ASSERT_EQ(one.point_count(), 200U);
    ASSERT_EQ(one.points.back().value, 199);
  }
}

TEST(SeriesSink, ARestartDropsPointsOfAThinnedSeriesToo) {
  SeriesSink sink("source", 100);
  for (int i = 0; i < 1000; ++i) sink.add("loss", i, i);
  sink.drop_from(500);
  for (int i = 500; i < 600; ++i) sink.add("loss", i, 7);
  const auto series = sink.take_series();
  EXPECT_EQ(series[0].points.back(), (Point{599, 7}));
  EXPECT_LT(series[0].thinned->maximum, 500);
  EXPECT_NEAR(static_cast<double>(series[0].point_count()), 600, 40);
}

}  // namespace
}  // namespace assay
