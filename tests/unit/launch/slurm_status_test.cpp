#include "launch/slurm_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../test_data.h"
#include "base/files.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<SlurmRow> recorded(const char* file) {
  return parse_slurm_rows(read_file(test::test_data() / "slurm" / file));
}

// The status of a job of the recorded output; unknown when it is not in it.
JobStatus status_of(const char* file, const std::string& id) {
  const auto source =
      std::string_view(file).starts_with("sacct") ? SlurmSource::sacct : SlurmSource::squeue;
  for (const auto& row : recorded(file)) {
    if (row.id == id) return slurm_job_status(row, source);
  }
  return {};
}

JobEnd end_of(const char* file, const std::string& id) {
  const auto status = status_of(file, id);
  EXPECT_EQ(status.state, JobState::ended) << id;
  return status.end.value_or(JobEnd{});
}

constexpr const char* k_squeue = "squeue-22.05.txt";
constexpr const char* k_sacct = "sacct-22.05.txt";

TEST(SlurmStatus, AnEndByItselfIsLeftToTheJobsOwnFile) {
  for (const char* id : {"1", "2", "4", "10_0", "10_1", "10_3"}) {
    EXPECT_EQ(end_of(k_squeue, id).kind, EndKind::exited) << id;
    EXPECT_EQ(end_of(k_sacct, id).kind, EndKind::exited) << id;
  }
  EXPECT_EQ(end_of(k_squeue, "2").reason, "");
}

TEST(SlurmStatus, ABatchScriptThatWasKilledHasItsSignal) {
  const auto end = end_of(k_squeue, "3");
  EXPECT_EQ(end.kind, EndKind::signaled);
  EXPECT_EQ(end.signal, 11);
  // sacct's 11:0 may be exit code 139, its 0:11 the signal: the job's own file decides.
  EXPECT_EQ(end_of(k_sacct, "3").kind, EndKind::exited);
}

TEST(SlurmStatus, AnOutputThatCannotBeOpenedIsAFailedLaunch) {
  EXPECT_EQ(end_of(k_squeue, "5").kind, EndKind::launch_failed);
  EXPECT_EQ(end_of(k_sacct, "5").kind, EndKind::launch_failed);
}

TEST(SlurmStatus, ARefusedJobThatLeftARecordNeverStarted) {
  EXPECT_EQ(end_of(k_squeue, "19").kind, EndKind::launch_failed);
  EXPECT_EQ(end_of(k_squeue, "19").reason, "BadConstraints");
  EXPECT_EQ(end_of(k_sacct, "19").kind, EndKind::launch_failed);
}

TEST(SlurmStatus, ACancelledJobIsCancelledAndSacctSaysByWhom) {
  EXPECT_EQ(end_of(k_squeue, "6").kind, EndKind::cancelled);
  EXPECT_EQ(end_of(k_sacct, "6").reason, "cancelled in Slurm by user 0");
}

TEST(SlurmStatus, WhatNeverHadANodeHasNoStart) {
  const auto status = status_of(k_squeue, "7");
  EXPECT_EQ(status.end->kind, EndKind::cancelled);
  EXPECT_FALSE(status.started);
  EXPECT_TRUE(status.ended);
}

TEST(SlurmStatus, ATimeLimitAndADownNodeHaveKindsOfTheirOwn) {
  EXPECT_EQ(end_of(k_squeue, "13").kind, EndKind::timed_out);
  EXPECT_EQ(end_of(k_squeue, "14").kind, EndKind::node_failed);
  EXPECT_EQ(end_of(k_squeue, "14").reason, "NodeDown");
}

TEST(SlurmStatus, APendingJobHasItsReasonAndExpectedStart) {
  const auto status = status_of(k_squeue, "8");
  EXPECT_EQ(status.state, JobState::pending);
  EXPECT_EQ(status.reason, "BeginTime");
  EXPECT_EQ(to_iso8601(status.expected_start.value()), "2026-11-28T00:13:07.000Z");
  EXPECT_THAT(status.nodes, IsEmpty());
}

