#include <gmock/gmock.h>

#include <cmath>

#include "metrics/metrics.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Series make(std::string name, std::string source, std::vector<Point> points,
            std::string file = "/w/logs/file") {
  Series series;
  series.name = std::move(name);
  series.source = std::move(source);
  series.file = std::move(file);
  series.points = std::move(points);
  return series;
}

MetricDefinition define(std::string name) {
  MetricDefinition definition;
  definition.name = std::move(name);
  return definition;
}

std::vector<std::string> described(const Reduced& reduced) {
  std::vector<std::string> all;
  for (const auto& metric : reduced.metrics) {
    all.push_back(metric.name + "=" + std::to_string(metric.value).substr(0, 5));
  }
  return all;
}

Reduced run(std::vector<Series> series, std::vector<MetricDefinition> definitions = {},
            std::vector<std::pair<std::string, double>> constants = {},
            std::vector<std::string> loggers = {}) {
  return reduce_all(series, definitions, constants, loggers);
}

TEST(ReduceAll, TakesTheLastValueOfEverySeries) {
  auto series = make("loss", "tensorboard", {{1, 3}, {2, 2.5}});
  series.is_float32 = true;
  series.unit = "nat";
  const auto reduced = run({series});
  ASSERT_EQ(reduced.metrics.size(), 1U);
  const Metric& metric = reduced.metrics[0];
  EXPECT_EQ(metric.name, "loss");
  EXPECT_EQ(metric.value, 2.5);
  EXPECT_EQ(metric.unit, "nat");
  EXPECT_TRUE(metric.is_float32);
  EXPECT_EQ(metric.source, "tensorboard");
  EXPECT_EQ(metric.file, "/w/logs/file");
  EXPECT_EQ(metric.last_step, 2);
  EXPECT_EQ(metric.point_count, 2U);
  EXPECT_THAT(reduced.warnings, IsEmpty());
}

TEST(ReduceAll, ALastValueThatIsNaNStaysNaN) {
  const auto reduced = run({make("loss", "csv", {{1, 3}, {2, std::nan("")}})});
  EXPECT_TRUE(std::isnan(reduced.metrics.at(0).value));
}

TEST(ReduceAll, DefinedMetricsComeFirstWithTheirReductionUnitAndGoal) {
  auto time = define("iteration_time");
  time.key = "step time";
  time.reduction = Reduction{};
  time.reduction->kind = Reduction::Kind::median;
  time.unit = "s";
  time.goal = Goal::minimize;
  const auto reduced = run(
      {make("a", "csv", {{1, 1}}), make("step time", "csv", {{1, 50}, {2, 1}, {3, 2}})}, {time});
  EXPECT_THAT(described(reduced), ElementsAre("iteration_time=2.000", "a=1.000"));
  EXPECT_EQ(reduced.metrics[0].unit, "s");
  EXPECT_EQ(reduced.metrics[0].goal, Goal::minimize);
}

TEST(ReduceAll, AKeyThatIsARankAndNoNameIsPassedOver) {
  auto loss = define("val_loss");
  loss.key = "primary";
  EXPECT_THAT(described(run({make("val_loss", "csv", {{1, 3}})}, {loss})),
              ElementsAre("val_loss=3.000"));
}

TEST(ReduceAll, TheDefinitionsSourceDecidesElseTheOrderOfLoggers) {
  const std::vector<Series> series = {make("loss", "csv", {{1, 1}}),
                                      make("loss", "tensorboard", {{1, 2}})};
  EXPECT_THAT(described(run(series, {}, {}, {"tensorboard", "csv"})), ElementsAre("loss=2.000"));
  EXPECT_THAT(described(run(series, {}, {}, {"csv", "tensorboard"})), ElementsAre("loss=1.000"));
  auto loss = define("loss");
  loss.source = "tensorboard";
  EXPECT_THAT(described(run(series, {loss}, {}, {"csv"})), ElementsAre("loss=2.000"));
}

