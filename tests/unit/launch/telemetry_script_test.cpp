#include "launch/telemetry_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../temporary_directory.h"
#include "base/files.h"
#include "base/process.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

class TelemetryScript : public ::testing::Test {
 protected:
  // A stand-in for a vendor's tool: notes its arguments, then prints samples until it is ended.
  void install(const std::string& name) {
    write_file_atomically(directory_.path() / name,
                          "#!/bin/sh\necho \"$*\" >arguments\n"
                          "while :; do echo sample; sleep 0.01; done\n",
                          0755);
  }

  // Runs a job's script around `job`, with nothing but the stand-ins and the shell's tools on PATH.
  std::string run(std::span<const Gpu> gpus, const std::string& job) {
    for (const char* tool : {"date", "sleep"}) {
      std::filesystem::create_symlink(*find_program(tool), directory_.path() / tool);
    }
    const auto text =
        "cd '" + directory_.path().string() + "' && PATH=$PWD && export PATH\n" +
        telemetry_start_script(gpus) + job + telemetry_stop_script() +
        "[ -z \"$assay_sampler\" ] || wait \"$assay_sampler\" 2>/dev/null\necho over\n";
    Command command;
    command.arguments = {"/bin/sh", "-c", text};
    const auto result = run_command(command);
    return result.out + result.err;
  }

  std::string file(const char* name) const {
    return read_file_if_exists(directory_.path() / name).value_or("");
  }

  test::TemporaryDirectory directory_;
  const std::string until_sampled_ = "until [ -s gpu_samples.csv ]; do sleep 0.01; done\n";
};

TEST_F(TelemetryScript, WithoutAToolNothingIsDoneOrSaid) {
  EXPECT_EQ(run({}, ""), "over\n");
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "gpu_samples.csv"));
}

TEST_F(TelemetryScript, SamplesTheJobsGpusAndEndsWithIt) {
  install("nvidia-smi");
  const std::vector<Gpu> gpus = {{"GPU-1", "m", "d"}, {"GPU-2", "m", "d"}};
  EXPECT_EQ(run(gpus, until_sampled_), "over\n");
  EXPECT_THAT(file("arguments"), HasSubstr("--query-gpu=timestamp,uuid,utilization.gpu,"));
  EXPECT_THAT(file("arguments"), HasSubstr("--id=GPU-1,GPU-2"));
  EXPECT_THAT(file("gpu_samples.csv"), HasSubstr("sample\n"));
}

TEST_F(TelemetryScript, GpusThatOnlyTheJobKnowsAreThoseItSees) {
  install("nvidia-smi");
  run({}, until_sampled_);
  EXPECT_THAT(file("arguments"), ::testing::EndsWith("--loop=2\n"));
}

TEST_F(TelemetryScript, RocmSmiIsAskedAgainAndAgainWithTheTime) {
  write_file_atomically(directory_.path() / "rocm-smi", "#!/bin/sh\necho \"$*\"\n", 0755);
  EXPECT_EQ(run({}, until_sampled_ + "sleep 0.1\n"), "over\n");
  EXPECT_TRUE(file("gpu_samples.csv").starts_with("# "));
  EXPECT_THAT(file("gpu_samples.csv"), HasSubstr("--showuse --showmeminfo vram"));
}

}  // namespace
}  // namespace assay
