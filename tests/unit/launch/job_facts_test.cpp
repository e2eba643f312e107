#include "launch/job_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../temporary_directory.h"
#include "base/files.h"

namespace assay {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* k_table =
    "0, GPU-aaaa, NVIDIA H200, 570.86.10, Disabled\n"
    "1, GPU-bbbb, NVIDIA H200, 570.86.10, Disabled\n";

TEST(JobFacts, TheMaskSaysWhichGpusWereTheJobs) {
  const test::TemporaryDirectory directory;
  write_file_atomically(directory.path() / k_job_gpus_file, k_table);
  EXPECT_THAT(read_job_gpus(directory.path()), SizeIs(2));
  write_file_atomically(directory.path() / k_job_gpu_mask_file, "1\n");
  const auto gpus = read_job_gpus(directory.path());
  ASSERT_THAT(gpus, SizeIs(1));
  EXPECT_EQ(gpus[0].uuid, "GPU-bbbb");
  EXPECT_EQ(gpus[0].model, "NVIDIA H200");
  EXPECT_EQ(gpus[0].driver, "570.86.10");
}

TEST(JobFacts, NoFileIsNoGpu) {
  const test::TemporaryDirectory directory;
  EXPECT_THAT(read_job_gpus(directory.path()), IsEmpty());
}

TEST(JobFacts, CpuTimesAreAddedUp) {
  EXPECT_DOUBLE_EQ(*parse_cpu_times("0m1.500s 0m0.25s\n2m0.000s 1m3s\n"), 184.75);
  for (const char* text : {"", "\n", "0m1.5s 0m", "1.5s", "0m1.5", "-1m0s", "0m0.1s real"}) {
    EXPECT_EQ(parse_cpu_times(text), std::nullopt) << text;
  }
}

TEST(JobFacts, UsageIsOfTheScriptAndAllOfItsTasksOrOfNone) {
  const test::TemporaryDirectory directory;
  EXPECT_EQ(read_job_usage(directory.path()).cpu_seconds, std::nullopt);
  write_file_atomically(directory.path() / "cpu_times.0", "0m0s 0m0s\n0m1s 0m2s\n");
  EXPECT_EQ(read_job_usage(directory.path()).cpu_seconds, std::nullopt);
  write_file_atomically(directory.path() / k_cpu_times_file, "0m0.5s 0m0s\n0m0s 0m0s\n");
  write_file_atomically(directory.path() / k_peak_memory_file, "1048576\n");
  const auto usage = read_job_usage(directory.path());
  EXPECT_EQ(usage.cpu_seconds, 3.5);
  EXPECT_EQ(usage.peak_memory_bytes, 1048576);
  write_file_atomically(directory.path() / "cpu_times.1", "garbage\n");
  EXPECT_EQ(read_job_usage(directory.path()).cpu_seconds, std::nullopt);
}

TEST(JobFacts, AJobThatNobodyHeardOfSaysItsIdItself) {
  const test::TemporaryDirectory directory;
  EXPECT_EQ(read_job_id(directory.path()), "");
  write_file_atomically(directory.path() / k_job_id_file, "12_3\n");
  EXPECT_EQ(read_job_id(directory.path()), "12_3");
}

}  // namespace
}  // namespace assay