TEST(ReduceAll, ADirectoryMayNameTheSeries) {
  const std::vector<Series> series = {
      make("loss", "tensorboard", {{1, 1}}, "/w/logs/train/events.tfevents.1"),
      make("loss", "tensorboard", {{1, 2}}, "/w/logs/validation/events.tfevents.1")};
  const auto reduced = run(series, {define("train/loss"), define("validation/loss")});
  EXPECT_THAT(described(reduced), ElementsAre("train/loss=1.000", "validation/loss=2.000"));
  EXPECT_THAT(reduced.warnings, IsEmpty());

  auto by_path = define("loss");
  by_path.path = "train/*tfevents*";
  EXPECT_EQ(run(series, {by_path}).metrics.at(0).value, 1);

  const auto unclear = run(series);
  EXPECT_THAT(described(unclear), ElementsAre("loss=2.000"));
  EXPECT_THAT(unclear.warnings, ElementsAre(HasSubstr("is in 2 places of 'tensorboard'")));
}

TEST(ReduceAll, AMissingMetricIsAWarningThatNamesTheNearest) {
  const auto reduced = run({make("val_loss", "csv", {{1, 1}})}, {define("val_los")});
  EXPECT_THAT(described(reduced), ElementsAre("val_loss=1.000"));
  EXPECT_THAT(reduced.warnings,
              ElementsAre("metric 'val_los' was not logged; did you mean 'val_loss'?"));
}

TEST(ReduceAll, AnEmptyWindowIsAWarning) {
  auto loss = define("loss");
  loss.reduction = Reduction{};
  loss.reduction->window_from = 100;
  const auto reduced = run({make("loss", "csv", {{1, 1}})}, {loss});
  EXPECT_THAT(reduced.metrics, IsEmpty());
  EXPECT_THAT(reduced.warnings, ElementsAre(HasSubstr("none of its 1 points")));
}

TEST(ReduceAll, UnitsAreComparedExactly) {
  auto time = define("time");
  time.unit = "ms";
  auto series = make("time", "csv", {{1, 1}});
  series.unit = "s";
  const auto reduced = run({series}, {time});
  EXPECT_THAT(reduced.metrics, IsEmpty());
  EXPECT_THAT(reduced.warnings, ElementsAre(HasSubstr("in 's'")));
}

TEST(ReduceAll, DerivesMetricsFromOthersAndParameters) {
  auto per_gpu = define("tokens_per_gpu");
  per_gpu.expression = "`tokens/s` / gpus";
  per_gpu.unit = "tokens/s";
  auto half = define("half");
  half.expression = "tokens_per_gpu / 2";
  const auto reduced =
      run({make("tokens/s", "csv", {{1, 5}, {2, 800}})}, {half, per_gpu}, {{"gpus", 8}});
  EXPECT_THAT(described(reduced),
              ElementsAre("tokens/s=800.0", "half=50.00", "tokens_per_gpu=100.0"));
  EXPECT_EQ(reduced.metrics[2].unit, "tokens/s");
  EXPECT_EQ(reduced.metrics[2].source, "derived");
  EXPECT_THAT(reduced.warnings, IsEmpty());
}

TEST(ReduceAll, ADerivedMetricReducesItsOperands) {
  auto rate = define("rate");
  rate.expression = "1 / time";
  rate.reduction = Reduction{};
  rate.reduction->kind = Reduction::Kind::median;
  const auto reduced = run({make("time", "csv", {{1, 50}, {2, 0.5}, {3, 0.25}})}, {rate});
  EXPECT_THAT(described(reduced), ElementsAre("time=0.250", "rate=2.000"));
}

TEST(ReduceAll, WhatCannotBeDerivedIsAWarning) {
  auto a = define("a");
  a.expression = "b + 1";
  auto b = define("b");
  b.expression = "a + 1";
  auto broken = define("broken");
  broken.expression = "1 +";
  auto lacking = define("lacking");
  lacking.expression = "gpu * 2";
  const auto reduced = run({}, {a, b, broken, lacking}, {{"gpus", 8}});
  EXPECT_THAT(reduced.metrics, IsEmpty());
  EXPECT_THAT(reduced.warnings,
              testing::IsSupersetOf({HasSubstr("'a' is derived from itself"),
                                     HasSubstr("in the expression '1 +'"),
                                     HasSubstr("without 'gpu'; did you mean 'gpus'?")}));
}

}  // namespace
}  // namespace assay
