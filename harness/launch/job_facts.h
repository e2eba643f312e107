// What a job's script wrote down about where it ran, beside its exit code.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/job.h"

namespace assay {

// Of nvidia-smi's GPUs (index, uuid, name, driver_version, mig.mode.current, as CSV) those that
// gpus.mask, the job's CUDA_VISIBLE_DEVICES, leaves.
inline constexpr const char* k_job_gpus_file = "gpus.csv";
inline constexpr const char* k_job_gpu_mask_file = "gpus.mask";

// The GPUs that the files in an attempt's directory name; none where there are none.
std::vector<Gpu> read_job_gpus(const std::filesystem::path& attempt_directory);

// Its own id, which a submitter that was killed, or got no answer, may never have learned.
inline constexpr const char* k_job_id_file = "job_id";
std::string read_job_id(const std::filesystem::path& attempt_directory);

// What the shell's `times` said at its end; of a job in steps, each task has one more,
// cpu_times.<task>. And what the job's cgroup, where it has one, counted on its first node.
inline constexpr const char* k_cpu_times_file = "cpu_times";
inline constexpr const char* k_peak_memory_file = "peak_memory";
struct JobUsage {
  std::optional<double> cpu_seconds;
  std::optional<long long> peak_memory_bytes;
};
JobUsage read_job_usage(const std::filesystem::path& attempt_directory);

// "0m1.5s 0m0.25s" on each line: the sum, in seconds. Nothing for what is none.
std::optional<double> parse_cpu_times(std::string_view text);

}  // namespace assay
