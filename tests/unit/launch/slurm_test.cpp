// The launcher against small programs in the place of Slurm's: what a cluster can't be made to do
// on demand. tests/slurm runs it against a real one.
#include "launch/slurm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "../temporary_directory.h"
#include "base/files.h"
#include "slurm_sample.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SlurmWithFakes : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = std::getenv("PATH");
    ::setenv("PATH", (directory_.path().string() + ":" + path_).c_str(), 1);
    fake("squeue", "exit 0");
    fake("sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1");
    fake("scancel", "echo \"$*\" >>" + file("cancelled"));
  }
  void TearDown() override { ::setenv("PATH", path_.c_str(), 1); }

  void fake(const std::string& program, const std::string& script) const {
    write_file_atomically(directory_.path() / program, "#!/bin/sh\n" + script + "\n", 0755);
  }
  // What squeue prints from now on.
  void queue(const std::string& rows) const {
    write_file_atomically(file("rows"), rows);
    fake("squeue", "echo \"$*\" >>" + file("asked") + "; cat " + file("rows"));
  }
  std::string file(const std::string& name) const { return directory_.path() / name; }
  std::string text(const std::string& name) const {
    return read_file_if_exists(file(name)).value_or("");
  }

  Workload workload(const std::string& name = "case") const {
    auto made = slurm_workload();
    made.name = name;
    made.token = "token-" + name;
    made.directory = directory_.path() / name;
    make_directories(made.directory);
    return made;
  }

  Submission submit(const Workload& one) {
    return launcher_.submit(std::span(&one, 1), one.token).at(0);
  }
  JobStatus poll(const JobRef& job) { return launcher_.poll(std::span(&job, 1)).at(0); }

  test::TemporaryDirectory directory_;
  std::string path_;
  SlurmLauncher launcher_{slurm_config("partition: batch\nsubmit_timeout: 0.3")};
};

TEST_F(SlurmWithFakes, ASubmissionHasTheIdThatSbatchPrints) {
  fake("sbatch", "cat \"$2\" >" + file("script") + "; echo 42");
  const auto reply = submit(workload());
  EXPECT_EQ(reply.error, "");
  EXPECT_EQ(reply.job_id, "42");
  EXPECT_THAT(text("script"), HasSubstr("#SBATCH --job-name=case.token-case\n"));
  EXPECT_THAT(text("case/job.sh"), HasSubstr("bash script.sh"));
}

TEST_F(SlurmWithFakes, LikeJobsAreOneArrayAndItsMapIsThereBeforeTheSubmission) {
  const std::vector<Workload> workloads{workload("a"), workload("b"), workload("c")};
  EXPECT_THAT(launcher_.group(workloads), ElementsAre(ElementsAre(0, 1, 2)));
  fake("sbatch", "cat " + file("a/array.batch/map") + " >" + file("map") + "; echo 42");
  const auto replies = launcher_.submit(workloads, "batch");
  ASSERT_EQ(replies.size(), 3U);
  EXPECT_EQ(replies[0].job_id, "42_0");
  EXPECT_EQ(replies[2].job_id, "42_2");
  EXPECT_THAT(text("map"), HasSubstr("token-c\t" + file("c") + "\n"));
  EXPECT_TRUE(std::filesystem::equivalent(file("a/array.batch/1"), file("b")));
}

TEST_F(SlurmWithFakes, JobsOfOtherOptionsAreNoneOfTheArray) {
  std::vector<Workload> workloads{workload("a"), workload("b"), workload("c")};
  workloads[1].nodes = 2;
  EXPECT_THAT(launcher_.group(workloads), ElementsAre(ElementsAre(0, 2), ElementsAre(1)));
}

TEST_F(SlurmWithFakes, ARefusalHasSlurmsWordsAndTheSiteFilesLine) {
  fake("sbatch",
       "echo 'sbatch: error: Batch job submission failed: Invalid partition name specified' >&2; "
       "exit 1");
  const auto reply = submit(workload());
  EXPECT_EQ(reply.error,
            "Slurm refuses the job: Invalid partition name specified ('partition', "
            "site.yaml:1:12)");
  EXPECT_FALSE(reply.is_transient);
}

TEST_F(SlurmWithFakes, ASocketThatTimedOutMayHaveSubmitted) {
  fake("sbatch",
       "echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv "
       "operation' >&2; exit 1");
  EXPECT_THROW(submit(workload()), TransientError);
}

TEST_F(SlurmWithFakes, ABlockingSbatchIsEndedAndMayHaveSubmitted) {
  fake("sbatch",
       "echo 'sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying' >&2; "
       "sleep 100");
  try {
    submit(workload());
    FAIL() << "no TransientError";
  } catch (const TransientError& error) {
    EXPECT_THAT(error.what(), HasSubstr("temporarily unable to accept jobs"));
  }
}

