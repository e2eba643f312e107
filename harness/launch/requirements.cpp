#include "launch/requirements.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "base/process.h"
#include "base/text.h"
#include "launch/launcher.h"
#include "launch/slurm_rest_transport.h"

namespace assay {

namespace {

// The programs that the launchers of a type call.
struct Programs {
  std::string_view type;
  std::string_view programs;  // separated by blanks
  std::string_view advice;
};

// A launcher that calls programs adds its line.
constexpr std::array k_programs{
    Programs{"slurm", "sbatch squeue sacct scancel",
             "run ctest where Slurm's commands are (a login node), or install them"},
};

std::string container_of(const LauncherConfig& config) {
  const Value* container = config.settings.find("container");
  if (container == nullptr || container->is_null() || container->text == "none") return {};
  return container->rendered();
}

Requirement program(const std::string& name, std::string_view advice) {
  const auto path = find_program(name);
  if (path) return {"program " + name, path->string(), {}};
  return {"program " + name, "not on PATH", std::string(advice)};
}

// podman and docker run jobs of this machine; other runtimes are on the compute nodes.
Requirement local_container(const std::string& container) {
  if (container != "auto") {
    return program(container, "install it, or set 'container' to none to run jobs without images");
  }
  for (const auto* name : {"podman", "docker"}) {
    if (auto found = program(name, {}); found.found != "not on PATH") return found;
  }
  return {"container runtime", "neither podman nor docker on PATH",
          "install one; until then jobs that need an image are skipped here"};
}

Requirement type_of(const LauncherConfig& config) {
  const auto types = launcher_types();
  const bool is_known = std::find(types.begin(), types.end(), config.type) != types.end();
  const auto what = "type " + config.type;
  if (is_known) return {what, "known", {}};
  return {what, "not built in",
          "its recipes can be listed, checked and shown, and not run; this version runs " +
              join(types, ", ")};
}

Requirement settings_of(const LauncherConfig& config) {
  try {
    make_launcher(config);
  } catch (const InputError& error) {
    return {"settings", to_string(error.place()), error.message()};
  }
  return {"settings", "right", {}};
}

// Nothing where Slurm is asked through its commands.
std::optional<Requirement> slurmrestd_of(const LauncherConfig& config) {
  if (config.type != "slurm") return std::nullopt;
  try {
    const auto settings = read_slurm_settings(config);
    if (!settings.rest) return std::nullopt;
    const auto what = "slurmrestd";
    try {
      return Requirement{what, SlurmRestTransport(settings).check(), {}};
    } catch (const Error& error) {
      return Requirement{what, config.settings.find("url")->rendered(), error.what()};
    }
  } catch (const InputError&) {  // settings_of() says it
    return std::nullopt;
  }
}

}  // namespace

std::vector<Requirement> requirements_of(const LauncherConfig& config) {
  std::vector<Requirement> all{type_of(config)};
  if (!all.front().problem.empty()) return all;
  all.push_back(settings_of(config));
  const auto slurmrestd = slurmrestd_of(config);
  if (slurmrestd) all.push_back(*slurmrestd);
  for (const auto& [type, programs, advice] : k_programs) {
    if (type != config.type || slurmrestd) continue;
    for (const auto& name : split(programs, ' ')) all.push_back(program(name, advice));
  }
  const auto container = container_of(config);
  if (config.type == "local" && !container.empty()) all.push_back(local_container(container));
  return all;
}

bool can_build_images(const LauncherConfig& config) {
  if (config.type != "local") return false;
  const auto container = container_of(config);
  return (container == "podman" || container == "auto") && find_program("podman").has_value();
}

}  // namespace assay
