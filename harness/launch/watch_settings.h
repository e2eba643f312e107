// What a site file may say of any launcher whose jobs outlive their driver, beside the launcher's
// own settings: how jobs are watched.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "launch/lease.h"
#include "model/site.h"

namespace assay {

struct WatchSettings {
  bool broker = true;         // `broker`: one process asks the scheduler for all drivers
  bool keep_orphans = false;  // `orphans`: cancel, or keep for the next run of the same product
  std::chrono::seconds orphan_grace{30};           // `orphan_grace`: from the driver's end on
  std::chrono::seconds kept{7 * 24 * 3600};        // `kept`: how long a kept job's result waits
  std::chrono::seconds lease = k_default_lease;    // `lease`; 0: none
  std::chrono::milliseconds poll_interval{1'000};  // `poll_interval`: between two polls, at least
  std::chrono::milliseconds longest_interval{30'000};  // `longest_poll_interval`
};

// Throws InputError that points into the site file.
WatchSettings read_watch_settings(const LauncherConfig& config);

// The settings that read_watch_settings reads, which a launcher's own reading leaves alone.
const std::vector<std::string>& watch_setting_names();

}  // namespace assay
