// A site file: what launchers there are here and how they are configured.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "model/value.h"

namespace assay {

struct LauncherConfig {
  std::string name;  // what recipes select by `name:NAME`, and `target` means in tests_spec
  std::string type;  // what recipes select by `type:TYPE`
  Value settings;    // everything else the site file says of it (a map)
  Place place;
};

struct Site {
  std::string file;  // empty: the built-in site, one launcher `local` of type local
  std::vector<LauncherConfig> launchers;
  std::string default_launcher = "local";
  std::string work_dir;  // empty: not said
  std::string history;   // empty: not said

  const LauncherConfig* find(std::string_view launcher) const;
};

}  // namespace assay
