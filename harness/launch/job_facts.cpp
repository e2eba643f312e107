#include "launch/job_facts.h"

#include "base/files.h"
#include "base/text.h"
#include "launch/gpus.h"

namespace assay {

std::vector<Gpu> read_job_gpus(const std::filesystem::path& attempt_directory) {
  const auto table = read_file_if_exists(attempt_directory / k_job_gpus_file);
  if (!table) return {};
  const auto written = read_file_if_exists(attempt_directory / k_job_gpu_mask_file);
  std::optional<std::string> mask;
  if (written && !trim(*written).empty()) mask = std::string(trim(*written));
  std::vector<Gpu> gpus;
  for (auto& each : visible_gpus(parse_nvidia_smi(*table, {}), mask)) {
    gpus.push_back(std::move(each.gpu));
  }
  return gpus;
}

}  // namespace assay
