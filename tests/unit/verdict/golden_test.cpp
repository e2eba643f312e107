#include "verdict/golden.h"

#include <gtest/gtest.h>

#include <cmath>

namespace assay {
namespace {

using Status = Finding::Status;

// {start, start rounded up to multiples of interval} up to `end`, as Megatron writes golden files.
GoldenCurve golden_of(std::string metric, std::int64_t end, std::int64_t interval, double value) {
  GoldenCurve curve;
  curve.metric = std::move(metric);
  curve.start_step = 1;
  curve.end_step = end;
  curve.step_interval = interval;
  for (std::int64_t step = 1; step <= end; ++step) {
    if (step == 1 || step % interval == 0) curve.points.push_back({step, value});
  }
  return curve;
}

Series logged_like(const GoldenCurve& golden) {
  Series series;
  series.name = golden.metric;
  series.points = golden.points;
  return series;
}

GoldenCheck exact() { return {}; }

GoldenCheck approximate() {
  GoldenCheck check;
  check.approximate = true;
  return check;
}

TEST(Golden, OnlyTheGoldenStepsAreCompared) {
  const auto golden = golden_of("lm loss", 50, 5, 10);
  auto series = logged_like(golden);
  series.points.push_back({3, 99});
  series.points.push_back({51, 99});
  EXPECT_EQ(judge_golden(exact(), golden, &series).status, Status::passed);
}

TEST(Golden, DeterministicAllowsNoBadStepAndNamesTheFirst) {
  const auto golden = golden_of("lm loss", 50, 5, 10);
  auto series = logged_like(golden);
  series.points[3].value = 10.1;
  const auto finding = judge_golden(exact(), golden, &series);
  EXPECT_EQ(finding.status, Status::failed);
  EXPECT_EQ(finding.reason,
            "lm loss differs from golden values at 1 of 11 steps, first at step 15: "
            "10.1 instead of 10 (+1.0 %)");
}

TEST(Golden, LoggedValuesAreRoundedAsMegatronRoundsThem) {
  auto golden = golden_of("lm loss", 1, 1, 10.94919);
  auto series = logged_like(golden);
  series.points[0].value = static_cast<float>(10.949187);
  EXPECT_EQ(judge_golden(exact(), golden, &series).status, Status::passed);
  series.points[0].value = 10.94918;
  EXPECT_EQ(judge_golden(exact(), golden, &series).status, Status::failed);
}

TEST(Golden, GoldenValuesWithMoreDecimalsAreComparedUnrounded) {
  auto golden = golden_of("learning-rate", 1, 1, 1.735e-6);
  auto series = logged_like(golden);
  EXPECT_EQ(judge_golden(exact(), golden, &series).status, Status::passed);
  series.points[0].value = 3e-6;
  EXPECT_EQ(judge_golden(exact(), golden, &series).status, Status::failed);
}

TEST(Golden, ApproximateUsesFivePercentUnlessToldOtherwise) {
  auto golden = golden_of("lm loss", 1, 1, 10);
  auto series = logged_like(golden);
  series.points[0].value = 10.5;
  EXPECT_EQ(judge_golden(approximate(), golden, &series).status, Status::passed);
  series.points[0].value = 10.51;
  EXPECT_EQ(judge_golden(approximate(), golden, &series).status, Status::failed);
  auto check = approximate();
  check.atol = 1;
  EXPECT_EQ(judge_golden(check, golden, &series).status, Status::passed);
}

// What Megatron's own pipeline() gives for so many bad steps.
TEST(Golden, ApproximateAllowsOnePercentOfStepsAtLeastOneAtMostFifty) {
  const struct {
    std::int64_t end, interval;
    std::size_t allowed;
  } cases[] = {{50, 5, 1},  {100, 1, 1},  {199, 1, 1},    {200, 1, 2},
               {995, 5, 1}, {1000, 5, 2}, {10000, 1, 50}, {2, 1, 1}};
  for (const auto& expected : cases) {
    const auto golden = golden_of("lm loss", expected.end, expected.interval, 10);
    for (const std::size_t bad : {expected.allowed, expected.allowed + 1}) {
      auto series = logged_like(golden);
      for (std::size_t i = 0; i < bad && i < series.points.size(); ++i) series.points[i].value = 20;
      EXPECT_EQ(judge_golden(approximate(), golden, &series).status,
                bad == expected.allowed ? Status::passed : Status::failed)
          << expected.end << " by " << expected.interval << ", " << bad << " bad";
    }
  }
}

TEST(Golden, ASingleStepMustBeGood) {
  const auto golden = golden_of("lm loss", 1, 1, 10);
  auto series = logged_like(golden);
  series.points[0].value = 20;
  EXPECT_EQ(judge_golden(approximate(), golden, &series).status, Status::failed);
}

TEST(Golden, AStepThatWasNotLoggedEqualsNanAndNothingElse) {
  auto golden = golden_of("grad norm", 2, 1, 10);
  golden.points[1].value = NAN;
  auto series = logged_like(golden);
  series.points.pop_back();
  EXPECT_EQ(judge_golden(exact(), golden, &series).status, Status::passed);
  golden.points[1].value = 10;
  const auto finding = judge_golden(exact(), golden, &series);
  EXPECT_EQ(finding.status, Status::failed);
  EXPECT_NE(finding.reason.find("nothing instead of 10"), std::string::npos) << finding.reason;
}

TEST(Golden, ALoggedNanOrInfinityEqualsNothing) {
  auto golden = golden_of("grad norm", 1, 1, NAN);
  auto series = logged_like(golden);
  EXPECT_EQ(judge_golden(exact(), golden, &series).status, Status::failed);
  series.points[0].value = INFINITY;
  EXPECT_EQ(judge_golden(exact(), golden, &series).status, Status::failed);
}

TEST(Golden, MissingMetricIsMissing) {
  EXPECT_EQ(judge_golden(exact(), golden_of("lm loss", 5, 1, 1), nullptr).status, Status::missing);
}

TEST(Golden, IterationTimeComparesMediansOfTheSteadyWindow) {
  const auto golden = golden_of("iteration-time", 50, 1, 0.085);
  auto series = logged_like(golden);
  for (auto& point : series.points) {
    if (point.step < 30 || point.step > 45) point.value = 10;  // warm-up and the end
  }
  series.points[35].value = 9;  // an outlier
  const auto finding = judge_golden(exact(), golden, &series);
  EXPECT_EQ(finding.status, Status::passed);
  EXPECT_EQ(finding.actual_value, 0.085);
  for (auto& point : series.points) point.value = 0.09;
  const auto slow = judge_golden(exact(), golden, &series);
  EXPECT_EQ(slow.status, Status::failed);
  EXPECT_EQ(slow.reason, "iteration-time median is 0.09 instead of 0.085 (+5.9 %)");
}

TEST(Golden, ShortRunsHaveAnEarlierSteadyWindow) {
  const auto golden = golden_of("iteration-time", 25, 1, 1);
  auto series = logged_like(golden);
  for (auto& point : series.points) {
    if (point.step < 5 || point.step > 20) point.value = 10;
  }
  EXPECT_EQ(judge_golden(approximate(), golden, &series).status, Status::passed);
}

TEST(Golden, IterationTimesMostlyMissingAreNotGood) {
  const auto golden = golden_of("iteration-time", 50, 1, 1);
  auto series = logged_like(golden);
  series.points.resize(35);
  EXPECT_EQ(judge_golden(approximate(), golden, &series).status, Status::failed);
  const auto too_short = golden_of("iteration-time", 4, 1, 1);
  const auto short_series = logged_like(too_short);
  EXPECT_EQ(judge_golden(approximate(), too_short, &short_series).status, Status::failed);
}

}  // namespace
}  // namespace assay
