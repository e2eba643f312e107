// Where a broker is found, and where it keeps what outlives it.
#pragma once

#include <filesystem>
#include <string>

#include "model/site.h"

namespace assay {

struct BrokerPaths {
  std::filesystem::path socket;   // in $XDG_RUNTIME_DIR/assay, else /tmp/assay-<uid>
  std::filesystem::path lock;     // beside it: held while a broker is started or leaves
  std::filesystem::path journal;  // in $XDG_STATE_HOME/assay/<host>, else ~/.local/state/...
  std::filesystem::path log;      // beside the journal
};

// The paths for a launcher's configuration: the same for equal settings, another for each version
// of Assay and each cluster that the environment chooses. Makes the socket's directory, of mode
// 700. Throws Error where it is somebody else's, or its path is too long for a socket.
BrokerPaths broker_paths(const LauncherConfig& config);

}  // namespace assay
