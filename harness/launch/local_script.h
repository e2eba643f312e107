// job.sh: the text that runs a workload on this machine. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/job.h"
#include "model/workload.h"

namespace assay {

struct LocalScript {
  const Workload* workload = nullptr;                      // never null
  std::vector<std::pair<std::string, std::string>> masks;  // of the GPUs it may see
  std::vector<Gpu> gpus;                                   // that it was given
  std::string container;                                   // "podman", "docker"; empty: none
};

// Runs setup.sh, then script.sh, and writes exit_code.
std::string local_job_script(const LocalScript& script);

// The container's name, and the command that ends it.
std::string container_name(const Workload& workload);
std::vector<std::string> container_end_command(const std::string& container,
                                               const Workload& workload);

}  // namespace assay
