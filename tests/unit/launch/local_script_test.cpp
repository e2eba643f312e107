#include "launch/local_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "local_job.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Workload sample() {
  Workload workload;
  workload.name = "case";
  workload.token = "abc123";
  workload.directory = "/work dir/1";
  workload.environment = {{"ASSAY_KEY", "recipe/case"}, {"SECRET", "it's"}};
  workload.image = "registry/image:1";
  workload.mounts = {{"/data", "/lustre/data set"}};
  return workload;
}

TEST(LocalScript, RunsTheScriptAndWritesItsExitCode) {
  const auto workload = sample();
  const auto text = local_job_script({&workload, {{"CUDA_VISIBLE_DEVICES", ""}}, {}, ""});
  EXPECT_THAT(text, HasSubstr("cd '/work dir/1' || exit 1\n"));
  EXPECT_THAT(text, HasSubstr("export SECRET='it'\\''s'\n"));
  EXPECT_THAT(text, HasSubstr("export CUDA_VISIBLE_DEVICES=''\n"));
  EXPECT_THAT(text, HasSubstr("\nbash script.sh\nfinish \"$?\"\n"));
  EXPECT_THAT(text, Not(HasSubstr("setup.sh")));
}

TEST(LocalScript, AContainerGetsNamesOfVariablesOnlyAndTheMounts) {
  const auto workload = sample();
  const auto text = local_job_script({&workload, {}, {{"GPU-1", "m", "d"}}, "docker"});
  EXPECT_THAT(text, HasSubstr("docker run --rm --init --name assay-abc123"));
  EXPECT_THAT(text, HasSubstr("--volume '/lustre/data set:/data'"));
  EXPECT_THAT(text, HasSubstr("--gpus '\"device=GPU-1\"'"));
  EXPECT_THAT(text, HasSubstr("--env SECRET "));
  EXPECT_THAT(text, HasSubstr(" registry/image:1 bash script.sh\n"));
}

TEST(LocalScript, PodmanNamesGpusItsOwnWay) {
  const auto workload = sample();
  const auto text = local_job_script({&workload, {}, {{"GPU-1", "m", "d"}}, "podman"});
  EXPECT_THAT(text, HasSubstr("--device nvidia.com/gpu=GPU-1"));
  EXPECT_THAT(text, HasSubstr("--userns=keep-id"));
}

// A runtime that is a script: runs what it is told to, and notes how it was called.
class ContainerJob : public LocalJob {
 protected:
  void SetUp() override {
    write_file_atomically(directory() / "podman",
                          "#!/bin/sh\necho \"$*\" >> " + directory().string() +
                              "/calls\n"
                              "[ \"$1\" = run ] || exit 0\n"
                              "while [ \"$1\" != image ]; do shift; done; shift\n"
                              "exec \"$@\"\n",
                          0755);
    path_ = ::getenv("PATH");
    ::setenv("PATH", (directory().string() + ":" + path_).c_str(), 1);
    auto config = local_config();
    config.settings.entries.emplace_back("container", Value::of_string("auto"));
    contained_ = std::make_unique<LocalLauncher>(config);
  }
  void TearDown() override { ::setenv("PATH", path_.c_str(), 1); }

  JobStatus run_contained(Workload job) {
    job.image = "image";
    const auto reply = submit_one(*contained_, job);
    EXPECT_EQ(reply.error, "");
    return wait_for_end(*contained_, reply.job_id);
  }
  std::unique_ptr<LocalLauncher> contained_;
  std::string path_;
};

TEST_F(ContainerJob, RunsInTheContainerAndItsExitCodeCounts) {
  const auto job = workload("echo inside; exit 4\n");
  EXPECT_EQ(run_contained(job).end->exit_code, 4);
  EXPECT_EQ(file("stdout.log"), "inside\n");
  EXPECT_EQ(file("exit_code"), "4\n");
}

TEST_F(ContainerJob, TheContainerIsEndedAtTheTimeLimit) {
  auto job = workload("sleep 30\n");
  job.time_limit = std::chrono::seconds(1);
  EXPECT_EQ(run_contained(job).end->kind, EndKind::timed_out);
  EXPECT_THAT(file("calls"), HasSubstr("rm --force --time 0 assay-" + job.token));
}

TEST_F(ContainerJob, AnImageIsNotUsedWhereTheSiteNamesNoRuntime) {
  auto job = workload("true\n");
  job.image = "image";
  EXPECT_EQ(run(job).end->exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(directory() / "calls"));
}

TEST_F(ContainerJob, WithoutTheRuntimeTheCaseCannotRunHere) {
  ::setenv("PATH", "/nowhere", 1);
  auto job = workload("true\n");
  job.image = "image";
  const auto reply = submit_one(*contained_, job);
  EXPECT_TRUE(reply.cannot_run);
  EXPECT_EQ(reply.error, "needs a container runtime, and there is no podman or docker here");
}

}  // namespace
}  // namespace assay
