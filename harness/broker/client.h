// Launchers as drivers use them: one that asks the broker, and one that does
// the broker's work in the driver itself.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "launch/launcher.h"
#include "model/site.h"

namespace assay {

// How a driver's jobs are watched: by the broker, or, with `use_broker` false
// or `broker: false` in the site file, by the same loop in this process. A
// launcher whose jobs are this machine's own is used as it is. Throws
// InputError for a bad setting.
std::unique_ptr<Launcher> make_watched_launcher(const LauncherConfig& config, bool use_broker);

// A launcher by way of the configuration's broker, which `program` can be
// started as. When the broker dies, the next call connects to the next one and
// says again what it waits for.
std::unique_ptr<Launcher> make_broker_client(const LauncherConfig& config,
                                             const std::filesystem::path& program);

// The launcher below the scheduling loop, in this process. Its jobs have leases
// of their own.
std::unique_ptr<Launcher> make_own_loop(std::unique_ptr<Launcher> launcher,
                                        const LauncherConfig& config);

// What the configuration's broker answers; nothing when none runs. JSON texts,
// see overview.h.
std::optional<std::string> broker_overview(const LauncherConfig& config);
std::optional<std::string> stop_broker(const LauncherConfig& config);
std::optional<std::string> cancel_by_broker(const LauncherConfig& config, const std::string& key,
                                            const std::string& run_id);

}  // namespace assay
