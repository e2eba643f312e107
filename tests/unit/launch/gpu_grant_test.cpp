#include "launch/gpu_grant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

#include "base/error.h"
#include "local_job.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

class GrantGpus : public ::testing::Test {
 protected:
  ReadEnvironment reader() const {
    return [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      return found == environment_.end() ? std::nullopt : std::optional(found->second);
    };
  }
  std::variant<GpuGrant, GpuRefusal> grant(int wanted) const {
    return grant_gpus(
        wanted, reader(), [this] { return detected_; },
        [this](const std::string& lock) { return lock != busy_; });
  }
  std::string cuda(int wanted) const {
    const auto answer = grant(wanted);
    if (const auto* refusal = std::get_if<GpuRefusal>(&answer)) return refusal->reason;
    return std::get<GpuGrant>(answer).environment[0].second;
  }
  void machine(int count, GpuVendor vendor = GpuVendor::nvidia) {
    for (int i = 0; i < count; ++i) {
      detected_.gpus.push_back({vendor, i, {"GPU-" + std::to_string(i) + "abc", "model", "1"}});
    }
  }
  void allocate(const std::string& ids) {
    environment_["CTEST_RESOURCE_GROUP_COUNT"] = "1";
    environment_["CTEST_RESOURCE_GROUP_0"] = "gpus";
    environment_["CTEST_RESOURCE_GROUP_0_GPUS"] = ids;
  }

  std::map<std::string, std::string> environment_;
  DetectedGpus detected_;
  std::string busy_;
};

TEST_F(GrantGpus, ACaseThatAskedForNoneSeesNone) {
  machine(2);
  environment_["ASSAY_ALL_GPUS"] = "1";
  const auto answer = std::get<GpuGrant>(grant(0));
  EXPECT_EQ(answer.environment[0], std::pair(std::string("CUDA_VISIBLE_DEVICES"), std::string()));
  EXPECT_EQ(answer.environment[1], std::pair(std::string("ROCR_VISIBLE_DEVICES"), std::string()));
  EXPECT_TRUE(answer.locks.empty());
}

TEST_F(GrantGpus, TheGpusThatCTestAllocatedAreNamedByUuid) {
  machine(3);
  allocate("id:gpu_2abc,slots:1;id:gpu_0abc,slots:1");
  EXPECT_EQ(cuda(2), "GPU-2abc,GPU-0abc");
  const auto answer = std::get<GpuGrant>(grant(2));
  EXPECT_EQ(answer.locks, (std::vector<std::string>{"gpu_2abc", "gpu_0abc"}));
  EXPECT_EQ(answer.gpus.size(), 2U);
}

TEST_F(GrantGpus, GpusOfAllGroupsCountEachOnce) {
  machine(3);
  environment_ = {{"CTEST_RESOURCE_GROUP_COUNT", "2"},
                  {"CTEST_RESOURCE_GROUP_0", "gpus,mem"},
                  {"CTEST_RESOURCE_GROUP_0_GPUS", "id:gpu_1abc,slots:1"},
                  {"CTEST_RESOURCE_GROUP_0_MEM", "id:n0,slots:20"},
                  {"CTEST_RESOURCE_GROUP_1_GPUS", "id:gpu_2abc,slots:1;id:gpu_1abc,slots:1"}};
  EXPECT_EQ(cuda(2), "GPU-1abc,GPU-2abc");
}

TEST_F(GrantGpus, NumbersInASpecificationCountWithinTheOuterMask) {
  machine(6);
  environment_["CUDA_VISIBLE_DEVICES"] = "4,5";
  allocate("id:1,slots:1");
  EXPECT_EQ(cuda(1), "GPU-5abc");
  allocate("id:2,slots:1");
  EXPECT_THAT(cuda(1), HasSubstr("does not have"));
}

TEST_F(GrantGpus, AGpuOutsideTheOuterMaskIsRefused) {
  machine(3);
  environment_["CUDA_VISIBLE_DEVICES"] = "0";
  allocate("id:gpu_1abc,slots:1");
  EXPECT_THAT(cuda(1), HasSubstr("does not have"));
}

