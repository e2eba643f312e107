#include "verdict/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>

namespace assay {
namespace {

using Status = Finding::Status;

JobEnd exited(int code) {
  JobEnd end;
  end.kind = EndKind::exited;
  end.exit_code = code;
  return end;
}

JobEnd ended(EndKind kind, std::string reason = {}) {
  JobEnd end;
  end.kind = kind;
  end.reason = std::move(reason);
  return end;
}

Metric metric_of(std::string name, double value) {
  Metric metric;
  metric.name = std::move(name);
  metric.value = value;
  metric.source = "dllogger";
  return metric;
}

Baseline at_most(std::string metric, double value) {
  Baseline baseline;
  baseline.metric = std::move(metric);
  baseline.bound.op = Bound::Operator::leq;
  baseline.bound.value = value;
  return baseline;
}

Evidence evidence_of(const JobEnd& end, const std::vector<Metric>& metrics = {}) {
  Evidence evidence;
  evidence.end = end;
  evidence.metrics = metrics;
  return evidence;
}

TEST(Judge, ExitCodeZeroIsTheDefaultCheck) {
  const auto findings = judge({}, evidence_of(exited(0)));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].status, Status::passed);
  EXPECT_EQ(findings[0].check, "exit_code");
  EXPECT_EQ(judge({}, evidence_of(exited(1)))[0].reason, "exit code 1, expected 0");
}

TEST(Judge, EveryListOfExitCodesMustHoldTheCode) {
  Checks checks;
  checks.exit_codes = {{0, 3}, {3}, {0, 3}};
  EXPECT_THAT(judge(checks, evidence_of(exited(0))),
              testing::ElementsAre(testing::Field(&Finding::status, Status::passed),
                                   testing::Field(&Finding::status, Status::failed)));
  EXPECT_EQ(verdict_of(judge(checks, evidence_of(exited(3))), exited(3)), Verdict::passed);
}

TEST(Judge, AShellsCodeForASignalIsExplained) {
  EXPECT_EQ(judge({}, evidence_of(exited(139)))[0].reason,
            "exit code 139 (128 + 11: SIGSEGV), expected 0");
}

TEST(Judge, NoExitCodesAskedStillChecksTheEnd) {
  Checks checks;
  checks.exit_codes.clear();
  EXPECT_EQ(judge(checks, evidence_of(exited(1)))[0].status, Status::failed);
}

TEST(Judge, BaselinesUseTheReducedMetric) {
  Checks checks;
  checks.baselines = {at_most("loss", 2)};
  const std::vector<Metric> metrics = {metric_of("loss", 2.5)};
  const auto findings = judge(checks, evidence_of(exited(0), metrics));
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[1].reason, "loss 2.5 above max 2 (+25.0 %)");
}

TEST(Judge, MissingMetricFailsAndNamesTheNearest) {
  Checks checks;
  checks.baselines = {at_most("val_los", 2)};
  const std::vector<Metric> metrics = {metric_of("val_loss", 1)};
  const auto findings = judge(checks, evidence_of(exited(0), metrics));
  EXPECT_EQ(findings[1].status, Status::missing);
  EXPECT_EQ(findings[1].reason, "val_los was not logged; did you mean 'val_loss'?");
  EXPECT_EQ(findings[1].expected, "<= 2");
  EXPECT_EQ(verdict_of(findings, exited(0)), Verdict::failed);
}

TEST(Judge, NanFails) {
  Checks checks;
  checks.baselines = {at_most("loss", 2)};
  const std::vector<Metric> metrics = {metric_of("loss", NAN)};
  const auto findings = judge(checks, evidence_of(exited(0), metrics));
  EXPECT_EQ(findings[1].status, Status::failed);
  EXPECT_EQ(summarize(findings, Verdict::failed, exited(0)), "loss is NaN");
}

