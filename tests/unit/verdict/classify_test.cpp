#include "verdict/classify.h"

#include <gtest/gtest.h>

#include "log_test.h"
#include "verdict/judge.h"

namespace assay {
namespace {

class Classify : public LogTest {
 protected:
  Classification classified(const JobEnd& end, std::string_view log,
                            const std::vector<RetryRule>& rules = {}) {
    Evidence evidence;
    evidence.end = end;
    return classify(rules, end, judge({}, evidence), with_log(log));
  }

  AttemptClass class_of_log(std::string_view log) {
    return classified(ended(EndKind::exited, 1), log).attempt_class;
  }
};

Finding failed_baseline() {
  Finding finding;
  finding.status = Finding::Status::failed;
  finding.check = "loss.range";
  finding.metric = "loss";
  return finding;
}

std::vector<Finding> findings_of_failed_baseline() {
  Finding end;
  end.check = "exit_code";
  return {end, failed_baseline()};
}

TEST_F(Classify, APassedAttemptHasNoClass) {
  const auto result = classified(ended(EndKind::exited, 0), "Connection reset by peer\n");
  EXPECT_EQ(result.attempt_class, AttemptClass::none);
  EXPECT_FALSE(is_another_due(result, 1));
}

TEST_F(Classify, InfrastructureEndsAreRepeatedOnce) {
  for (const auto kind :
       {EndKind::node_failed, EndKind::preempted, EndKind::launch_failed, EndKind::lost}) {
    const auto result = classified(ended(kind), "");
    EXPECT_EQ(result.attempt_class, AttemptClass::infra) << to_string(kind);
    EXPECT_TRUE(is_another_due(result, 1)) << to_string(kind);
    EXPECT_FALSE(is_another_due(result, 2)) << to_string(kind);
  }
}

TEST_F(Classify, WhatAPersonOrTheDeadlineEndedIsNeverRepeated) {
  RetryRule rule;
  rule.state = "cancelled";
  rule.max_attempts = 9;
  for (const auto kind : {EndKind::cancelled, EndKind::deadline}) {
    const auto result = classified(ended(kind), "", {rule});
    EXPECT_EQ(result.attempt_class, AttemptClass::infra);
    EXPECT_FALSE(is_another_due(result, 1));
  }
}

TEST_F(Classify, PublishedInfrastructureLinesAreInfra) {
  for (const auto* line :
       {"RuntimeError: CUDA error: uncorrectable ECC error encountered",
        "Some NCCL operations have failed or timed out.",
        "torch.distributed.DistNetworkError: The client socket has timed out",
        "misc/socket.cc:50 NCCL WARN Call to CUDA function failed.",
        "recv failed: Connection reset by peer", "CUDA error: unspecified launch failure",
        "The server socket has failed to listen on any local network address.",
        "zmq.error.ZMQError: Address already in use",
        "OSError: We couldn't connect to 'https://huggingface.co' to load this file",
        "OSError: [Errno 122] Disk quota exceeded",
        "[E] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=7)",
        "NVRM: Xid (PCI:0000:3b:00): 79, pid=1234, GPU has fallen off the bus.",
        "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-01 DUE TO NODE FAILURE ***"}) {
    EXPECT_EQ(class_of_log(std::string("start\n") + line + "\nend\n"), AttemptClass::infra) << line;
  }
}

TEST_F(Classify, ErrorsOfTheCodeAreReal) {
  for (const auto* line :
       {"found NaN in local forward loss calculation", "lm loss: nan | grad norm: 1",
        "Fatal Python error: Segmentation fault",
        "CUDA error: an illegal memory access was encountered",
        "NVRM: Xid (PCI:0000:3b:00): 31, pid=1, Ch 8, MMU Fault",
        "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
        "[rank0]: AssertionError: shapes differ", "3: pkg.module.ValueError: bad",
        "ModuleNotFoundError: No module named 'apex'"}) {
    EXPECT_EQ(class_of_log(std::string(line) + "\n"), AttemptClass::real) << line;
  }
}

TEST_F(Classify, OrdinaryLinesDecideNothing) {
  for (const auto* line : {"nanoseconds: 12", "loss: 2.5 finance", "no NaN was found: 0 nan values",
                           "step 79 Xid", "handles ValueError gracefully"}) {
    const auto result = classified(ended(EndKind::exited, 1), std::string(line) + "\n");
    EXPECT_EQ(result.attempt_class, AttemptClass::real);
    EXPECT_EQ(result.reason, "exit code 1") << line;
  }
}

TEST_F(Classify, TheCrashOfOneRankOutweighsTheNetworkErrorsOfTheOthers) {
  EXPECT_EQ(class_of_log("Connection reset by peer\n[rank3]: AssertionError: no\n"),
            AttemptClass::real);
  EXPECT_EQ(classified(ended(EndKind::signaled, 11), "Connection reset by peer\n").attempt_class,
            AttemptClass::real);
  EXPECT_EQ(classified(ended(EndKind::exited, 139), "Connection reset by peer\n").attempt_class,
            AttemptClass::real);
  EXPECT_EQ(classified(ended(EndKind::out_of_memory), "Connection reset by peer\n").attempt_class,
            AttemptClass::real);
}

TEST_F(Classify, BrokenHardwareOutweighsTheCrashThatItCaused) {
  EXPECT_EQ(class_of_log("an illegal memory access was encountered\n"
                         "uncorrectable ECC error encountered\n"),
            AttemptClass::infra);
}

TEST_F(Classify, TheReasonNamesTheLineThatDecided) {
  EXPECT_EQ(classified(ended(EndKind::exited, 1), "a\nb\nConnection reset by peer\n").reason,
            "a connection failed (stderr.log:3: Connection reset by peer)");
}

TEST_F(Classify, TheRecipesOwnRulesComeFirst) {
  RetryRule by_pattern;
  by_pattern.pattern = "known flake #[0-9]+";
  by_pattern.class_ = RetryRule::Class::flaky;
  by_pattern.max_attempts = 3;
  const auto result =
      classified(ended(EndKind::exited, 1), "AssertionError: known flake #7\n", {by_pattern});
  EXPECT_EQ(result.attempt_class, AttemptClass::flaky);
  EXPECT_TRUE(is_another_due(result, 2));
  EXPECT_FALSE(is_another_due(result, 3));
  EXPECT_NE(result.reason.find("known flake #7"), std::string::npos) << result.reason;

  RetryRule by_code;
  by_code.exit_code = 75;
  EXPECT_EQ(classified(ended(EndKind::exited, 75), "", {by_code}).attempt_class,
            AttemptClass::infra);
  EXPECT_EQ(classified(ended(EndKind::exited, 74), "", {by_code}).attempt_class,
            AttemptClass::real);
  RetryRule by_state;
  by_state.state = "timed-out";
  EXPECT_EQ(classified(ended(EndKind::timed_out), "", {by_state}).attempt_class,
            AttemptClass::infra);
}

TEST_F(Classify, AFailedBaselineIsNotRepeatedForWhatTheLogSays) {
  const auto end = ended(EndKind::exited, 0);
  const auto logs = with_log("Connection reset by peer\n");
  RetryRule by_pattern;
  by_pattern.pattern = "Connection";
  const std::vector<RetryRule> rules{by_pattern};
  const auto result = classify(rules, end, findings_of_failed_baseline(), logs);
  EXPECT_EQ(result.attempt_class, AttemptClass::real);
  EXPECT_FALSE(is_another_due(result, 1));
}

TEST_F(Classify, AFailedBaselineIsRepeatedWhereARuleNamesItsEnd) {
  RetryRule rule;
  rule.exit_code = 0;
  rule.class_ = RetryRule::Class::flaky;
  const auto result = classify(std::vector{rule}, ended(EndKind::exited, 0),
                               findings_of_failed_baseline(), with_log(""));
  EXPECT_EQ(result.attempt_class, AttemptClass::flaky);
  EXPECT_TRUE(is_another_due(result, 1));
}

TEST_F(Classify, MatchesAreFoundBeyondTheFirstBlockOfALongLog) {
  std::string log;
  while (log.size() < 3'000'000) log += "iteration 1/ 100 | lm loss: 7.8 |\n";
  const auto lines = std::count(log.begin(), log.end(), '\n');
  log += "Stale file handle";
  const auto result = classified(ended(EndKind::exited, 1), log);
  EXPECT_EQ(result.reason,
            "storage failed (stderr.log:" + std::to_string(lines + 1) + ": Stale file handle)");
}

TEST(VerdictOfAClassifiedAttempt, InfrastructureInTheLogsIsErrored) {
  Evidence evidence;
  evidence.end = ended(EndKind::exited, 1);
  const auto findings = judge({}, evidence);
  EXPECT_EQ(verdict_of(findings, evidence.end, AttemptClass::infra), Verdict::errored);
  EXPECT_EQ(verdict_of(findings, evidence.end, AttemptClass::real), Verdict::failed);
  EXPECT_EQ(summarize(findings, Verdict::errored, evidence.end, "a connection failed"),
            "a connection failed");
}

}  // namespace
}  // namespace assay