TEST_F(GrantGpus, WithoutAVendorToolTheOuterMaskIsWhatThereIs) {
  environment_["CUDA_VISIBLE_DEVICES"] = "4,5";
  allocate("id:1,slots:1");
  EXPECT_EQ(cuda(1), "5");
  environment_.erase("CUDA_VISIBLE_DEVICES");
  allocate("id:3,slots:1");
  EXPECT_EQ(cuda(1), "3");
}

TEST_F(GrantGpus, AStaleGroupWithoutACountIsNoAllocation) {
  machine(2);
  allocate("id:gpu_1abc,slots:1");
  environment_.erase("CTEST_RESOURCE_GROUP_COUNT");
  const auto answer = grant(1);
  ASSERT_TRUE(std::holds_alternative<GpuRefusal>(answer));
  EXPECT_FALSE(std::get<GpuRefusal>(answer).is_skip);
}

TEST_F(GrantGpus, GpusThatAreThereButNotAllocatedAreAnError) {
  machine(1);
  environment_["CTEST_RESOURCE_GROUP_COUNT"] = "0";
  const auto answer = grant(1);
  ASSERT_TRUE(std::holds_alternative<GpuRefusal>(answer));
  EXPECT_FALSE(std::get<GpuRefusal>(answer).is_skip);
  EXPECT_THAT(std::get<GpuRefusal>(answer).reason, HasSubstr("ASSAY_ALL_GPUS=1"));
}

TEST_F(GrantGpus, FewerGpusAllocatedThanAskedForIsAnError) {
  machine(4);
  allocate("id:gpu_1abc,slots:1;id:gpu_1abc,slots:1");
  EXPECT_THAT(cuda(2), HasSubstr("CTest allocated 1"));
}

TEST_F(GrantGpus, AMachineWithTooFewIsASkipThatSaysWhy) {
  machine(1);
  detected_.problem = "";
  auto answer = grant(2);
  ASSERT_TRUE(std::holds_alternative<GpuRefusal>(answer));
  EXPECT_TRUE(std::get<GpuRefusal>(answer).is_skip);
  EXPECT_EQ(std::get<GpuRefusal>(answer).reason, "needs 2 GPUs, this machine has 1");
  detected_ = {{}, "nvidia-smi: exit code 9"};
  answer = grant(1);
  EXPECT_EQ(std::get<GpuRefusal>(answer).reason,
            "needs 1 GPU, this machine has 0 (nvidia-smi: exit code 9)");
}

TEST_F(GrantGpus, LeftToTheCallerIdleGpusComeFirst) {
  machine(3);
  environment_["ASSAY_ALL_GPUS"] = "1";
  EXPECT_EQ(cuda(2), "GPU-0abc,GPU-1abc");
  busy_ = "gpu_0abc";
  EXPECT_EQ(cuda(2), "GPU-1abc,GPU-2abc");
  EXPECT_EQ(cuda(3), "GPU-1abc,GPU-2abc,GPU-0abc");
}

TEST_F(GrantGpus, OnAmdCudasMaskCountsWithinRocrs) {
  machine(4, GpuVendor::amd);
  allocate("id:gpu_3abc,slots:1;id:gpu_1abc,slots:1");
  const auto answer = std::get<GpuGrant>(grant(2));
  EXPECT_EQ(answer.environment[0].second, "0,1");
  EXPECT_EQ(answer.environment[1].second, "GPU-3abc,GPU-1abc");
}

TEST_F(GrantGpus, ValuesThatAreNotCTestsAreAnError) {
  machine(1);
  allocate("1");
  EXPECT_THROW(grant(1), Error);
  environment_["CTEST_RESOURCE_GROUP_COUNT"] = "many";
  EXPECT_THROW(grant(1), Error);
}

TEST(GpuLock, IsHeldByOneAndFreeAfterwards) {
  const auto name = "test-" + std::to_string(::getpid());
  auto first = try_lock_gpus({name});
  ASSERT_TRUE(first);
  EXPECT_FALSE(try_lock_gpus({name}));
  EXPECT_TRUE(try_lock_gpus({name + "-other"}));
  first.reset();
  EXPECT_TRUE(try_lock_gpus({name}));
  for (const auto* suffix : {"", "-other"}) {
    std::filesystem::remove("/tmp/assay-gpus/" + std::string(resource_id(name + suffix)) + ".lock");
  }
}

