// Samples of a job's GPUs, and the metrics made of them.
#pragma once

#include "metrics/input.h"
#include "metrics/series_sink.h"
#include "model/gpu_samples.h"

namespace assay {

// Reads a file of samples: what nvidia-smi printed, a line per GPU and moment, with a header or
// without; or what rocm-smi printed, each moment behind a line `# <seconds since the epoch>`.
// Each metric has a point per moment, its step the seconds since the first, and as its summary:
//   gpu.util.mean         %      over GPUs and time
//   gpu.memory.max_bytes  bytes  the largest of any GPU
//   gpu.power.mean_watts  W      of one GPU, over GPUs and time
//   gpu.energy_joules     J      of all GPUs; power integrated over time
//   gpu.temperature.max   C
//   gpu.clock.mean_mhz    MHz
//   gpu.ecc_errors        ""     uncorrected ones that came while the job ran, of all GPUs
// What a GPU does not tell ("[N/A]") is left out.
void read_gpu_samples(Input& input, SeriesSink& sink);

}  // namespace assay
