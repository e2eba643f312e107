#include "launch/gpus.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "local_job.h"

namespace assay {
namespace {

constexpr const char* k_two_gpus =
    "0, GPU-2c1f6d5e-0000-4a7b-9f00-000000000001, NVIDIA H200, 570.86.15, Disabled\n"
    "1, GPU-2c1f6d5e-0000-4a7b-9f00-000000000002, NVIDIA H200, 570.86.15, Disabled\n";

std::vector<int> indices(const std::vector<MachineGpu>& gpus) {
  std::vector<int> found;
  for (const auto& gpu : gpus) found.push_back(gpu.index);
  return found;
}

TEST(ParseNvidiaSmi, ReadsIndexUuidModelAndDriver) {
  const auto gpus = parse_nvidia_smi(k_two_gpus, "");
  ASSERT_EQ(gpus.size(), 2U);
  EXPECT_EQ(gpus[1].index, 1);
  EXPECT_EQ(gpus[1].gpu.uuid, "GPU-2c1f6d5e-0000-4a7b-9f00-000000000002");
  EXPECT_EQ(gpus[1].gpu.model, "NVIDIA H200");
  EXPECT_EQ(gpus[1].gpu.driver, "570.86.15");
}

TEST(ParseNvidiaSmi, MessagesAreNoGpus) {
  EXPECT_TRUE(parse_nvidia_smi("No devices were found\n", "").empty());
  EXPECT_TRUE(parse_nvidia_smi("", "").empty());
}

TEST(ParseNvidiaSmi, AGpuInMigModeIsItsInstances) {
  const std::string query =
      "0, GPU-aaaa, NVIDIA A100, 535.1, Enabled\n1, GPU-bbbb, NVIDIA A100, 535.1, Disabled\n";
  const std::string list =
      "GPU 0: NVIDIA A100 (UUID: GPU-aaaa)\n"
      "  MIG 1g.10gb     Device  0: (UUID: MIG-1111)\n"
      "  MIG 2g.20gb     Device  1: (UUID: MIG-2222)\n"
      "GPU 1: NVIDIA A100 (UUID: GPU-bbbb)\n";
  EXPECT_TRUE(has_mig(query));
  const auto gpus = parse_nvidia_smi(query, list);
  ASSERT_EQ(gpus.size(), 3U);
  EXPECT_EQ(gpus[0].gpu.uuid, "MIG-1111");
  EXPECT_EQ(gpus[0].gpu.model, "NVIDIA A100 MIG 1g.10gb");
  EXPECT_EQ(gpus[1].gpu.uuid, "MIG-2222");
  EXPECT_EQ(gpus[2].gpu.uuid, "GPU-bbbb");
}

TEST(ParseRocmSmi, ReadsCardsInOrderOfTheirNumbers) {
  const auto gpus = parse_rocm_smi(R"({
    "card10": {"Unique ID": "0x10", "Card Series": "Instinct MI300X"},
    "card2": {"Unique ID": "0xAB12", "Card series": "Instinct MI300X"},
    "system": {"Driver version": "6.7.0"}})");
  ASSERT_EQ(gpus.size(), 2U);
  EXPECT_EQ(gpus[0].index, 2);
  EXPECT_EQ(gpus[0].gpu.uuid, "GPU-ab12");
  EXPECT_EQ(gpus[0].gpu.model, "Instinct MI300X");
  EXPECT_EQ(gpus[0].gpu.driver, "6.7.0");
  EXPECT_EQ(gpus[0].vendor, GpuVendor::amd);
}

TEST(ParseRocmSmi, RefusesWhatIsNoJson) { EXPECT_THROW(parse_rocm_smi("ERROR: none"), Error); }

class Mask : public ::testing::Test {
 protected:
  std::vector<int> visible(const std::optional<std::string>& mask) const {
    return indices(visible_gpus(gpus_, mask));
  }
  std::vector<MachineGpu> gpus_ = parse_nvidia_smi(k_two_gpus, "");
};

TEST_F(Mask, NoneLeavesAllAndAnEmptyOneLeavesNone) {
  EXPECT_EQ(visible(std::nullopt), (std::vector<int>{0, 1}));
  EXPECT_EQ(visible(""), std::vector<int>{});
  EXPECT_EQ(visible("-1"), std::vector<int>{});
}

TEST_F(Mask, KeepsItsOwnOrder) { EXPECT_EQ(visible("1,0"), (std::vector<int>{1, 0})); }

TEST_F(Mask, TakesUuidsAndTheirBeginnings) {
  EXPECT_EQ(visible("GPU-2c1f6d5e-0000-4a7b-9f00-000000000002"), std::vector<int>{1});
  EXPECT_EQ(visible("gpu-2c1f"), std::vector<int>{0});
}

TEST_F(Mask, EndsAtTheFirstInvalidEntry) {
  EXPECT_EQ(visible("1,7,0"), std::vector<int>{1});
  EXPECT_EQ(visible("NoDevFiles"), std::vector<int>{});
}

TEST(ResourceSpecification, HasOneSlotPerGpuAndIdsThatCTestTakes) {
  const auto text = resource_specification(parse_nvidia_smi(k_two_gpus, ""));
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["version"]["major"], 1);
  ASSERT_EQ(json["local"].size(), 1U);
  const auto& gpus = json["local"][0]["gpus"];
  ASSERT_EQ(gpus.size(), 2U);
  EXPECT_EQ(gpus[0]["id"], "gpu_2c1f6d5e_0000_4a7b_9f00_000000000001");
  EXPECT_EQ(gpus[0]["slots"], 1);
}

