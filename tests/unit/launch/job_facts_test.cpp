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

}  // namespace
}  // namespace assay
