#include "broker/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduler_fixture.h"

namespace assay {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::SchedulerTest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

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
  auto& late = cluster_.jobs["77"];
  late.token = "a";
  late.state = JobState::running;
  late.workload = workload("a");
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

}  // namespace
}  // namespace assay
