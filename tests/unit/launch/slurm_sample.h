// A launcher of type slurm as a site file has it, and a workload for it.
#pragma once

#include <string>

#include "launch/slurm_settings.h"
#include "recipe/yaml_reader.h"

namespace assay {

// `settings` is YAML: the map below the launcher's name.
inline LauncherConfig slurm_config(const std::string& settings) {
  LauncherConfig config;
  config.name = "gpu";
  config.type = "slurm";
  config.place = {"site.yaml", 1, 1};
  config.settings.kind = Value::Kind::map;
  if (!settings.empty()) config.settings = read_yaml(settings, "site.yaml").at(0).value;
  return config;
}

inline Workload slurm_workload() {
  Workload workload;
  workload.key = "recipe/case";
  workload.name = "case";
  workload.token = "abcdefghij";
  workload.directory = "/shared/work dir/run/case/1";
  workload.environment = {{"ASSAY_KEY", "recipe/case"}, {"SECRET", "it's"}};
  workload.time_limit = std::chrono::seconds(90);
  workload.settings.kind = Value::Kind::map;
  return workload;
}

inline Value yaml_map(const std::string& text) {
  return read_yaml(text, "recipe.yaml").at(0).value;
}

}  // namespace assay
