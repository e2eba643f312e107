#include "launch/launcher.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "launch/local.h"
#include "launch/slurm.h"

namespace assay {

namespace {

struct Registered {
  const char* type;
  std::unique_ptr<Launcher> (*make)(const LauncherConfig&);
};

template <class T>
std::unique_ptr<Launcher> make(const LauncherConfig& config) {
  return std::make_unique<T>(config);
}

// One line for each type.
constexpr std::array k_launchers{
    Registered{"local", make<LocalLauncher>},
    Registered{"slurm", make<SlurmLauncher>},
};

}  // namespace

std::vector<std::vector<std::size_t>> Launcher::group(std::span<const Workload> workloads) const {
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < workloads.size(); ++i) groups.push_back({i});
  return groups;
}

std::vector<std::string> Launcher::find(std::span<const std::string> tokens) {
  return std::vector<std::string>(tokens.size());
}

std::string Launcher::task_id(const std::string& submission_id, std::size_t task) const {
  return submission_id + "_" + std::to_string(task);
}

void Launcher::release(std::span<const JobRef> /*jobs*/) {}

std::optional<KeptJob> Launcher::adopt(const std::string& /*product_digest*/) {
  return std::nullopt;
}

std::vector<std::string> launcher_types() {
  std::vector<std::string> types;
  for (const auto& launcher : k_launchers) types.emplace_back(launcher.type);
  return types;
}

std::unique_ptr<Launcher> make_launcher(const LauncherConfig& config) {
  const auto found = std::find_if(k_launchers.begin(), k_launchers.end(),
                                  [&](const Registered& r) { return config.type == r.type; });
  if (found != k_launchers.end()) return found->make(config);
  const auto types = launcher_types();
  throw InputError(config.place, "launcher '" + config.name + "' has the unknown type '" +
                                     config.type + "'" + did_you_mean(config.type, types) +
                                     " (known: " + join(types, ", ") + ")");
}

}  // namespace assay
