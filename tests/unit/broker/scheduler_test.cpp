#include "broker/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../temporary_directory.h"
#include "base/error.h"
#include "fake_cluster.h"

namespace assay {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::FakeCluster;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

// A journal in memory that outlives schedulers, and can be full.
class MemoryJournal : public Journal {
 public:
  std::vector<JournalEntry> load() override {
    std::vector<JournalEntry> all;
    for (const auto& [token, entry] : entries) all.push_back(entry);
    return all;
  }
  void put(std::span<const JournalEntry> changed) override {
    if (is_full) throw TransientError("database or disk is full");
    ++writes;
    for (const auto& entry : changed) entries[entry.token] = entry;
  }
  void erase(std::span<const std::string> tokens) override {
    if (is_full) throw TransientError("database or disk is full");
    for (const auto& token : tokens) entries.erase(token);
  }
  std::map<std::string, JournalEntry> entries;
  bool is_full = false;
  int writes = 0;
};

class SchedulerTest : public ::testing::Test {
 protected:
  SchedulerTest() {
    settings_.orphan_grace = seconds(30);
    restart();
  }
  // What a killed process leaves: the journal and the cluster.
  void restart() {
    SchedulerHooks hooks;
    hooks.clock = [this] {
      return Moment{Scheduler::Steady(time_), TimePoint(seconds(1'800'000'000) + time_)};
    };
    hooks.is_claimed = [this](const std::string& directory) {
      return claimed_.count(directory) > 0;
    };
    hooks.renew_lease = [this](const std::string& lease) { ++leases_[lease]; };
    hooks.log = [this](const std::string& line) { log_.push_back(line); };
    scheduler_.emplace(cluster_, journal_, settings_, hooks);
  }
  static Workload workload(const std::string& token, int nodes = 1) {
    Workload workload;
    workload.token = token;
    workload.key = "recipe/" + token;
    workload.nodes = nodes;
    workload.directory = "/work/run1/" + token + "/1";
    workload.lease = "/work/run1/.lease";
    workload.product_digest = "digest of " + token;
    return workload;
  }
  // Steps whenever something is due, for that long.
  void run_for(milliseconds duration) {
    const auto until = time_ + duration;
    for (;;) {
      const auto due =
          std::chrono::duration_cast<milliseconds>(scheduler_->step().time_since_epoch());
      for (const auto& [token, status] : scheduler_->take_updates()) {
        updates_[token].push_back(status);
      }
      if (due > until) break;
      time_ = std::max(due, time_ + milliseconds(1));
    }
    time_ = until;
  }
  JobStatus status(const std::string& token) { return scheduler_->status(token).value(); }
  bool is_known(const std::string& token) { return scheduler_->status(token).has_value(); }

  milliseconds time_{seconds(1'000)};
  FakeCluster cluster_;
  MemoryJournal journal_;
  WatchSettings settings_;
  std::optional<Scheduler> scheduler_;
  std::set<std::string> claimed_;
  std::map<std::string, int> leases_;
  std::vector<std::string> log_;
  std::map<std::string, std::vector<JobStatus>> updates_;
};

TEST_F(SchedulerTest, AJobIsSubmittedPolledAndForgottenWhenItsDriverHasTheResult) {
  scheduler_->submit(workload("a"));
  run_for(seconds(2));
  EXPECT_EQ(status("a").id, "100");
  EXPECT_EQ(status("a").state, JobState::pending);
  EXPECT_EQ(status("a").reason, "Resources");
  cluster_.jobs["100"].state = JobState::running;
  run_for(seconds(5));
  EXPECT_EQ(status("a").state, JobState::running);
  cluster_.finish("100", {EndKind::exited, 3, 0, ""});
  run_for(seconds(5));
  EXPECT_EQ(status("a").end->exit_code, 3);
  EXPECT_FALSE(scheduler_->is_idle());
  scheduler_->release("a");
  run_for(seconds(1));
  EXPECT_FALSE(is_known("a"));
  EXPECT_TRUE(journal_.entries.empty());
  EXPECT_TRUE(scheduler_->is_idle());
  EXPECT_EQ(cluster_.cancels, 0);
}

TEST_F(SchedulerTest, TheFirstJobGoesAtOnceAndAThousandMakeAFewArrays) {
  for (int i = 0; i < 1000; ++i) {
    scheduler_->submit(workload("t" + std::to_string(i)));
    run_for(milliseconds(10));
  }
  run_for(seconds(5));
  EXPECT_EQ(cluster_.submissions[0], 1U);
  EXPECT_EQ(cluster_.jobs.size(), 1000U);
  EXPECT_LE(cluster_.submissions.size(), 10U);
  EXPECT_EQ(cluster_.copies("t999"), 1);
}

TEST_F(SchedulerTest, AThousandThatComeSlowlyMakeArraysOfFiftyAndMore) {
  for (int i = 0; i < 1000; ++i) {
    scheduler_->submit(workload("t" + std::to_string(i)));
    run_for(milliseconds(120));
  }
  run_for(seconds(5));
  EXPECT_EQ(cluster_.jobs.size(), 1000U);
  EXPECT_LE(cluster_.submissions.size(), 20U);
}

TEST_F(SchedulerTest, ABatchClosesSoonAfterItsLastJobCame) {
  for (int i = 0; i < 200; ++i) {
    scheduler_->submit(workload("t" + std::to_string(i)));
    run_for(milliseconds(100));
  }
  run_for(milliseconds(1100));
  EXPECT_EQ(cluster_.jobs.size(), 200U);
}

TEST_F(SchedulerTest, UnlikeJobsDoNotWaitForEachOther) {
  scheduler_->submit(workload("first"));
  run_for(milliseconds(100));
  for (int i = 0; i < 40; ++i) scheduler_->submit(workload("t" + std::to_string(i), 1 + i));
  run_for(milliseconds(1500));
  EXPECT_EQ(cluster_.jobs.size(), 41U);
}

TEST_F(SchedulerTest, PollsDoNotGrowWithTheNumberOfJobs) {
  scheduler_->submit(workload("one"));
  run_for(minutes(10));
  const auto alone = cluster_.polls;
  for (int i = 0; i < 1000; ++i) scheduler_->submit(workload("t" + std::to_string(i)));
  cluster_.polls = 0;
  run_for(minutes(10));
  EXPECT_LE(cluster_.polls, alone + 10);
  EXPECT_LE(alone, 60);
}

TEST_F(SchedulerTest, UnlikeJobsAreSubmissionsOfTheirOwn) {
  for (int i = 0; i < 4; ++i) scheduler_->submit(workload("t" + std::to_string(i), 1 + i % 2));
  run_for(seconds(10));
  EXPECT_THAT(cluster_.submissions, ElementsAre(2U, 2U));
}

TEST_F(SchedulerTest, EverySubmissionIsJournaledBeforeItIsMade) {
  journal_.is_full = true;
  scheduler_->submit(workload("a"));
  run_for(seconds(30));
  EXPECT_TRUE(cluster_.jobs.empty());
  EXPECT_THAT(status("a").notice, HasSubstr("not submitted yet: database or disk is full"));
  journal_.is_full = false;
  run_for(minutes(2));
  EXPECT_EQ(cluster_.copies("a"), 1);
  EXPECT_EQ(status("a").notice, "");
}

TEST_F(SchedulerTest, ASubmissionWithoutAnAnswerIsFoundByItsTokenAndNotMadeAgain) {
  cluster_.loses_answer = true;
  scheduler_->submit(workload("a"));
  run_for(minutes(1));
  EXPECT_EQ(cluster_.copies("a"), 1);
  EXPECT_EQ(status("a").id, "100");
}

TEST_F(SchedulerTest, AnArrayWithoutAnAnswerIsFoundTaskByTask) {
  cluster_.loses_answer = true;
  for (const auto* token : {"a", "b", "c"}) scheduler_->submit(workload(token));
  run_for(minutes(1));
  EXPECT_EQ(cluster_.submissions.size(), 1U);
  for (const auto* token : {"a", "b", "c"}) {
    EXPECT_EQ(cluster_.jobs.at(status(token).id).workload.token, token);
  }
}

TEST_F(SchedulerTest, WhatWasReallyNeverSubmittedIsSubmittedAfterTwoLookUps) {
  cluster_.is_silent = true;
  scheduler_->submit(workload("a"));
  run_for(seconds(60));
  EXPECT_TRUE(status("a").silent_since);
  cluster_.is_silent = false;
  run_for(minutes(3));
  EXPECT_GE(cluster_.finds, 2);
  EXPECT_EQ(cluster_.copies("a"), 1);
  EXPECT_FALSE(status("a").silent_since);
}

TEST_F(SchedulerTest, AJobThatAHungControllerMakesLateIsNotMadeTwice) {
  cluster_.is_silent = true;
  scheduler_->submit(workload("a"));
  run_for(seconds(20));
  cluster_.is_silent = false;
  // Between the first look-up and the second.
  while (cluster_.finds == 0 || log_.empty()) {
    run_for(milliseconds(500));
    if (cluster_.finds > 3) break;
  }
  cluster_.jobs["77"] = {"a", JobState::running, {}, false, workload("a")};
  cluster_.by_token["a"] = "77";
  run_for(minutes(2));
  EXPECT_EQ(cluster_.copies("a"), 1);
  EXPECT_EQ(status("a").id, "77");
}

TEST_F(SchedulerTest, ASilentLauncherIsAskedAtGrowingDistancesAndItsSilenceIsTold) {
  scheduler_->submit(workload("a"));
  run_for(seconds(5));
  cluster_.is_silent = true;
  cluster_.polls = 0;
  run_for(minutes(10));
  EXPECT_LE(cluster_.polls, 16);
  EXPECT_GE(cluster_.polls, 10);
  EXPECT_EQ(status("a").notice, "connect failure");
  EXPECT_EQ(status("a").state, JobState::pending);
  cluster_.is_silent = false;
  run_for(minutes(2));
  EXPECT_FALSE(status("a").silent_since);
  EXPECT_THAT(log_, ElementsAre("the launcher does not answer: connect failure",
                                "the launcher answers again"));
}

TEST_F(SchedulerTest, OneLostAnswerIsNoSilence) {
  scheduler_->submit(workload("a"));
  run_for(seconds(5));
  cluster_.is_silent = true;
  while (scheduler_->counts().failures == 0) run_for(milliseconds(100));
  cluster_.is_silent = false;
  run_for(minutes(1));
  for (const auto& told : updates_["a"]) EXPECT_FALSE(told.silent_since);
}

TEST_F(SchedulerTest, ALimitSlowsSubmissionsDownAndFailsNoJob) {
  cluster_.max_jobs = 10;
  for (int i = 0; i < 40; ++i) scheduler_->submit(workload("t" + std::to_string(i)));
  std::size_t ended = 0;
  for (int minute = 0; minute < 20 && ended < 40; ++minute) {
    run_for(minutes(1));
    EXPECT_LE(cluster_.jobs_in_flight(), 10U);
    for (auto& [id, job] : cluster_.jobs) cluster_.finish(id);
    run_for(minutes(1));
    ended = cluster_.jobs.size();
  }
  EXPECT_EQ(ended, 40U);
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(status("t" + std::to_string(i)).end->kind, EndKind::exited);
    EXPECT_EQ(cluster_.copies("t" + std::to_string(i)), 1);
  }
  bool was_told = false;
  for (const auto& told : updates_["t39"]) {
    was_told = was_told || told.notice == "not submitted yet: QOSMaxSubmitJobPerUserLimit";
  }
  EXPECT_TRUE(was_told);
}

TEST_F(SchedulerTest, APersonsErrorFailsTheCaseAtOnceWithTheLaunchersWords) {
  cluster_.refusal = "invalid partition specified: gpuu";
  scheduler_->submit(workload("a"));
  run_for(seconds(1));
  EXPECT_EQ(status("a").end->kind, EndKind::launch_failed);
  EXPECT_EQ(status("a").end->reason, "invalid partition specified: gpuu");
  EXPECT_TRUE(journal_.entries.empty());
}

TEST_F(SchedulerTest, ACancelledJobIsCancelledUntilItIsGone) {
  cluster_.obeys = false;
  scheduler_->submit(workload("a"));
  run_for(seconds(2));
  scheduler_->cancel("a", "by assay cancel");
  run_for(seconds(100));
  EXPECT_GE(cluster_.cancels, 3);
  EXPECT_LE(cluster_.cancels, 5);
  cluster_.finish("100", {EndKind::cancelled, -1, 0, "by scancel"});
  run_for(minutes(1));
  EXPECT_EQ(status("a").end->kind, EndKind::cancelled);
  EXPECT_EQ(status("a").end->reason, "by assay cancel");
}

TEST_F(SchedulerTest, AJobCancelledInTheQueueIsNeverSubmitted) {
  cluster_.max_jobs = 0;
  scheduler_->submit(workload("a"));
  run_for(seconds(1));
  scheduler_->cancel("a", "stopped by SIGTERM");
  cluster_.max_jobs = 10;
  run_for(minutes(2));
  EXPECT_EQ(status("a").end->kind, EndKind::cancelled);
  EXPECT_TRUE(cluster_.jobs.empty());
}

TEST_F(SchedulerTest, AJobCancelledWhileItsSubmissionIsUncertainIsFoundAndCancelled) {
  cluster_.loses_answer = true;
  scheduler_->submit(workload("a"));
  scheduler_->step();
  scheduler_->cancel("a", "stopped");
  run_for(minutes(1));
  EXPECT_TRUE(cluster_.jobs.at("100").is_cancelled);
  EXPECT_EQ(status("a").end->kind, EndKind::cancelled);
}

TEST_F(SchedulerTest, AReleasedJobThatRunsOnIsCancelled) {
  scheduler_->submit(workload("a"));
  run_for(seconds(2));
  scheduler_->release("a");
  run_for(minutes(1));
  EXPECT_TRUE(cluster_.jobs.at("100").is_cancelled);
  EXPECT_TRUE(scheduler_->is_idle());
  EXPECT_FALSE(is_known("a"));
}

TEST_F(SchedulerTest, AVanishedDriversJobIsCancelledAfterTheGracePeriod) {
  scheduler_->submit(workload("a"));
  run_for(seconds(2));
  scheduler_->orphan("a");
  run_for(seconds(29));
  EXPECT_EQ(cluster_.cancels, 0);
  run_for(minutes(1));
  EXPECT_TRUE(cluster_.jobs.at("100").is_cancelled);
  EXPECT_FALSE(is_known("a"));
}

TEST_F(SchedulerTest, ADriverThatComesBackInTimeKeepsItsJob) {
  scheduler_->submit(workload("a"));
  run_for(seconds(2));
  scheduler_->orphan("a");
  run_for(seconds(20));
  scheduler_->submit(workload("a"), JobRef{"100", "a", {}}, true);
  run_for(minutes(5));
  EXPECT_EQ(cluster_.cancels, 0);
  EXPECT_EQ(cluster_.copies("a"), 1);
}

TEST_F(SchedulerTest, AVanishedDriversQueuedJobIsDropped) {
  cluster_.max_jobs = 0;
  scheduler_->submit(workload("a"));
  run_for(seconds(2));
  scheduler_->orphan("a");
  run_for(minutes(1));
  cluster_.max_jobs = 10;
  run_for(minutes(5));
  EXPECT_TRUE(cluster_.jobs.empty());
  EXPECT_TRUE(scheduler_->is_idle());
}

TEST_F(SchedulerTest, AnotherProcessTakesOverFromTheJournal) {
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
TEST_F(SchedulerTest, AnotherProcessFindsWhatTheFirstDiedSubmitting) {
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

TEST_F(SchedulerTest, AnotherProcessSubmitsWhatTheFirstOnlyMeantTo) {
  scheduler_->submit(workload("a"));
  cluster_.is_silent = true;
  scheduler_->step();
  restart();
  cluster_.is_silent = false;
  scheduler_->submit(workload("a"), {}, true);
  run_for(minutes(1));
  EXPECT_EQ(cluster_.copies("a"), 1);
}

TEST_F(SchedulerTest, WithoutAJournalTheDriversWordIsTaken) {
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

TEST_F(SchedulerTest, CancellingSurvivesAnotherProcess) {
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

class KeptOrphans : public SchedulerTest {
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

TEST_F(SchedulerTest, LeasesAreMadeBeforeTheSubmissionAndRenewedWhileJobsLive) {
  scheduler_->submit(workload("a"));
  run_for(milliseconds(1));
  EXPECT_GE(leases_["/work/run1/.lease"], 1);
  run_for(minutes(30));
  EXPECT_GE(leases_["/work/run1/.lease"], 15);
  cluster_.finish("100");
  run_for(minutes(1));
  scheduler_->release("a");
  leases_.clear();
  run_for(minutes(30));
  EXPECT_TRUE(leases_.empty());
}

TEST_F(SchedulerTest, AnIdForgottenAndGivenAgainIsNotTakenForTheJob) {
  scheduler_->submit(workload("a"));
  run_for(seconds(2));
  cluster_.jobs.at("100").token = "another";
  run_for(seconds(40));
  EXPECT_EQ(status("a").state, JobState::unknown);
}

TEST(SqliteJournal, KeepsWhatWasPutAcrossProcesses) {
  const test::TemporaryDirectory directory;
  const auto file = directory.path() / "state" / "journal.sqlite";
  JournalEntry entry;
  entry.token = "a";
  entry.key = "recipe/a";
  entry.batch_token = "b1";
  entry.task = 3;
  entry.job_id = "12_3";
  entry.directory = "/work/a/1";
  entry.submitted = TimePoint(milliseconds(1'795'000'000'123));
  {
    const auto journal = open_journal(file);
    journal->put(std::span(&entry, 1));
    auto ended = entry;
    ended.token = "b";
    ended.end = JobEnd{EndKind::signaled, -1, 9, "killed"};
    ended.ended = entry.submitted;
    ended.is_cancelled = true;
    journal->put(std::span(&ended, 1));
  }
  const auto journal = open_journal(file);
  const auto all = journal->load();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].token, "a");
  EXPECT_EQ(all[0].reference().id, "12_3");
  EXPECT_EQ(all[0].reference().token, "b1");
  EXPECT_EQ(all[0].submitted, entry.submitted);
  EXPECT_EQ(all[0].task, 3);
  EXPECT_FALSE(all[0].end);
  EXPECT_EQ(all[1].end->signal, 9);
  EXPECT_TRUE(all[1].is_cancelled);
  const std::string token = "a";
  journal->erase(std::span(&token, 1));
  EXPECT_EQ(journal->load().size(), 1U);
}

}  // namespace
}  // namespace assay
