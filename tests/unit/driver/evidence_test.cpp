#include "driver/evidence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace assay {
namespace {

Measured logged(const std::string& name, std::vector<double> values) {
  Measured measured;
  Series series;
  series.name = name;
  series.source = "dllogger";
  for (std::size_t i = 0; i < values.size(); ++i) {
    series.points.push_back({static_cast<std::int64_t>(i), values[i]});
  }
  Metric metric;
  metric.name = name;
  metric.source = "dllogger";
  metric.value = values.back();
  measured.series.push_back(std::move(series));
  measured.metrics.push_back(std::move(metric));
  return measured;
}

Baseline equals(const std::string& metric, double value) {
  Baseline baseline;
  baseline.metric = metric;
  baseline.bound.op = Bound::Operator::eq;
  baseline.bound.value = value;
  return baseline;
}

Reduction minimum() {
  Reduction reduction;
  reduction.kind = Reduction::Kind::minimum;
  return reduction;
}

JobEnd passed() { return {EndKind::exited, 0, 0, ""}; }

TEST(OverRepeats, TakesTheMedianOfEachMetric) {
  const std::vector<Measured> repeats{logged("loss", {9, 1}), logged("loss", {9, 5}),
                                      logged("loss", {9, 2})};
  const auto merged = over_repeats(repeats);
  ASSERT_EQ(merged.metrics.size(), 1U);
  EXPECT_EQ(merged.metrics[0].value, 2);
}

TEST(OverRepeats, AMetricThatOneRepeatLacksIsMissing) {
  const std::vector<Measured> repeats{logged("loss", {1}), logged("other", {1})};
  const auto merged = over_repeats(repeats);
  EXPECT_TRUE(merged.metrics.empty());
  EXPECT_EQ(merged.warnings.size(), 2U);
  EXPECT_EQ(merged.warnings[0], "loss was logged by 1 of 2 repeats, so it counts as missing");
}

TEST(OverRepeats, NaNDoesNotDisappearAmongNumbers) {
  const std::vector<Measured> repeats{logged("loss", {1}),
                                      logged("loss", {std::numeric_limits<double>::quiet_NaN()}),
                                      logged("loss", {1})};
  EXPECT_TRUE(std::isnan(over_repeats(repeats).metrics.at(0).value));
}

TEST(JudgeRepeats, AReductionOfTheChecksOwnIsTakenPerRepeatThenTheMedian) {
  const std::vector<Measured> repeats{logged("loss", {1, 9}), logged("loss", {3, 9}),
                                      logged("loss", {8, 9})};
  Checks checks;
  checks.baselines = {equals("loss", 9), equals("loss", 3)};
  checks.baselines[1].reduction = minimum();
  const auto merged = over_repeats(repeats);
  const auto findings = judge_repeats(checks, passed(), repeats, merged, {}, {});
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_EQ(findings[0].check, "exit_code");
  for (const auto& finding : findings) {
    EXPECT_EQ(finding.status, Finding::Status::passed) << finding.reason;
  }
}

TEST(JudgeRepeats, AReductionThatOneRepeatCannotGiveIsMissing) {
  const std::vector<Measured> repeats{logged("loss", {1, 9}), logged("other", {1})};
  Checks checks;
  checks.baselines = {equals("loss", 1)};
  checks.baselines[0].reduction = minimum();
  const auto findings = judge_repeats(checks, passed(), repeats, over_repeats(repeats), {}, {});
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[1].status, Finding::Status::missing);
}

}  // namespace
}  // namespace assay
