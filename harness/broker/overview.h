// What a broker tells people of itself, and does for them.
#pragma once

#include <cstddef>
#include <string>

#include "broker/paths.h"
#include "broker/protocol.h"
#include "broker/scheduler.h"

namespace assay {

// A JSON object: launcher, pid, socket, journal, log, drivers (connections),
// jobs by state, counts of scheduler calls, each job.
std::string overview_json(const Scheduler& scheduler, const LauncherConfig& config,
                          const BrokerPaths& paths, std::size_t drivers);

// Cancels the jobs of a key (or name) and run that have not ended. Returns a
// JSON array of them.
std::string cancel_matching(Scheduler& scheduler, const CancelMatching& request);

}  // namespace assay
