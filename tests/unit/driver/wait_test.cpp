#include "driver/wait.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <deque>

#include "../launch/local_job.h"
#include "base/error.h"

namespace assay {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

// Answers from a script: one status per poll, the last one for ever.
class ScriptedLauncher : public Launcher {
 public:
  std::vector<Submission> submit(std::span<const Workload> workloads, const std::string&) override {
    submitted.push_back(workloads[0].token);
    if (replies.empty()) return {accepted()};
    auto reply = replies.front();
    replies.pop_front();
    return {reply};
  }
  std::vector<JobStatus> poll(std::span<const JobRef>) override {
    ++polls;
    if (on_poll) on_poll();
    if (silent) throw TransientError("squeue: timed out");
    auto status = statuses.front();
    if (statuses.size() > 1) statuses.pop_front();
    return {status};
  }
  void cancel(std::span<const JobRef>) override {
    ++cancels;
    if (after_cancel) statuses = {*after_cancel};
  }
  bool keeps_jobs() const override { return keeps; }
  int event_fd() const override { return events; }

  static Submission accepted() {
    Submission reply;
    reply.job_id = "77";
    return reply;
  }
  static JobStatus status(JobState state) {
    JobStatus status;
    status.id = "77";
    status.state = state;
    return status;
  }
  static JobStatus ended(EndKind kind, int code = -1) {
    auto ended = status(JobState::ended);
    ended.end = JobEnd{kind, code, 0, ""};
    return ended;
  }

  std::deque<Submission> replies;
  std::deque<JobStatus> statuses;
  std::optional<JobStatus> after_cancel;
  std::function<void()> on_poll;
  bool silent = false;
  bool keeps = false;
  int events = -1;
  int polls = 0;
  int cancels = 0;
  std::vector<std::string> submitted;
};

class RunJob : public ::testing::Test {
 protected:
  RunJob() {
    workload_.directory = directory_.path();
    workload_.token = "token";
    patience_.first_interval = milliseconds(1);
    patience_.longest_interval = milliseconds(5);
    patience_.exit_file = milliseconds(50);
    patience_.unknown = milliseconds(30);
    patience_.silence = milliseconds(30);
    patience_.cancelled = milliseconds(200);
    patience_.overtime = milliseconds(10);
  }
  JobEnd run(std::optional<TimePoint> deadline = std::nullopt) {
    Interrupts interrupts(deadline);
    skipped_ = run_job(launcher_, {workload_, patience_, queue_limit_, adopted_, note_}, interrupts,
                       attempt_);
    return attempt_.end;
  }
  void write_exit_file(const std::string& text) {
    write_file_atomically(directory_.path() / "exit_code", text);
  }

