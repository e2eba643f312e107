// The likely cause of a failure, as lines for a person.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "model/job.h"

namespace assay {

// What an exit code or signal usually means: "the program accessed memory it must not (SIGSEGV)";
// empty where there is nothing to say.
std::string meaning_of(const JobEnd& end);

// At most `limit` lines: what the exit code or signal usually means, then the first errors of the
// logs as "stderr.log:12: ValueError: ..." (the last line of Python tracebacks, CUDA, NCCL, memory,
// driver and scheduler errors, the shell's own complaints; where there is none of these and the job
// did not end by itself with 0, the first lines that say error at all). The same error of many
// ranks is shown once. `logs` are read in their order; those that do not exist say nothing. Throws
// Error when one cannot be read.
std::vector<std::string> likely_cause(const JobEnd& end,
                                      std::span<const std::filesystem::path> logs,
                                      std::size_t limit = 6);

}  // namespace assay
