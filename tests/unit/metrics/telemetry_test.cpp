#include "metrics/telemetry.h"

#include <gmock/gmock.h>

#include "reading.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view k_two_gpus =
    "2024/05/01 12:00:00.000, GPU-a, 0, 1000, 100.00, 40, 345, 2\n"
    "2024/05/01 12:00:00.010, GPU-b, 10, 500, 50.00, 41, 345, 0\n"
    "2024/05/01 12:00:10.000, GPU-a, 100, 70000, 700.00, 70, 1980, 3\n"
    "2024/05/01 12:00:10.010, GPU-b, 90, 60000, 650.00, 65, 1980, 0\n"
    "2024/05/01 12:00:20.000, GPU-a, 50, 2000, 100.00, 60, 345, 3\n"
    "2024/05/01 12:00:20.010, GPU-b, 50, 1000, 50.00, 59, 345, 1\n"
    "2024/05/01 12:00:30.000, GPU-a, 5";

TEST(Telemetry, MakesMetricsOfNvidiaSmisSamples) {
  const auto read = read_with(read_gpu_samples, k_two_gpus);
  EXPECT_EQ(read["gpu.util.mean"].summary, 50);
  EXPECT_EQ(read["gpu.util.mean"].unit, "%");
  EXPECT_THAT(read["gpu.util.mean"].points, ElementsAre(Point{0, 5}, Point{10, 95}, Point{20, 50}));
  EXPECT_EQ(read["gpu.memory.max_bytes"].summary, 70000.0 * 1024 * 1024);
  EXPECT_EQ(read["gpu.memory.max_bytes"].unit, "bytes");
  EXPECT_EQ(read["gpu.power.mean_watts"].summary, 275);
  EXPECT_EQ(read["gpu.temperature.max"].summary, 70);
  EXPECT_NEAR(*read["gpu.clock.mean_mhz"].summary, (345 * 4 + 1980 * 2) / 6.0, 1e-9);
  EXPECT_THAT(read.warnings, IsEmpty());
}

TEST(Telemetry, EnergyIsPowerOverTimeOfAllGpus) {
  const auto read = read_with(read_gpu_samples, k_two_gpus);
  // 10 s at a mean of 400 W, twice, and 10 s at a mean of 350 W, twice.
  EXPECT_NEAR(*read["gpu.energy_joules"].summary, 15000, 1e-6);
  EXPECT_EQ(read["gpu.energy_joules"].points.size(), 2U);
}

TEST(Telemetry, OnlyEccErrorsOfTheJobCount) {
  EXPECT_EQ(read_with(read_gpu_samples, k_two_gpus)["gpu.ecc_errors"].summary, 2);
}

TEST(Telemetry, WhatAGpuDoesNotTellIsLeftOut) {
  const auto read = read_with(
      read_gpu_samples,
      "2024/05/01 12:00:00.000, GPU-a, [N/A], 1000, [Not Supported], 40, [Unknown Error], [N/A]\n");
  EXPECT_THAT(read.names(), ElementsAre("gpu.memory.max_bytes", "gpu.temperature.max"));
}

TEST(Telemetry, AHeaderNamesTheColumns) {
  const auto read = read_with(read_gpu_samples,
                              "timestamp, memory.used [MiB], utilization.gpu [%], uuid\n"
                              "2024/05/01 12:00:00.000, 3 MiB, 40 %, GPU-a\n");
  EXPECT_EQ(read["gpu.memory.max_bytes"].summary, 3.0 * 1024 * 1024);
  EXPECT_EQ(read["gpu.util.mean"].summary, 40);
}

TEST(Telemetry, ReadsRocmSmisSamples) {
  const auto read = read_with(
      read_gpu_samples,
      "# 1714560000.5\n"
      "device,GPU use (%),VRAM Total Memory (B),VRAM Total Used Memory (B),Average Graphics "
      "Package Power (W),Temperature (Sensor edge) (C),sclk clock speed:\n"
      "card0,10,68702699520,1000,90.0,35.0,(800Mhz)\n"
      "card1,30,68702699520,3000,110.0,38.0,(1700Mhz)\n\n"
      "# 1714560002.5\n"
      "device,GPU use (%),VRAM Total Memory (B),VRAM Total Used Memory (B),Average Graphics "
      "Package Power (W),Temperature (Sensor edge) (C),sclk clock speed:\n"
      "card0,50,68702699520,2000,110.0,36.0,(800Mhz)\n"
      "card1,70,68702699520,5000,90.0,39.0,(1700Mhz)\n");
  EXPECT_THAT(read["gpu.util.mean"].points, ElementsAre(Point{0, 20}, Point{2, 60}));
  EXPECT_EQ(read["gpu.memory.max_bytes"].summary, 5000);
  EXPECT_EQ(read["gpu.clock.mean_mhz"].summary, 1250);
  EXPECT_NEAR(*read["gpu.energy_joules"].summary, 400, 1e-9);
  EXPECT_THAT(read.warnings, IsEmpty());
}

TEST(Telemetry, MessagesOfTheToolAreReported) {
  const auto read = read_with(read_gpu_samples, "Unable to determine the device handle\n");
  EXPECT_THAT(read.series, IsEmpty());
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("byte 0: no sample of a GPU: 'Unable")));
}

}  // namespace
}  // namespace assay
