// What a launcher needs on this machine, and whether it is there: `assay site check` shows it.
#pragma once

#include <string>
#include <vector>

#include "model/site.h"

namespace assay {

struct Requirement {
  std::string what;     // "program sbatch"
  std::string found;    // "/usr/bin/sbatch", "not on PATH"
  std::string problem;  // what to do about it; empty: all is well
};

// Everything that the launcher needs here, met or not: that this version can run its type, that its
// settings are right, and the programs that it calls. Runs nothing.
std::vector<Requirement> requirements_of(const LauncherConfig& config);

// Whether images can be pulled and built for this launcher here: it runs jobs on this machine, in
// podman, and podman is there.
bool can_build_images(const LauncherConfig& config);

}  // namespace assay
