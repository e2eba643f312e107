#include "verdict/past.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace assay {
namespace {

using Status = Finding::Status;
using Values = std::vector<double>;

HistoryCheck check_of(std::string metric = "loss") {
  HistoryCheck check;
  check.metric = std::move(metric);
  return check;
}

const Values k_steady = {2.00, 2.02, 1.98, 2.01, 1.99, 2.00, 2.03, 1.97, 2.01, 1.99,
                         2.00, 2.02, 1.98, 2.01, 1.99, 2.00, 2.03, 1.97, 2.01, 1.99};

TEST(History, FewerRunsThanAskedAreNoBaseline) {
  const auto finding = judge_history(check_of(), Goal::none, 100, Values{1, 1, 1, 1});
  EXPECT_EQ(finding.status, Status::no_baseline);
  EXPECT_EQ(finding.reason, "loss 100: not enough history (4 of 5 earlier passing runs)");
  EXPECT_EQ(judge_history(check_of(), Goal::none, 1, {}).status, Status::no_baseline);
}

TEST(History, SaysSinceWhenRunsCount) {
  auto check = check_of();
  check.since = from_iso8601("2027-01-31");
  EXPECT_EQ(judge_history(check, Goal::none, 1, {}).reason,
            "loss 1: not enough history (0 of 5 earlier passing runs since 2027-01-31)");
}

TEST(History, ACheckWithItsOwnReductionHasAHistoryOfItsOwn) {
  auto check = check_of();
  EXPECT_EQ(history_name(check), "loss");
  check.reduction = Reduction{};
  check.reduction->kind = Reduction::Kind::maximum;
  EXPECT_EQ(history_name(check), "loss.max");
  check.reduction->kind = Reduction::Kind::percentile;
  check.reduction->percentile = 95;
  check.reduction->window_from = 100;
  EXPECT_EQ(history_name(check), "loss.p95[100..]");
  check.reduction->kind = Reduction::Kind::at_step;
  check.reduction->step = 7;
  check.reduction->window_from.reset();
  EXPECT_EQ(history_name(check), "loss.at-7");
}

TEST(History, ValuesThatAreNoNumbersDoNotCount) {
  EXPECT_EQ(judge_history(check_of(), Goal::none, 1, Values{1, 1, NAN, INFINITY, 1, 1}).status,
            Status::no_baseline);
}

TEST(History, NanFailsEvenWithoutHistory) {
  EXPECT_EQ(judge_history(check_of(), Goal::none, NAN, {}).status, Status::failed);
  EXPECT_EQ(judge_history(check_of(), Goal::none, NAN, k_steady).status, Status::failed);
}

TEST(History, AUsualValuePasses) {
  const auto finding = judge_history(check_of(), Goal::none, 2.04, k_steady);
  EXPECT_EQ(finding.status, Status::passed);
  EXPECT_GT(*finding.distance, 0);
  EXPECT_LT(*finding.minimum, 1.97);
  EXPECT_GT(*finding.maximum, 2.03);
}

TEST(History, BeyondTheBadSideIsRegressed) {
  const auto finding = judge_history(check_of(), Goal::minimize, 2.5, k_steady);
  EXPECT_EQ(finding.status, Status::regressed);
  EXPECT_TRUE(finding.reason.starts_with("loss 2.5 above median 2 of 20 runs (+25.0 %)"))
      << finding.reason;
  EXPECT_EQ(finding.minimum, std::nullopt);
  EXPECT_LT(*finding.distance, 0);
  EXPECT_EQ(judge_history(check_of(), Goal::maximize, 1.5, k_steady).status, Status::regressed);
}

TEST(History, BeyondTheGoodSideIsImproved) {
  EXPECT_EQ(judge_history(check_of(), Goal::minimize, 1.5, k_steady).status, Status::improved);
  EXPECT_EQ(judge_history(check_of(), Goal::maximize, 2.5, k_steady).status, Status::improved);
}

TEST(History, WithoutAGoalBothSidesAreBad) {
  EXPECT_EQ(judge_history(check_of(), Goal::none, 1.5, k_steady).status, Status::regressed);
  EXPECT_EQ(judge_history(check_of(), Goal::none, 2.5, k_steady).status, Status::regressed);
}

TEST(History, OneEarlierOutlierDoesNotWidenWhatIsNormal) {
  auto past = k_steady;
  past[7] = 1000;
  EXPECT_EQ(judge_history(check_of(), Goal::minimize, 2.5, past).status, Status::regressed);
}

TEST(History, EqualEarlierValuesAllowATenthOfAPercent) {
  const Values past(10, 2.0);
  EXPECT_EQ(judge_history(check_of(), Goal::none, 2.001, past).status, Status::passed);
  EXPECT_EQ(judge_history(check_of(), Goal::none, 2.003, past).status, Status::regressed);
  EXPECT_EQ(judge_history(check_of(), Goal::none, 0, Values(10, 0.0)).status, Status::passed);
  EXPECT_EQ(judge_history(check_of(), Goal::none, 0.1, Values(10, 0.0)).status, Status::regressed);
}

TEST(History, ToleranceRelativeIsAFloor) {
  auto check = check_of();
  check.tolerance_relative = 0.5;
  EXPECT_EQ(judge_history(check, Goal::minimize, 2.9, k_steady).status, Status::passed);
  EXPECT_EQ(judge_history(check, Goal::minimize, 3.1, k_steady).status, Status::regressed);
}

TEST(History, OnlyTheNewestRunsCount) {
  Values past(30, 100.0);
  past.insert(past.end(), k_steady.begin(), k_steady.end());
  EXPECT_EQ(judge_history(check_of(), Goal::none, 2.01, past).status, Status::passed);
}

TEST(History, FewRunsAreJudgedMoreMildly) {
  const auto few = std::span(k_steady).first(5);
  EXPECT_GT(normal_distance(check_of(), few), 2 * normal_distance(check_of(), k_steady));
}

// Each run of the new level is within what is normal, together they are not.
TEST(History, AStepForTheWorseIsFoundThoughEveryRunIsNormal) {
  auto past = k_steady;
  past.insert(past.end(), {2.07, 2.06, 2.08, 2.07});
  const auto finding = judge_history(check_of(), Goal::minimize, 2.07, past);
  EXPECT_EQ(finding.status, Status::regressed);
  EXPECT_EQ(finding.reason, "loss stepped from 2 to 2.07 (+3.5 %) 4 runs ago and stayed");
  EXPECT_EQ(judge_history(check_of(), Goal::minimize, 2.07, k_steady).status, Status::passed);
}

TEST(History, ARunBackAtTheOldLevelIsNoStep) {
  auto past = k_steady;
  past.insert(past.end(), {2.07, 2.06, 2.08, 2.07});
  EXPECT_EQ(judge_history(check_of(), Goal::minimize, 2.0, past).status, Status::passed);
}

TEST(History, AStepForTheBetterIsTheNewLevelOnceItHasHeld) {
  auto past = k_steady;
  past.insert(past.end(), {1.50, 1.52, 1.48, 1.51, 1.49, 1.50});
  EXPECT_EQ(judge_history(check_of(), Goal::minimize, 1.5, past).status, Status::passed);
  EXPECT_EQ(judge_history(check_of(), Goal::minimize, 2.0, past).status, Status::regressed);
}

TEST(History, FindStepIsTheFirstValueOfTheNewLevel) {
  auto values = k_steady;
  values.insert(values.end(), {3, 3.01, 2.99, 3});
  EXPECT_EQ(find_step(check_of(), values), 20U);
  EXPECT_EQ(find_step(check_of(), k_steady), std::nullopt);
  EXPECT_EQ(find_step(check_of(), Values{}), std::nullopt);
}

TEST(History, NormallyDistributedValuesSeldomRaiseAnAlarm) {
  std::mt19937 generator(7);
  std::normal_distribution<double> noise(100, 2);
  for (const std::size_t runs : {5U, 10U, 20U}) {
    int alarms = 0;
    constexpr int k_rounds = 3000;
    for (int round = 0; round < k_rounds; ++round) {
      Values past(runs);
      for (double& v : past) v = noise(generator);
      const auto finding = judge_history(check_of(), Goal::none, noise(generator), past);
      if (finding.status != Status::passed) ++alarms;
    }
    EXPECT_LT(alarms, k_rounds / 100) << runs << " runs";
  }
}

}  // namespace
}  // namespace assay