TEST(Judge, AChecksOwnReductionReadsTheSeriesOfTheMetricsSource) {
  Series stdout_series;
  stdout_series.name = "loss";
  stdout_series.source = "stdout";
  stdout_series.points = {{1, 100}};
  Series series = stdout_series;
  series.source = "dllogger";
  series.points = {{1, 5}, {2, 1}, {3, 4}};
  const std::vector<Series> all = {stdout_series, series};
  const std::vector<Metric> metrics = {metric_of("loss", 4)};

  Checks checks;
  checks.baselines = {at_most("loss", 2)};
  checks.baselines[0].reduction.emplace();
  checks.baselines[0].reduction->kind = Reduction::Kind::minimum;
  auto evidence = evidence_of(exited(0), metrics);
  evidence.series = all;
  EXPECT_EQ(judge(checks, evidence)[1].actual, "1");
  EXPECT_EQ(judge(checks, evidence)[1].status, Status::passed);

  checks.baselines[0].reduction->window_from = 50;
  EXPECT_EQ(judge(checks, evidence)[1].status, Status::missing);
  EXPECT_EQ(judge(checks, evidence)[1].reason, "loss has no value in the steps that count");
}

TEST(Judge, InfrastructureEndsAreTheOnlyFinding) {
  Checks checks;
  checks.baselines = {at_most("loss", 2)};
  const auto end = ended(EndKind::node_failed, "NODE_FAIL");
  const auto findings = judge(checks, evidence_of(end));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].status, Status::missing);
  EXPECT_EQ(findings[0].reason, "node failed: NODE_FAIL");
}

TEST(Judge, GoldenChecksGiveOneFindingPerMetric) {
  Series series;
  series.name = "lm loss";
  series.points = {{1, 10.5}};
  const std::vector<Series> all = {series};
  std::vector<GoldenCurve> golden(2);
  golden[0].metric = "lm loss";
  golden[0].points = {{1, 10.5}};
  golden[1].metric = "num-zeros";
  golden[1].points = {{1, 7}};
  Checks checks;
  checks.golden.resize(1);
  checks.golden[0].file = "golden.json";
  auto evidence = evidence_of(exited(0));
  evidence.series = all;
  evidence.golden = golden;
  const auto findings = judge(checks, evidence);
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_EQ(findings[1].status, Status::passed);
  EXPECT_EQ(findings[2].status, Status::missing);

  checks.golden[0].metrics = {"lm loss", "grad norm"};
  const auto named = judge(checks, evidence);
  ASSERT_EQ(named.size(), 3U);
  EXPECT_EQ(named[1].metric, "lm loss");
  EXPECT_EQ(named[2].reason, "golden.json has no golden values of grad norm");
  EXPECT_EQ(named[2].status, Status::missing);
}

TEST(Judge, AnEmptyGoldenFileIsNoSuccess) {
  Checks checks;
  checks.golden.resize(1);
  checks.golden[0].file = "golden.json";
  const auto findings = judge(checks, evidence_of(exited(0)));
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[1].status, Status::missing);
}

TEST(Judge, HistoryTakesTheMetricsGoal) {
  HistoryCheck check;
  check.metric = "loss";
  Checks checks;
  checks.history = {check};
  std::vector<Metric> metrics = {metric_of("loss", 1)};
  metrics[0].goal = Goal::minimize;
  const std::vector<PastValues> past = {{"loss", {2, 2.01, 1.99, 2, 2.02, 1.98}}};
  auto evidence = evidence_of(exited(0), metrics);
  evidence.history = past;
  EXPECT_EQ(judge(checks, evidence)[1].status, Status::improved);
  checks.history[0].goal = Goal::maximize;
  EXPECT_EQ(judge(checks, evidence)[1].status, Status::regressed);
  evidence.metrics = {};
  EXPECT_EQ(judge(checks, evidence)[1].status, Status::missing);
}

Finding finding_of(Status status) {
  Finding finding;
  finding.status = status;
  finding.metric = "loss";
  finding.reason = "loss " + to_string(status);
  return finding;
}