TEST(SlurmStatus, ReasonsMayHoldBlanksAndCommas) {
  const auto rows = parse_slurm_rows(
      "12|PENDING|0||2026-11-27T23:13:08|N/A|N/A|Nodes required for job are DOWN, DRAINED or "
      "reserved for jobs in higher priority partitions|case.tok|\n");
  ASSERT_EQ(rows.size(), 1U);
  const auto status = slurm_job_status(rows[0], SlurmSource::squeue);
  EXPECT_EQ(status.reason,
            "Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority "
            "partitions");
  EXPECT_FALSE(status.expected_start);
}

TEST(SlurmStatus, ARunningJobHasStartAndNodes) {
  const auto status = slurm_job_status({"9", "RUNNING", "0", "n[1-2,4]", "2026-11-27T23:13:08",
                                        "2026-11-27T23:13:09", "N/A", "None", "case.tok"},
                                       SlurmSource::squeue);
  EXPECT_EQ(status.state, JobState::running);
  EXPECT_THAT(status.nodes, ElementsAre("n1", "n2", "n4"));
  EXPECT_EQ(to_iso8601(status.started.value()), "2026-11-27T23:13:09.000Z");
  EXPECT_EQ(status.reason, "");
}

TEST(SlurmStatus, CompletingHidesTheEndSoTheJobStillRuns) {
  const auto status = slurm_job_status({"9", "COMPLETING", "0", "n1", "", "", "", "None", "a.b"},
                                       SlurmSource::squeue);
  EXPECT_EQ(status.state, JobState::running);
  EXPECT_FALSE(status.end);
}

TEST(SlurmStatus, ARequeuedJobIsPendingAgain) {
  const auto status = slurm_job_status(
      {"9", "PENDING", "0", "", "", "N/A", "N/A", "BeginTime", "a.b"}, SlurmSource::squeue);
  EXPECT_EQ(status.state, JobState::pending);
  EXPECT_EQ(slurm_job_status({"9", "REQUEUE_HOLD", "0", "", "", "", "", "None", "a.b"},
                             SlurmSource::squeue)
                .reason,
            "requeued and held");
}

TEST(SlurmStatus, EveryEndOfTheTableIsNeitherLostByAccidentNorPassed) {
  struct Expected {
    const char* state;
    EndKind kind;
  };
  for (const auto& expected : {Expected{"OUT_OF_MEMORY", EndKind::out_of_memory},
                               {"PREEMPTED", EndKind::preempted},
                               {"BOOT_FAIL", EndKind::node_failed},
                               {"NODE_FAIL", EndKind::node_failed},
                               {"DEADLINE", EndKind::deadline},
                               {"TIMEOUT", EndKind::timed_out},
                               {"REVOKED", EndKind::lost},
                               {"LAUNCH_FAILED", EndKind::launch_failed},
                               {"CANCELLED+", EndKind::cancelled}}) {
    const auto status = slurm_job_status(
        {"9", expected.state, "0", "n1", "", "", "", "None", "a.b"}, SlurmSource::squeue);
    ASSERT_TRUE(status.end) << expected.state;
    EXPECT_EQ(status.end->kind, expected.kind) << expected.state;
  }
}

TEST(SlurmStatus, AStateThatNobodyKnowsIsUnknownAndNamed) {
  const auto status =
      slurm_job_status({"9", "DANCING", "0", "n1", "", "", "", "", "a.b"}, SlurmSource::squeue);
  EXPECT_EQ(status.state, JobState::unknown);
  EXPECT_EQ(status.reason, "Slurm says DANCING");
}

TEST(SlurmStatus, WhatOnlyAccountingCallsRunningIsUnknown) {
  EXPECT_EQ(
      slurm_job_status({"9", "RUNNING", "0:0", "n1", "", "", "", "None", "a.b"}, SlurmSource::sacct)
          .state,
      JobState::unknown);
}