TEST(GpuLock, OneThatIsHeldFreesTheOthers) {
  const auto name = "test-all-" + std::to_string(::getpid());
  auto second = try_lock_gpus({name + "-2"});
  ASSERT_TRUE(second);
  EXPECT_FALSE(try_lock_gpus({name + "-1", name + "-2"}));
  EXPECT_TRUE(try_lock_gpus({name + "-1"}));
  for (const auto* suffix : {"-1", "-2"}) {
    std::filesystem::remove("/tmp/assay-gpus/" + std::string(resource_id(name + suffix)) + ".lock");
  }
}

// A machine with one GPU: nvidia-smi is a script, and CTest has allocated its GPU.
class GpuJob : public LocalJob {
 protected:
  void SetUp() override {
    uuid_ = "GPU-test" + std::to_string(::getpid());
    write_file_atomically(directory() / "nvidia-smi",
                          "#!/bin/sh\necho '0, " + uuid_ + ", NVIDIA T4, 1.0, [N/A]'\n", 0755);
    path_ = ::getenv("PATH");
    ::setenv("PATH", (directory().string() + ":" + path_).c_str(), 1);
    ::setenv("ASSAY_ALL_GPUS", "1", 1);
  }
  void TearDown() override {
    ::setenv("PATH", path_.c_str(), 1);
    ::unsetenv("ASSAY_ALL_GPUS");
    std::filesystem::remove("/tmp/assay-gpus/" + resource_id(uuid_) + ".lock");
  }
  std::string uuid_;
  std::string path_;
};

TEST_F(GpuJob, SeesItsGpuAndIsReportedWithIt) {
  auto job = workload("echo $CUDA_VISIBLE_DEVICES\n");
  job.gpus_per_node = 1;
  const auto status = run(job);
  EXPECT_EQ(file("stdout.log"), uuid_ + "\n");
  ASSERT_EQ(status.gpus.size(), 1U);
  EXPECT_EQ(status.gpus[0].model, "NVIDIA T4");
}

TEST_F(GpuJob, WaitsWhileAnotherRunHoldsItsGpu) {
  auto lock = try_lock_gpus({resource_id(uuid_)});
  ASSERT_TRUE(lock);
  auto job = workload("true\n");
  job.gpus_per_node = 1;
  const auto reply = submit_one(launcher_, job);
  EXPECT_TRUE(eventually([&] { return !poll_one(launcher_, reply.job_id).reason.empty(); }));
  EXPECT_EQ(poll_one(launcher_, reply.job_id).state, JobState::pending);
  EXPECT_EQ(poll_one(launcher_, reply.job_id).reason, "waiting for a GPU that another run holds");
  lock.reset();
  EXPECT_EQ(wait_for_end(launcher_, reply.job_id).end->exit_code, 0);
}

TEST_F(GpuJob, CanBeCancelledWhileItWaits) {
  const auto lock = try_lock_gpus({resource_id(uuid_)});
  auto job = workload("true\n");
  job.gpus_per_node = 1;
  const auto reply = submit_one(launcher_, job);
  cancel_one(launcher_, reply.job_id);
  EXPECT_EQ(wait_for_end(launcher_, reply.job_id).end->kind, EndKind::cancelled);
}

TEST_F(GpuJob, HoldsItsGpuAsLongAsItLives) {
  auto job = workload("sleep 30\n");
  job.gpus_per_node = 1;
  const auto reply = submit_one(launcher_, job);
  EXPECT_TRUE(
      eventually([&] { return poll_one(launcher_, reply.job_id).state == JobState::running; }));
  EXPECT_FALSE(try_lock_gpus({resource_id(uuid_)}));
  cancel_one(launcher_, reply.job_id);
  wait_for_end(launcher_, reply.job_id);
  EXPECT_TRUE(eventually([&] { return try_lock_gpus({resource_id(uuid_)}).has_value(); }));
}

}  // namespace
}  // namespace assay
