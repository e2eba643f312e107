#include "launch/local.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>

#include "../error_of.h"
#include "base/error.h"
#include "base/text.h"
#include "local_job.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

TEST_F(LocalJob, ExitCodesAreReportedAndWrittenDown) {
  const auto status = run("echo out; echo err >&2; exit 7\n");
  EXPECT_EQ(status.state, JobState::ended);
  EXPECT_EQ(status.end->kind, EndKind::exited);
  EXPECT_EQ(status.end->exit_code, 7);
  EXPECT_EQ(file("exit_code"), "7\n");
  EXPECT_EQ(file("stdout.log"), "out\n");
  EXPECT_EQ(file("stderr.log"), "err\n");
  EXPECT_TRUE(status.started && status.ended && *status.started <= *status.ended);
  EXPECT_EQ(status.nodes.size(), 1U);
}

TEST_F(LocalJob, ACrashIsASignalNotAnExitCode) {
  const auto status = run("kill -SEGV $$\n");
  EXPECT_EQ(status.end->kind, EndKind::signaled);
  EXPECT_EQ(status.end->signal, SIGSEGV);
  EXPECT_EQ(file("exit_code"), "139\n");
}

TEST_F(LocalJob, ACrashOfAProgramThatTheScriptRanIsASignalToo) {
  const auto status = run("sh -c 'kill -ABRT $$'\n");
  EXPECT_EQ(status.end->kind, EndKind::signaled);
  EXPECT_EQ(status.end->signal, SIGABRT);
}

TEST_F(LocalJob, BinaryOutputIsKeptByteForByte) {
  run("printf '\\000\\377\\033[31m\\n'; head -c 100000 /dev/zero\n");
  const auto out = file("stdout.log");
  EXPECT_EQ(out.substr(0, 8), std::string("\0\377\033[31m\n", 8));
  EXPECT_EQ(out.size(), 100008U);
}

TEST_F(LocalJob, StandardInputIsEmpty) {
  EXPECT_EQ(run("cat\n").end->exit_code, 0);
  EXPECT_EQ(file("stdout.log"), "");
}

TEST_F(LocalJob, TheEnvironmentIsQuotedAndTheDirectoryIsTheAttempts) {
  auto job = workload("printf '%s' \"$ASSAY_PARAM_X\"; pwd >&2\n");
  const std::string value = "a 'b' \"c\" $HOME `id` \\ \n end";
  job.environment = {{"ASSAY_PARAM_X", value}};
  run(job);
  EXPECT_EQ(file("stdout.log"), value);
  EXPECT_EQ(trim(file("stderr.log")), std::filesystem::canonical(directory()).string());
}

TEST_F(LocalJob, SetupRunsOnceBeforeTheScript) {
  auto job = workload("echo script\n");
  job.script_setup = "echo setup\n";
  EXPECT_EQ(run(job).end->exit_code, 0);
  EXPECT_EQ(file("stdout.log"), "setup\nscript\n");
}

TEST_F(LocalJob, AFailedSetupEndsTheJobWithItsCode) {
  auto job = workload("echo script\n");
  job.script_setup = "exit 5\n";
  EXPECT_EQ(run(job).end->exit_code, 5);
  EXPECT_EQ(file("exit_code"), "5\n");
  EXPECT_EQ(file("stdout.log"), "");
  EXPECT_THAT(file("stderr.log"), HasSubstr("script_setup failed with exit code 5"));
}

TEST_F(LocalJob, TheShellMayHaveArguments) {
  auto job = workload("false\necho reached\n");
  job.shell = "bash -e";
  EXPECT_EQ(run(job).end->exit_code, 1);
  EXPECT_EQ(file("stdout.log"), "");
}

TEST_F(LocalJob, AnUnknownShellIsNotStarted) {
  auto job = workload("true\n");
  job.shell = "assay-no-such-shell";
  const auto reply = submit_one(launcher_, job);
  EXPECT_EQ(reply.job_id, "");
  EXPECT_EQ(reply.error, "no such shell: assay-no-such-shell");
}

