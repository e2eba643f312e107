#include "launch/telemetry_script.h"

#include <vector>

#include "base/text.h"
#include "model/gpu_samples.h"

namespace assay {

namespace {

constexpr const char* k_seconds = "2";

// The option that names the job's GPUs; the shell expands the visible ones.
std::string id_option(std::span<const Gpu> gpus) {
  std::vector<std::string> uuids;
  for (const auto& gpu : gpus) {
    if (!gpu.uuid.empty()) uuids.push_back(gpu.uuid);
  }
  if (uuids.empty()) return "${CUDA_VISIBLE_DEVICES:+--id=$CUDA_VISIBLE_DEVICES}";
  return "--id=" + shell_quote(join(uuids, ","));
}

}  // namespace

std::string telemetry_start_script(std::span<const Gpu> gpus) {
  const std::string file(k_gpu_samples_file);
  const auto redirection = " >" + file + " 2>/dev/null </dev/null &\n  assay_sampler=$!\n";
  return "assay_sampler=\n"
         "if command -v nvidia-smi >/dev/null 2>&1; then\n"
         "  nvidia-smi --query-gpu=" +
         std::string(k_nvidia_smi_query) + " --format=csv,noheader,nounits --loop=" + k_seconds +
         " " + id_option(gpus) + redirection +
         "elif command -v rocm-smi >/dev/null 2>&1; then\n"
         "  while date '+# %s' && rocm-smi " +
         std::string(k_rocm_smi_options) + "; do sleep " + k_seconds + "; done" + redirection +
         "fi\n";
}

std::string telemetry_stop_script() {
  return "[ -z \"${assay_sampler:-}\" ] || kill \"$assay_sampler\" 2>/dev/null\n";
}

}  // namespace assay