TEST(VerdictOf, FollowsTheWrittenTable) {
  const std::vector<Finding> good = {finding_of(Status::passed), finding_of(Status::improved),
                                     finding_of(Status::no_baseline)};
  const std::vector<Finding> none;
  for (const auto kind : {EndKind::node_failed, EndKind::preempted, EndKind::cancelled,
                          EndKind::launch_failed, EndKind::deadline, EndKind::lost}) {
    EXPECT_EQ(verdict_of(good, ended(kind)), Verdict::errored) << to_string(kind);
    EXPECT_EQ(verdict_of(none, ended(kind)), Verdict::errored) << to_string(kind);
  }
  for (const auto kind : {EndKind::signaled, EndKind::timed_out, EndKind::out_of_memory}) {
    EXPECT_EQ(verdict_of(good, ended(kind)), Verdict::failed) << to_string(kind);
  }
  EXPECT_EQ(verdict_of(none, exited(0)), Verdict::errored);
  EXPECT_EQ(verdict_of(good, exited(0)), Verdict::passed);
  for (const auto status : {Status::failed, Status::missing, Status::regressed}) {
    auto findings = good;
    findings.push_back(finding_of(status));
    EXPECT_EQ(verdict_of(findings, exited(0)), Verdict::failed) << to_string(status);
  }
}

TEST(VerdictOf, AnAttemptThatTheInfrastructureFailedIsErroredOnlyWhereSomethingFailed) {
  const std::vector<Finding> good = {finding_of(Status::passed)};
  const std::vector<Finding> bad = {finding_of(Status::passed), finding_of(Status::missing)};
  EXPECT_EQ(verdict_of(bad, exited(1), AttemptClass::infra), Verdict::errored);
  EXPECT_EQ(verdict_of(bad, ended(EndKind::signaled), AttemptClass::infra), Verdict::errored);
  EXPECT_EQ(verdict_of(bad, exited(1), AttemptClass::flaky), Verdict::failed);
  EXPECT_EQ(verdict_of(bad, exited(1), AttemptClass::real), Verdict::failed);
  EXPECT_EQ(verdict_of(good, exited(0), AttemptClass::infra), Verdict::passed);
}

TEST(Judge, ACrashIsNamedAndExplained) {
  JobEnd end;
  end.kind = EndKind::signaled;
  end.signal = SIGSEGV;
  const auto findings = judge({}, evidence_of(end));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].actual, "killed by signal 11 (SIGSEGV)");
  EXPECT_EQ(findings[0].reason,
            "killed by signal 11 (SIGSEGV): the program accessed memory it must not");
}

TEST(Summarize, TheJobsEndComesBeforeWhatFollowsFromIt) {
  Checks checks;
  checks.baselines = {at_most("loss", 2), at_most("accuracy", 1)};
  const std::vector<Metric> metrics = {metric_of("accuracy", 3)};
  const auto crash = judge(checks, evidence_of(exited(1), metrics));
  EXPECT_EQ(summarize(crash, Verdict::failed, exited(1)), "exit code 1, expected 0 (and 2 more)");
  const auto wrong = judge(checks, evidence_of(exited(0), metrics));
  EXPECT_EQ(summarize(wrong, Verdict::failed, exited(0)),
            "accuracy 3 above max 1 (+200 %) (and 1 more)");
}

TEST(Summarize, ErroredSaysHowTheJobEnded) {
  const auto end = ended(EndKind::preempted, "PREEMPTED");
  EXPECT_EQ(summarize(judge({}, evidence_of(end)), Verdict::errored, end), "preempted: PREEMPTED");
}

TEST(Summarize, PassedCountsItsChecks) {
  EXPECT_EQ(summarize(judge({}, evidence_of(exited(0))), Verdict::passed, exited(0)),
            "1 check passed");
  const std::vector<Finding> findings = {finding_of(Status::passed), finding_of(Status::passed),
                                         finding_of(Status::no_baseline)};
  EXPECT_EQ(summarize(findings, Verdict::passed, exited(0)),
            "2 checks passed, 1 without enough history");
}

}  // namespace
}  // namespace assay
