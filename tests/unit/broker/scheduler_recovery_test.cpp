// A broker that died, and drivers that did: what the journal carries over, and whose jobs run on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduler_fixture.h"

namespace assay {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

class SchedulerRecovery : public test::SchedulerTest {};

TEST_F(SchedulerRecovery, AnotherProcessTakesOverFromTheJournal) {
  for (const auto* token : {"a", "b", "c"}) scheduler_->submit(workload(token));
  run_for(seconds(2));
  restart();
  for (const auto* token : {"a", "b", "c"}) scheduler_->submit(workload(token), {}, true);
  cluster_.finish("100_1");
  run_for(seconds(40));
  EXPECT_EQ(cluster_.jobs.size(), 3U);
  EXPECT_EQ(status("b").state, JobState::ended);
  EXPECT_EQ(status("c").id, "100_2");
  EXPECT_EQ(cluster_.cancels, 0);
}

// Killed between the submission and its answer: the journal has the token, not the id.
TEST_F(SchedulerRecovery, AnotherProcessFindsWhatTheFirstDiedSubmitting) {
  cluster_.loses_answer = true;
  for (const auto* token : {"a", "b"}) scheduler_->submit(workload(token));
  scheduler_->step();
  restart();
  scheduler_->submit(workload("a"), {}, true);
  run_for(minutes(2));
  EXPECT_EQ(status("a").id, "100_0");
  EXPECT_EQ(cluster_.jobs.size(), 2U);
  EXPECT_FALSE(cluster_.jobs.at("100_0").is_cancelled);
  EXPECT_TRUE(cluster_.jobs.at("100_1").is_cancelled) << "nobody came back for it";
}

TEST_F(SchedulerRecovery, AnotherProcessSubmitsWhatTheFirstOnlyMeantTo) {
  scheduler_->submit(workload("a"));
  cluster_.is_silent = true;
  scheduler_->step();
  restart();
  cluster_.is_silent = false;
  scheduler_->submit(workload("a"), {}, true);
  run_for(minutes(1));
  EXPECT_EQ(cluster_.copies("a"), 1);
}

TEST_F(SchedulerRecovery, WithoutAJournalTheDriversWordIsTaken) {
  scheduler_->submit(workload("a"));
  run_for(seconds(2));
  journal_.entries.clear();
  const auto known = scheduler_->jobs().at(0).entry.reference();
  restart();
  scheduler_->submit(workload("a"), known, true);
  run_for(minutes(2));
  EXPECT_EQ(cluster_.copies("a"), 1);
  EXPECT_EQ(status("a").id, "100");
  EXPECT_EQ(status("a").state, JobState::pending);
}

TEST_F(SchedulerRecovery, CancellingSurvivesAnotherProcess) {
  cluster_.obeys = false;
  scheduler_->submit(workload("a"));
  run_for(seconds(2));
  scheduler_->cancel("a", "stopped");
  scheduler_->step();
  cluster_.cancels = 0;
  restart();
  run_for(seconds(2));
  EXPECT_EQ(cluster_.cancels, 1);
}

class KeptOrphans : public SchedulerRecovery {
 protected:
  KeptOrphans() {
    settings_.keep_orphans = true;
    restart();
    scheduler_->submit(workload("a"));
    run_for(seconds(2));
    scheduler_->orphan("a");
    run_for(minutes(5));
  }
};

TEST_F(KeptOrphans, AKeptJobRunsOnAndIsAdopted) {
  EXPECT_EQ(cluster_.cancels, 0);
  EXPECT_FALSE(scheduler_->is_idle()) << "its lease must be renewed";
  const auto kept = scheduler_->adopt("digest of a");
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->job.id, "100");
  EXPECT_EQ(kept->job.token, "a");
  EXPECT_EQ(kept->directory, "/work/run1/a/1");
  EXPECT_EQ(scheduler_->adopt("digest of a"), std::nullopt) << "only one driver takes it";
}

TEST_F(KeptOrphans, AResultIsTakenEvenByAnotherProcess) {
  cluster_.finish("100", {EndKind::exited, 4, 0, ""});
  run_for(minutes(1));
  EXPECT_TRUE(scheduler_->is_idle());
  restart();
  ASSERT_TRUE(scheduler_->adopt("digest of a"));
  EXPECT_EQ(status("a").end->exit_code, 4);
  scheduler_->release("a");
  run_for(seconds(1));
  EXPECT_FALSE(scheduler_->adopt("digest of a"));
}

TEST_F(KeptOrphans, AChangedProductTakesNothing) {
  EXPECT_FALSE(scheduler_->adopt("digest of another"));
  EXPECT_FALSE(scheduler_->adopt(""));
}

TEST_F(KeptOrphans, ADirectoryThatARecordHasClaimedIsNotAdopted) {
  claimed_.insert("/work/run1/a/1");
  EXPECT_FALSE(scheduler_->adopt("digest of a"));
}

TEST_F(KeptOrphans, AJobThatDidNotComeToItsOwnEndIsNoResult) {
  cluster_.finish("100", {EndKind::node_failed, -1, 0, ""});
  run_for(minutes(1));
  EXPECT_FALSE(scheduler_->adopt("digest of a"));
}

TEST_F(KeptOrphans, AJobThatTheLauncherHasForgottenIsNotAdopted) {
  cluster_.jobs.clear();
  run_for(minutes(1));
  EXPECT_FALSE(scheduler_->adopt("digest of a"));
}

TEST_F(KeptOrphans, AResultThatNobodyTakesIsForgottenInTheEnd) {
  cluster_.finish("100");
  run_for(minutes(1));
  run_for(settings_.kept + std::chrono::hours(2));
  EXPECT_FALSE(is_known("a"));
  EXPECT_TRUE(journal_.entries.empty());
}

}  // namespace
}  // namespace assay
