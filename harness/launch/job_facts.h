// What a job's script wrote down about where it ran, beside its exit code.
#pragma once

#include <filesystem>
#include <vector>

#include "model/job.h"

namespace assay {

// Of nvidia-smi's GPUs (index, uuid, name, driver_version, mig.mode.current, as CSV) those that
// gpus.mask, the job's CUDA_VISIBLE_DEVICES, leaves.
inline constexpr const char* k_job_gpus_file = "gpus.csv";
inline constexpr const char* k_job_gpu_mask_file = "gpus.mask";

// The GPUs that the files in an attempt's directory name; none where there are none.
std::vector<Gpu> read_job_gpus(const std::filesystem::path& attempt_directory);

}  // namespace assay