TEST(ResourceSpecification, AMachineWithoutGpusHasAValidOne) {
  const auto json = nlohmann::json::parse(resource_specification({}));
  EXPECT_EQ(json["local"], nlohmann::json::array({nlohmann::json::object()}));
}

// Programs of these names in a directory that alone is PATH.
class DetectGpus : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = ::getenv("PATH");
    ::setenv("PATH", (directory_.path().string() + ":/usr/bin:/bin").c_str(), 1);
  }
  void TearDown() override { ::setenv("PATH", path_.c_str(), 1); }
  void program(const std::string& name, const std::string& text) {
    write_file_atomically(directory_.path() / name, "#!/bin/sh\n" + text, 0755);
  }
  TemporaryDirectory directory_;
  std::string path_;
};

TEST_F(DetectGpus, AsksNvidiaSmi) {
  program("nvidia-smi", "case $1 in --query-gpu=*) echo '0, GPU-aa, NVIDIA T4, 1.0, [N/A]';; esac");
  const auto detected = detect_gpus();
  ASSERT_EQ(detected.gpus.size(), 1U);
  EXPECT_EQ(detected.gpus[0].gpu.model, "NVIDIA T4");
  EXPECT_EQ(detected.problem, "");
}

TEST_F(DetectGpus, AToolThatFailsIsNoGpuWithItsOwnWords) {
  program("nvidia-smi", "echo 'NVIDIA-SMI has failed'; exit 9");
  const auto detected = detect_gpus();
  EXPECT_TRUE(detected.gpus.empty());
  EXPECT_EQ(detected.problem, "nvidia-smi: exit code 9: NVIDIA-SMI has failed");
}

TEST_F(DetectGpus, AsksRocmSmiWhereThereIsNoNvidiaGpu) {
  program("nvidia-smi", "exit 9");
  program("rocm-smi", R"(echo '{"card0": {"Unique ID": "0x1", "Card Series": "MI300X"}}')");
  const auto detected = detect_gpus();
  ASSERT_EQ(detected.gpus.size(), 1U);
  EXPECT_EQ(detected.gpus[0].gpu.model, "MI300X");
}

}  // namespace
}  // namespace assay