TEST_F(LocalJob, CpuTimeAndMemoryOfAllProcessesAreReported) {
  const auto status = run("bash -c 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'\n");
  EXPECT_GT(*status.cpu_seconds, 0.005);
  EXPECT_GT(*status.peak_memory_bytes, 500'000);
}

TEST_F(LocalJob, ATimeLimitEndsTheJobByTerm) {
  auto job = workload("trap 'echo caught; exit 0' TERM\nwhile :; do sleep 0.05; done\n");
  job.time_limit = std::chrono::seconds(1);
  const auto status = run(job);
  EXPECT_EQ(status.end->kind, EndKind::timed_out);
  EXPECT_EQ(file("stdout.log"), "caught\n");
}

TEST_F(LocalJob, ATimeLimitEndsADaemonThatIgnoresTerm) {
  const auto seconds = unique_seconds();
  auto job = workload("trap '' TERM\n(setsid sh -c 'trap \"\" TERM; sleep " + seconds +
                      " & sleep " + seconds + "' &)\nsleep " + seconds + "\n");
  job.time_limit = std::chrono::seconds(1);
  const auto reply = submit_one(launcher_, job);
  EXPECT_TRUE(eventually([&] { return processes_with_argument(seconds) == 3; }));
  EXPECT_EQ(wait_for_end(launcher_, reply.job_id).end->kind, EndKind::timed_out);
  EXPECT_EQ(processes_with_argument(seconds), 0);
}

TEST_F(LocalJob, WhatAJobLeavesBehindIsEndedAndSaid) {
  const auto seconds = unique_seconds();
  const auto status = run("setsid sleep " + seconds + " &\nexit 0\n");
  EXPECT_EQ(status.end->kind, EndKind::exited);
  EXPECT_EQ(status.end->exit_code, 0);
  EXPECT_EQ(status.end->reason, "left 1 process behind, which Assay ended");
  EXPECT_EQ(processes_with_argument(seconds), 0);
}

TEST_F(LocalJob, CancelEndsEverything) {
  const auto seconds = unique_seconds();
  const auto job = workload("sleep " + seconds + "\n");
  const auto reply = submit_one(launcher_, job);
  EXPECT_TRUE(eventually([&] { return processes_with_argument(seconds) == 1; }));
  cancel_one(launcher_, reply.job_id);
  EXPECT_EQ(wait_for_end(launcher_, reply.job_id).end->kind, EndKind::cancelled);
  EXPECT_EQ(processes_with_argument(seconds), 0);
}

TEST_F(LocalJob, CancellingAnEndedOrUnknownJobIsNoError) {
  const auto job = workload("true\n");
  const auto reply = submit_one(launcher_, job);
  wait_for_end(launcher_, reply.job_id);
  const std::vector<JobRef> jobs{{reply.job_id, {}, {}}, {"12", {}, {}}};
  launcher_.cancel(jobs);
  EXPECT_EQ(launcher_.poll(jobs)[0].state, JobState::ended);
  EXPECT_EQ(launcher_.poll(jobs)[1].state, JobState::unknown);
}

TEST_F(LocalJob, AJobWhoseSupervisorIsKilledIsLostAndEnded) {
  const auto seconds = unique_seconds();
  const auto job = workload("setsid sleep " + seconds + " & sleep " + seconds + "\n");
  const auto reply = submit_one(launcher_, job);
  EXPECT_TRUE(eventually([&] { return processes_with_argument(seconds) == 2; }));
  ::kill(static_cast<pid_t>(*parse_integer(reply.job_id)), SIGKILL);
  const auto status = wait_for_end(launcher_, reply.job_id);
  EXPECT_EQ(status.end->kind, EndKind::lost);
  EXPECT_TRUE(eventually([&] { return processes_with_argument(seconds) == 0; }));
}

TEST_F(LocalJob, NothingIsLeftWhenTheDriverIsKilled) {
  const auto seconds = unique_seconds();
  const auto job =
      workload("setsid sh -c 'trap \"\" TERM; sleep " + seconds + "' &\nsleep " + seconds + "\n");
  const pid_t driver = ::fork();
  ASSERT_GE(driver, 0);
  if (driver == 0) {
    LocalLauncher launcher(local_config());
    submit_one(launcher, job);
    for (;;) ::pause();
  }
  EXPECT_TRUE(eventually([&] { return processes_with_argument(seconds) == 2; }));
  ::kill(driver, SIGKILL);
  ::waitpid(driver, nullptr, 0);
  EXPECT_TRUE(eventually([&] { return processes_with_argument(seconds) == 0; }));
}

TEST_F(LocalJob, TheSupervisorHoldsNoneOfTheDriversDescriptors) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);  // without CLOEXEC, as ctest's pipe is
  const auto job = workload("sleep 30\n");
  const auto reply = submit_one(launcher_, job);
  ::close(ends[1]);
  pollfd wait{ends[0], POLLIN, 0};
  EXPECT_EQ(::poll(&wait, 1, 5000), 1) << "somebody still holds the pipe";
  ::close(ends[0]);
  cancel_one(launcher_, reply.job_id);
  wait_for_end(launcher_, reply.job_id);
}

TEST_F(LocalJob, SeveralNodesOrTasksCannotRunHere) {
  auto job = workload("true\n");
  job.nodes = 2;
  auto reply = submit_one(launcher_, job);
  EXPECT_TRUE(reply.cannot_run);
  EXPECT_EQ(reply.error, "needs 2 nodes, and launcher 'local' is one machine");
  job.nodes = 1;
  job.settings.kind = Value::Kind::map;
  job.settings.entries.emplace_back("ntasks_per_node", Value::of_integer(8));
  reply = submit_one(launcher_, job);
  EXPECT_TRUE(reply.cannot_run);
  EXPECT_EQ(reply.error, "needs 8 tasks per node, and launcher 'local' runs one task");
}

TEST_F(LocalJob, GpusAreHiddenFromAJobThatAskedForNone) {
  run("echo \"[${CUDA_VISIBLE_DEVICES-unset}][${ROCR_VISIBLE_DEVICES-unset}]\"\n");
  EXPECT_EQ(file("stdout.log"), "[][]\n");
}

TEST(LocalLauncher, RefusesSettingsThatItCannotRead) {
  auto config = local_config();
  config.settings.entries.emplace_back("container", Value::of_string("podmam"));
  EXPECT_THAT(test::error_of([&] { const LocalLauncher launcher(config); }),
              HasSubstr("did you mean 'podman'?"));
}

TEST(MakeLauncher, AnUnknownTypeNamesTheNearest) {
  LauncherConfig config;
  config.name = "here";
  config.type = "locl";
  EXPECT_THAT(test::error_of([&] { make_launcher(config); }), HasSubstr("did you mean 'local'?"));
}

}  // namespace
}  // namespace assay
