// The broker's process: one scheduling loop behind a Unix socket.
#pragma once

#include <chrono>

#include "broker/paths.h"
#include "launch/launcher.h"
#include "model/site.h"

namespace assay {

struct ServerOptions {
  std::chrono::milliseconds idle{60'000};  // without drivers and jobs, until it leaves
};

// Serves until it is idle, told to stop, or receives SIGTERM or SIGINT. Returns
// at once when another broker serves that socket. Throws Error when it cannot
// serve at all.
void serve(const LauncherConfig& config, Launcher& launcher, const BrokerPaths& paths,
           const ServerOptions& options = {});

}  // namespace assay
