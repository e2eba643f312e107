// Shell text that samples a job's GPUs while it runs, for the scripts of launchers. Pure.
#pragma once

#include <span>
#include <string>

#include "model/job.h"

namespace assay {

// Lines of POSIX shell that start a sampler in the background where nvidia-smi or rocm-smi is on
// PATH; elsewhere they do and say nothing. It writes `gpu_samples.csv` into the current directory,
// every two seconds, from one process that stays. `gpus` are the job's own; where they are not
// known before it runs, the visible ones are sampled. Only for jobs that asked for GPUs.
std::string telemetry_start_script(std::span<const Gpu> gpus);

// The line that ends the sampler; it runs behind the job and before its exit code is written.
std::string telemetry_stop_script();

}  // namespace assay
