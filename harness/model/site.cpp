#include "model/site.h"

namespace assay {

const LauncherConfig* Site::find(std::string_view launcher) const {
  for (const auto& candidate : launchers) {
    if (candidate.name == launcher) return &candidate;
  }
  return nullptr;
}

}  // namespace assay
