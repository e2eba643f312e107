// Samples of a job's GPUs: what a launcher's script asks for and where it leaves them, which is
// what the metrics are read from.
#pragma once

#include <string_view>

namespace assay {

// `nvidia-smi --query-gpu=<this> --format=csv,noheader,nounits`.
inline constexpr std::string_view k_nvidia_smi_query =
    "timestamp,uuid,utilization.gpu,memory.used,power.draw,temperature.gpu,clocks.sm,"
    "ecc.errors.uncorrected.volatile.total";

// The same of rocm-smi.
inline constexpr std::string_view k_rocm_smi_options =
    "--showuse --showmeminfo vram --showpower --showtemp --showclocks --csv";

// In the attempt's directory.
inline constexpr std::string_view k_gpu_samples_file = "gpu_samples.csv";

}  // namespace assay