TEST_F(SlurmWithFakes, ALimitMakesArraysSmallerAndPasses) {
  fake("sbatch", "echo 'sbatch: error: QOSMaxSubmitJobPerUserLimit' >&2; exit 1");
  const auto reply = submit(workload());
  EXPECT_TRUE(reply.is_transient);
  EXPECT_EQ(reply.error, "QOSMaxSubmitJobPerUserLimit");
  const std::vector<Workload> many(600, workload());
  EXPECT_EQ(launcher_.group(many).at(0).size(), 500U);
  fake("sbatch", "echo 42");
  submit(workload());
  EXPECT_EQ(launcher_.group(many).at(0).size(), 600U);
}

TEST_F(SlurmWithFakes, AControllerThatIsDownIsNoAnswer) {
  fake("squeue",
       "echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; "
       "exit 1");
  try {
    poll({"42", "token-case", {}});
    FAIL() << "no TransientError";
  } catch (const TransientError& error) {
    EXPECT_STREQ(error.what(), "Unable to contact slurm controller (connect failure)");
  }
}

TEST_F(SlurmWithFakes, AnIdThatIsAnothersJobByNowIsUnknownAndNotCancelled) {
  queue("42|RUNNING|0|n1|2026-11-27T23:13:08|2026-11-27T23:13:09|N/A|None|other.token-x|\n");
  const JobRef job{"42", "token-case", {}};
  EXPECT_EQ(poll(job).state, JobState::unknown);
  launcher_.cancel(std::span(&job, 1));
  EXPECT_EQ(text("cancelled"), "");
}

TEST_F(SlurmWithFakes, TheLastTaskKeepsItsOwnIdInAnArray) {
  queue(
      "42_0|COMPLETED|0|n1|2026-11-27T23:13:08|2026-11-27T23:13:09|2026-11-27T23:13:10|None|"
      "assay.batch|\n"
      "42_1|RUNNING|0|n1|2026-11-27T23:13:08|2026-11-27T23:13:09|N/A|None|assay.batch|\n");
  const std::vector<JobRef> jobs{
      {"42_0", "batch", {}}, {"42_1", "batch", {}}, {"42_2", "batch", {}}};
  const auto statuses = launcher_.poll(jobs);
  EXPECT_EQ(statuses[0].state, JobState::ended);
  EXPECT_EQ(statuses[1].state, JobState::running);
  EXPECT_EQ(statuses[2].state, JobState::unknown);
  EXPECT_THAT(text("asked"), HasSubstr("--jobs=42,42"));
  launcher_.cancel(jobs);
  EXPECT_EQ(text("cancelled"), "42_1\n");
}

TEST_F(SlurmWithFakes, WhatHasAgedOutIsAskedOfAccounting) {
  fake("sacct",
       "echo '42|CANCELLED by 7|0:0|n1|2026-11-27T23:13:05|2026-11-27T23:13:07|"
       "2026-11-27T23:13:07|None|case.token-case'");
  const auto status = poll({"42", "token-case", {}});
  ASSERT_TRUE(status.end);
  EXPECT_EQ(status.end->kind, EndKind::cancelled);
}

TEST_F(SlurmWithFakes, AccountingThatIsOffIsAskedOnce) {
  fake("sacct", "echo x >>" + file("asked_sacct") +
                    "; echo 'Slurm accounting storage is disabled' >&2; exit 1");
  poll({"42", "token-case", {}});
  poll({"42", "token-case", {}});
  EXPECT_EQ(text("asked_sacct"), "x\n");
}

TEST_F(SlurmWithFakes, ATokenFindsItsSubmission) {
  queue(
      "41|COMPLETED|0|n1|2026-11-27T23:13:08|N/A|N/A|None|case.token-a|\n"
      "43_[0-7]|PENDING|0||2026-11-27T23:13:08|N/A|N/A|Priority|assay.batch|\n");
  const std::vector<std::string> tokens{"token-a", "batch", "none"};
  EXPECT_THAT(launcher_.find(tokens), ElementsAre("41", "43", ""));
}

TEST_F(SlurmWithFakes, AJobThatWouldBeHeldForeverEndsAndLeavesTheQueue) {
  queue("42|PENDING|0||2026-11-27T23:13:08|N/A|N/A|launch failed requeued held|case.token-case|\n");
  const auto status = poll({"42", "token-case", {}});
  ASSERT_TRUE(status.end);
  EXPECT_EQ(status.end->kind, EndKind::launch_failed);
  EXPECT_EQ(text("cancelled"), "42\n");
}

TEST_F(SlurmWithFakes, WithoutSbatchEveryJobIsRefusedWithTheReason) {
  ::setenv("PATH", "/nonexistent", 1);
  EXPECT_THAT(submit(workload()).error, HasSubstr("needs sbatch"));
}

}  // namespace
}  // namespace assay