  TemporaryDirectory directory_;
  ScriptedLauncher launcher_;
  Workload workload_;
  std::chrono::seconds queue_limit_{0};
  Patience patience_;
  Attempt attempt_;
  std::optional<KeptJob> adopted_;
  std::vector<std::string> lines_;
  Progress note_ = [this](const std::string& line) { lines_.push_back(line); };
  std::optional<std::string> skipped_;
};

TEST_F(RunJob, TheJobsOwnExitFileDecidesOverTheLaunchersWord) {
  launcher_.statuses = {ScriptedLauncher::status(JobState::pending),
                        ScriptedLauncher::status(JobState::running),
                        ScriptedLauncher::ended(EndKind::exited, 0)};
  write_exit_file("3\n");
  const auto end = run();
  EXPECT_EQ(end.kind, EndKind::exited);
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(attempt_.job_id, "77");
  EXPECT_TRUE(attempt_.submitted && attempt_.ended);
}

TEST_F(RunJob, AQueuedJobGetsItsIdWithALaterStatus) {
  Submission queued;
  queued.is_queued = true;
  launcher_.replies = {queued};
  auto held = ScriptedLauncher::status(JobState::pending);
  held.id.clear();
  held.notice = "not submitted yet: QOSMaxSubmitJobPerUserLimit";
  launcher_.statuses = {held, ScriptedLauncher::status(JobState::running),
                        ScriptedLauncher::ended(EndKind::exited, 0)};
  write_exit_file("0\n");
  EXPECT_EQ(run().kind, EndKind::exited);
  EXPECT_EQ(attempt_.job_id, "77");
  EXPECT_THAT(lines_, ::testing::ElementsAre("job 77 runs"));
}

TEST_F(RunJob, AQueuedJobThatCanNeverRunHereIsSkipped) {
  auto refused = ScriptedLauncher::ended(EndKind::launch_failed);
  refused.end->reason = "needs 9 nodes";
  refused.cannot_run = true;
  launcher_.statuses = {refused};
  run();
  EXPECT_EQ(skipped_, "needs 9 nodes");
}

TEST_F(RunJob, AnAdoptedJobIsWaitedForWithoutASubmission) {
  launcher_.statuses = {ScriptedLauncher::ended(EndKind::exited, 0)};
  write_exit_file("0\n");
  adopted_ = KeptJob{{"12", "token", TimePoint(milliseconds(5))}, directory_.path().string()};
  EXPECT_EQ(run().kind, EndKind::exited);
  EXPECT_TRUE(launcher_.submitted.empty());
  EXPECT_EQ(attempt_.submitted, TimePoint(milliseconds(5)));
}

TEST_F(RunJob, ANodeThatFailsAfterTheJobWroteItsExitCodeChangesNothing) {
  launcher_.statuses = {ScriptedLauncher::ended(EndKind::node_failed)};
  write_exit_file("0\n");
  EXPECT_EQ(run().kind, EndKind::exited);
}

TEST_F(RunJob, AJobThatOutlivesTheReportOfItsNodesFailureStillCounts) {
  launcher_.statuses = {ScriptedLauncher::ended(EndKind::node_failed)};
  patience_.exit_file = std::chrono::seconds(10);
  std::thread late([this] {
    std::this_thread::sleep_for(milliseconds(30));
    write_exit_file("3\n");
  });
  const auto end = run();
  late.join();
  EXPECT_EQ(end.kind, EndKind::exited);
  EXPECT_EQ(end.exit_code, 3);
}

TEST_F(RunJob, ALaunchersSilenceThatAnotherProcessReportsIsSilence) {
  auto silent = ScriptedLauncher::status(JobState::running);
  silent.silent_since = now();
  silent.notice = "connect failure";
  launcher_.statuses = {silent};
  const auto end = run();
  EXPECT_EQ(end.kind, EndKind::lost);
  EXPECT_EQ(end.reason, "the launcher does not answer: connect failure");
}

TEST_F(RunJob, AnEndWithoutAnExitFileIsLostNotPassed) {
  launcher_.statuses = {ScriptedLauncher::ended(EndKind::exited, 0)};
  const auto end = run();
  EXPECT_EQ(end.kind, EndKind::lost);
  EXPECT_EQ(end.reason, "it ended but wrote no exit_code");
}

TEST_F(RunJob, AnExitFileThatIsLateStillCounts) {
  launcher_.statuses = {ScriptedLauncher::ended(EndKind::exited, 0)};
  patience_.exit_file = std::chrono::seconds(10);
  std::thread late([this] {
    std::this_thread::sleep_for(milliseconds(30));
    write_exit_file("0\n");
  });
  EXPECT_EQ(run().kind, EndKind::exited);
  late.join();
}

TEST_F(RunJob, AnExitFileWithGarbageIsLost) {
  launcher_.statuses = {ScriptedLauncher::ended(EndKind::exited, 0)};
  write_exit_file("what\n");
  const auto end = run();
  EXPECT_EQ(end.kind, EndKind::lost);
  EXPECT_THAT(end.reason, HasSubstr("holds no exit code: 'what'"));
}

TEST_F(RunJob, AnUnknownJobWithAnExitFileHasEnded) {
  launcher_.statuses = {ScriptedLauncher::status(JobState::unknown)};
  write_exit_file("0\n");
  EXPECT_EQ(run().kind, EndKind::exited);
}

TEST_F(RunJob, AJobThatStaysUnknownIsLost) {
  launcher_.statuses = {ScriptedLauncher::status(JobState::unknown)};
  const auto end = run();
  EXPECT_EQ(end.kind, EndKind::lost);
  EXPECT_THAT(end.reason, HasSubstr("does not know job 77"));
  EXPECT_GT(launcher_.polls, 2);
}

// What a launcher that tells its news by itself has none of, must not be waited for.
TEST_F(RunJob, AJobThatStaysUnknownIsLostThoughItsLauncherHasEvents) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  launcher_.events = ends[0];
  launcher_.statuses = {ScriptedLauncher::status(JobState::unknown)};
  EXPECT_EQ(run().kind, EndKind::lost);
  launcher_.silent = true;
  EXPECT_EQ(run().kind, EndKind::lost);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(RunJob, ASignalThatAFailingNodeGaveItsJobIsTheNodesFailure) {
  launcher_.statuses = {ScriptedLauncher::ended(EndKind::node_failed)};
  write_exit_file("143\n");
  EXPECT_EQ(run().kind, EndKind::node_failed);
  write_exit_file("139\n");
  EXPECT_EQ(run().kind, EndKind::signaled);
}

TEST_F(RunJob, AJobThatIsUnknownForAMomentIsNotLost) {
  launcher_.statuses = {ScriptedLauncher::status(JobState::unknown),
                        ScriptedLauncher::status(JobState::running),
                        ScriptedLauncher::ended(EndKind::node_failed)};
  EXPECT_EQ(run().kind, EndKind::node_failed);
}

TEST_F(RunJob, ALauncherThatNeverAnswersLosesTheJobWithItsLastError) {
  launcher_.silent = true;
  const auto end = run();
  EXPECT_EQ(end.kind, EndKind::lost);
  EXPECT_THAT(end.reason, HasSubstr("squeue: timed out"));
}

TEST_F(RunJob, WhileTheLauncherIsSilentTheExitFileDecides) {
  launcher_.silent = true;
  write_exit_file("0\n");
  EXPECT_EQ(run().kind, EndKind::exited);
}

TEST_F(RunJob, PassingSubmitErrorsAreTriedAgain) {
  Submission busy;
  busy.error = "try again";
  busy.is_transient = true;
  launcher_.replies = {busy, busy};
  launcher_.statuses = {ScriptedLauncher::ended(EndKind::timed_out)};
  EXPECT_EQ(run().kind, EndKind::timed_out);
  EXPECT_EQ(launcher_.submitted.size(), 3U);
}

TEST_F(RunJob, ARefusedSubmissionIsNotTriedAgain) {
  Submission refused;
  refused.error = "invalid partition";
  launcher_.replies = {refused};
  const auto end = run();
  EXPECT_EQ(end.kind, EndKind::launch_failed);
  EXPECT_EQ(end.reason, "invalid partition");
  EXPECT_EQ(launcher_.submitted.size(), 1U);
}

TEST_F(RunJob, WhatCannotRunHereIsSkippedWithItsReason) {
  Submission reply;
  reply.error = "needs 2 nodes";
  reply.cannot_run = true;
  launcher_.replies = {reply};
  run();
  EXPECT_EQ(skipped_, "needs 2 nodes");
}

TEST_F(RunJob, TheQueueLimitEndsAPendingJob) {
  auto pending = ScriptedLauncher::status(JobState::pending);
  pending.reason = "Priority";
  launcher_.statuses = {pending};
  launcher_.after_cancel = ScriptedLauncher::ended(EndKind::cancelled);
  queue_limit_ = std::chrono::seconds(1);
  const auto end = run();
  EXPECT_EQ(end.kind, EndKind::launch_failed);
  EXPECT_EQ(end.reason, "still pending after 1.0 s (Priority)");
  EXPECT_EQ(launcher_.cancels, 1);
}

TEST_F(RunJob, ALauncherThatDoesNotKeepTheTimeLimitIsOverruled) {
  auto running = ScriptedLauncher::status(JobState::running);
  running.started = now() - std::chrono::minutes(5);
  launcher_.statuses = {running};
  launcher_.after_cancel = ScriptedLauncher::ended(EndKind::cancelled);
  workload_.time_limit = std::chrono::seconds(60);
  EXPECT_EQ(run().kind, EndKind::timed_out);
  EXPECT_EQ(launcher_.cancels, 1);
}

TEST_F(RunJob, TheDeadlineCancelsAndSaysSo) {
  launcher_.statuses = {ScriptedLauncher::status(JobState::running)};
  launcher_.after_cancel = ScriptedLauncher::ended(EndKind::cancelled);
  const auto end = run(now() + milliseconds(20));
  EXPECT_EQ(end.kind, EndKind::deadline);
  EXPECT_THAT(end.reason, HasSubstr("the time budget ended"));
}

TEST_F(RunJob, AfterTheDeadlineNothingIsSubmitted) {
  const auto end = run(now() - std::chrono::seconds(1));
  EXPECT_EQ(end.kind, EndKind::deadline);
  EXPECT_TRUE(launcher_.submitted.empty());
}

TEST_F(RunJob, ASignalCancelsTheJobAndIsTheReason) {
  launcher_.statuses = {ScriptedLauncher::status(JobState::running)};
  launcher_.after_cancel = ScriptedLauncher::ended(EndKind::cancelled);
  launcher_.on_poll = [this] {
    if (launcher_.polls == 2) ::kill(::getpid(), SIGTERM);
  };
  const auto end = run();
  EXPECT_EQ(end.kind, EndKind::cancelled);
  EXPECT_EQ(end.reason, "stopped by SIGTERM");
  EXPECT_EQ(launcher_.cancels, 1);
}

TEST_F(RunJob, AJobThatEndedByItselfWhileItWasCancelledKeepsItsResult) {
  launcher_.statuses = {ScriptedLauncher::status(JobState::running)};
  launcher_.after_cancel = ScriptedLauncher::ended(EndKind::exited, 0);
  launcher_.on_poll = [this] {
    if (launcher_.polls == 1) ::kill(::getpid(), SIGINT);
  };
  write_exit_file("0\n");
  EXPECT_EQ(run().kind, EndKind::exited);
}

TEST_F(RunJob, ASecondSignalDoesNotWaitForTheJobsEnd) {
  launcher_.statuses = {ScriptedLauncher::status(JobState::running)};
  patience_.cancelled = std::chrono::minutes(10);
  launcher_.on_poll = [this] {
    if (launcher_.polls % 2 == 1) ::kill(::getpid(), SIGINT);
  };
  EXPECT_EQ(run().kind, EndKind::cancelled);
}

TEST_F(RunJob, AJobThatDoesNotEndWhenCancelledIsGivenUp) {
  launcher_.statuses = {ScriptedLauncher::status(JobState::running)};
  EXPECT_EQ(run(now() + milliseconds(5)).kind, EndKind::deadline);
}

TEST_F(RunJob, ALocalJobIsWaitedForWithoutPolling) {
  LocalLauncher local(local_config());
  auto workload = workload_in(directory_.path(), "sleep 0.3; exit 6\n");
  Interrupts interrupts(std::nullopt);
  const auto used = [] {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  };
  const auto before = used();
  run_job(local, {workload, patience_, queue_limit_}, interrupts, attempt_);
  EXPECT_EQ(attempt_.end.exit_code, 6);
  EXPECT_LT(used() - before, 0.05);
  EXPECT_TRUE(attempt_.started);
  EXPECT_EQ(attempt_.nodes.size(), 1U);
}

TEST(ParseDeadline, TakesSecondsAndDates) {
  EXPECT_EQ(to_iso8601(parse_deadline("1795244400")), "2026-11-21T07:00:00.000Z");
  EXPECT_EQ(to_iso8601(parse_deadline("2026-11-21T15:00")), "2026-11-21T15:00:00.000Z");
  EXPECT_THROW(parse_deadline("tomorrow"), InputError);
}

}  // namespace
}  // namespace assay
