// Which GPUs a case on this machine gets: those that CTest allocated to it, within the caller's
// mask; none for a case that asked for none.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/descriptor.h"
#include "launch/gpus.h"

namespace assay {

using ReadEnvironment = std::function<std::optional<std::string>(const std::string&)>;

// The ids of the resources of type `gpus` that CTest allocated to this test
// (CTEST_RESOURCE_GROUP_*, ctest(1), "Environment Variables"), each once. Nothing when CTest
// allocates no resources at all (no specification file); only CTEST_RESOURCE_GROUP_COUNT tells, the
// others may be stale. Throws Error for values that are not CTest's.
std::optional<std::vector<std::string>> allocated_gpus(const ReadEnvironment& environment);

struct GpuGrant {
  std::vector<std::pair<std::string, std::string>> environment;  // the masks; "" hides all
  std::vector<Gpu> gpus;
  std::vector<std::string> locks;  // to be held as long as the job lives
};

struct GpuRefusal {
  bool is_skip = false;  // the machine has not enough; else they are there but not allocated
  std::string reason;
};

// `detected` is asked only when the case wants GPUs. ASSAY_ALL_GPUS=1 in the environment leaves the
// machine's GPUs to the caller: then those that `is_free` come first.
std::variant<GpuGrant, GpuRefusal> grant_gpus(
    int wanted, const ReadEnvironment& environment, const std::function<DetectedGpus()>& detected,
    const std::function<bool(const std::string&)>& is_free);

// Locks that keep two ctest at once off the same GPU: held until every holder of the descriptors
// is gone. All of `names` or none; nothing when one is held elsewhere. Throws Error.
std::optional<std::vector<Descriptor>> try_lock_gpus(const std::vector<std::string>& names);

}  // namespace assay
