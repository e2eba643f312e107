// Starting a broker by need.
#pragma once

#include <filesystem>

#include "broker/connection.h"
#include "broker/paths.h"
#include "model/site.h"

namespace assay {

// Connects to the configuration's broker, and starts `program broker serve`
// when there is none: of many that find none, one starts it. Throws
// TransientError when it does not come up.
Descriptor connect_or_start(const LauncherConfig& config, const BrokerPaths& paths,
                            const std::filesystem::path& program);

// This process's own executable.
std::filesystem::path own_program();

}  // namespace assay
