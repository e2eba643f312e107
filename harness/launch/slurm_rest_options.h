// What slurmrestd is sent for a submission. It reads no #SBATCH lines: sbatch's options become keys
// of a JSON object, whose names and shapes differ between the versions of its API. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "launch/slurm_settings.h"

namespace assay {

// The versions that were tried against a real slurmrestd, newest first: v0.0.38 of Slurm 22.05, and
// those of 24.11 and 26.05. v0.0.39 was of no server that has no other of these.
const std::vector<std::string>& known_rest_versions();

// The body of a request to /slurm/VERSION/job/submit. `time` is what an option's "now" means.
// Throws Error, which names the option, for one that this version has no counterpart of.
std::string rest_submission(const std::string& version, const std::string& script,
                            const SlurmOptions& options, TimePoint time);

}  // namespace assay