TEST(SlurmStatus, AnExitAsNewerToolsPrintItReadsTheSame) {
  const auto status = slurm_job_status({"9", "FAILED", "0:9", "n1", "", "", "", "None", "a.b"},
                                       SlurmSource::squeue);
  EXPECT_EQ(status.end->kind, EndKind::signaled);
  EXPECT_EQ(status.end->signal, 9);
}

TEST(SlurmStatus, AJobIsStuckForWhatNoWaitingMends) {
  const auto pending_for = [](const char* reason) {
    return is_stuck({"9", "PENDING", "0", "", "", "", "", reason, "a"});
  };
  for (const auto* reason :
       {"launch failed requeued held", "DependencyNeverSatisfied", "PartitionTimeLimit",
        "BadConstraints", "InvalidAccount", "QOSNotAllowed", "QOSMaxWallDurationPerJobLimit",
        "QOSMaxGRESPerJob", "QOSMaxCpuPerNode", "QOSMinGRES", "AssocMaxNodePerJobLimit"}) {
    EXPECT_TRUE(pending_for(reason)) << reason;
  }
  for (const auto* reason :
       {"None", "Priority", "Resources", "BeginTime", "JobHeldUser", "JobHeldAdmin", "Licenses",
        "PartitionDown", "PartitionNodeLimit", "QOSMaxJobsPerUserLimit", "QOSMaxGRESPerUser",
        "AssocGrpCpuLimit", "AssocMaxJobsLimit", "ReqNodeNotAvail, UnavailableNodes:n2"}) {
    EXPECT_FALSE(pending_for(reason)) << reason;
  }
  EXPECT_FALSE(is_stuck({"9", "RUNNING", "0", "n1", "", "", "", "PartitionTimeLimit", "a"}));
}

TEST(SlurmStatus, ARowIsAJobsOnlyByNameAndTimeToo) {
  const SlurmRow row{"9", "RUNNING", "0", "n1", "2026-11-27T23:13:08", "", "", "", "case.tok1"};
  const auto at = [](const char* time) { return from_iso8601(time); };
  EXPECT_TRUE(is_row_of(row, {"9", "tok1", at("2026-11-27T23:13:07")}));
  EXPECT_FALSE(is_row_of(row, {"9", "tok2", at("2026-11-27T23:13:07")}));
  EXPECT_FALSE(is_row_of(row, {"9", "ok1", at("2026-11-27T23:13:07")}));
  EXPECT_FALSE(is_row_of(row, {"9", "", at("2026-11-27T23:13:07")}));
  EXPECT_FALSE(is_row_of(row, {"9", "tok1", at("2026-11-28T23:13:07")}));
  EXPECT_TRUE(is_row_of(row, {"9", "tok1", std::nullopt}));
}

TEST(SlurmStatus, TasksThatStayedOneRecordAreEachFound) {
  EXPECT_THAT(ids_of_row({"13_[2-3,8%2]", "", "", "", "", "", "", "", ""}),
              ElementsAre("13_2", "13_3", "13_8"));
  EXPECT_THAT(ids_of_row({"13_7", "", "", "", "", "", "", "", ""}), ElementsAre("13_7"));
}

TEST(SlurmStatus, NodeListsExpand) {
  EXPECT_THAT(parse_node_list("n[1-3,07-08]-x,m1"),
              ElementsAre("n1-x", "n2-x", "n3-x", "n07-x", "n08-x", "m1"));
  EXPECT_THAT(parse_node_list("None assigned"), IsEmpty());
  EXPECT_THAT(parse_node_list(""), IsEmpty());
  EXPECT_THAT(parse_node_list("odd[a-b]"), ElementsAre("odd[a-b]"));
}

TEST(SlurmStatus, LinesOfAnotherShapeAreNoJobs) {
  EXPECT_THAT(parse_slurm_rows("squeue: warning: something\n\na|b\n"), IsEmpty());
}

}  // namespace
}  // namespace assay
