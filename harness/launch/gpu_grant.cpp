#include "launch/gpu_grant.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace assay {

namespace {

constexpr const char* k_lock_directory = "/tmp/assay-gpus";

// "id:gpu_1,slots:1;id:gpu_2,slots:1" to its ids.
std::vector<std::string> resource_ids(const std::string& variable, const std::string& text) {
  std::vector<std::string> ids;
  for (const auto& allocation : split(text, ';')) {
    const auto parts = split(allocation, ',');
    if (parts.empty() || !parts[0].starts_with("id:") || parts[0].size() == 3) {
      throw Error("cannot read " + variable + "='" + text + "': expected 'id:ID,slots:N'");
    }
    ids.push_back(parts[0].substr(3));
  }
  return ids;
}

// What the case's masks name: a GPU, and how the caller's mask or the vendor's libraries spell it.
struct Candidate {
  std::string spelling;
  std::string lock;
  std::optional<MachineGpu> gpu;
};

std::optional<std::string> outer_mask(const ReadEnvironment& environment) {
  for (const char* name : {"CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"}) {
    if (auto mask = environment(name)) return mask;
  }
  return std::nullopt;
}

std::vector<Candidate> candidates(const DetectedGpus& detected,
                                  const ReadEnvironment& environment) {
  std::vector<Candidate> found;
  if (!detected.gpus.empty()) {
    const auto mask = environment(mask_variable(detected.gpus.front().vendor));
    for (const auto& gpu : visible_gpus(detected.gpus, mask)) {
      found.push_back({gpu.gpu.uuid, resource_id(gpu.gpu.uuid), gpu});
    }
  } else if (const auto mask = outer_mask(environment)) {
    for (const auto& entry : split(*mask, ',')) {
      const std::string spelling(trim(entry));
      if (spelling.empty() || spelling.starts_with('-')) break;
      found.push_back({spelling, resource_id(spelling), std::nullopt});
    }
  }
  return found;
}

// The candidate that a CTest resource id means: a UUID's id, or a position in the caller's mask.
std::optional<Candidate> candidate_of(const std::string& id, const std::vector<Candidate>& all,
                                      bool knows_machine) {
  const auto by_id = std::find_if(all.begin(), all.end(),
                                  [&](const Candidate& c) { return c.lock == id && c.gpu; });
  if (by_id != all.end()) return *by_id;
  const auto position = parse_integer(id);
  if (!position || *position < 0) return std::nullopt;
  if (static_cast<std::size_t>(*position) < all.size()) {
    return all[static_cast<std::size_t>(*position)];
  }
  // Neither a tool nor a mask to check against: the specification is believed.
  if (all.empty() && !knows_machine) return Candidate{id, id, std::nullopt};
  return std::nullopt;
}

GpuGrant granted(const std::vector<Candidate>& chosen) {
  GpuGrant grant;
  std::vector<std::string> spellings;
  std::vector<std::string> positions;
  bool is_amd = false;
  for (const auto& candidate : chosen) {
    positions.push_back(std::to_string(spellings.size()));
    spellings.push_back(candidate.spelling);
    grant.locks.push_back(candidate.lock);
    if (candidate.gpu) {
      grant.gpus.push_back(candidate.gpu->gpu);
      is_amd = candidate.gpu->vendor == GpuVendor::amd;
    }
  }
  // HIP counts CUDA_VISIBLE_DEVICES among what ROCR_VISIBLE_DEVICES has left.
  const auto mask = join(spellings, ",");
  grant.environment.emplace_back("CUDA_VISIBLE_DEVICES", is_amd ? join(positions, ",") : mask);
  grant.environment.emplace_back("ROCR_VISIBLE_DEVICES", mask);
  return grant;
}

GpuGrant hidden() { return {{{"CUDA_VISIBLE_DEVICES", ""}, {"ROCR_VISIBLE_DEVICES", ""}}, {}, {}}; }

std::string counted(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " GPU" : " GPUs");
}

Descriptor open_lock(const std::string& name) {
  // Shared by all users of the machine, as its GPUs are; a lock needs no write permission.
  if (::mkdir(k_lock_directory, 01777) == 0) ::chmod(k_lock_directory, 01777);
  const auto path = std::string(k_lock_directory) + "/" + resource_id(name) + ".lock";
  for (int attempt = 0; attempt < 10; ++attempt) {
    int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
      fd = ::open(path.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
      if (fd < 0 && errno == EEXIST) continue;  // another process was faster
    }
    if (fd >= 0) return Descriptor(fd);
    break;
  }
  throw Error("cannot open the GPU lock " + path + ": " + std::strerror(errno));
}

}  // namespace

std::optional<std::vector<std::string>> allocated_gpus(const ReadEnvironment& environment) {
  const auto count_text = environment("CTEST_RESOURCE_GROUP_COUNT");
  if (!count_text) return std::nullopt;
  const auto count = parse_integer(*count_text);
  if (!count) throw Error("cannot read CTEST_RESOURCE_GROUP_COUNT='" + *count_text + "'");
  std::vector<std::string> ids;
  for (long long group = 0; group < *count; ++group) {
    const auto variable = "CTEST_RESOURCE_GROUP_" + std::to_string(group) + "_GPUS";
    const auto text = environment(variable);
    if (!text) continue;
    for (auto& id : resource_ids(variable, *text)) {
      if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(std::move(id));
    }
  }
  return ids;
}

std::variant<GpuGrant, GpuRefusal> grant_gpus(
    int wanted, const ReadEnvironment& environment, const std::function<DetectedGpus()>& detected,
    const std::function<bool(const std::string&)>& is_free) {
  if (wanted <= 0) return hidden();
  const auto count = static_cast<std::size_t>(wanted);
  const auto machine = detected();
  auto all = candidates(machine, environment);
  const auto allocated = allocated_gpus(environment);
  if (allocated && !allocated->empty()) {
    std::vector<Candidate> chosen;
    for (const auto& id : *allocated) {
      auto candidate = candidate_of(id, all, !machine.gpus.empty());
      if (!candidate) {
        return GpuRefusal{false, "CTest allocated GPU '" + id + "', which this machine (" +
                                     counted(all.size()) + " visible) does not have"};
      }
      chosen.push_back(std::move(*candidate));
    }
    if (chosen.size() < count) {
      return GpuRefusal{false, "needs " + counted(count) + ", but CTest allocated " +
                                   std::to_string(chosen.size()) +
                                   " (give each GPU one slot in the resource specification)"};
    }
    return granted(chosen);
  }
  if (all.size() < count) {
    return GpuRefusal{true, "needs " + counted(count) + ", this machine has " +
                                std::to_string(all.size()) +
                                (machine.problem.empty() ? "" : " (" + machine.problem + ")")};
  }
  if (environment("ASSAY_ALL_GPUS") != "1") {
    return GpuRefusal{false, "needs " + counted(count) +
                                 ", which this machine has but CTest allocated none of (no "
                                 "resource specification); ASSAY_ALL_GPUS=1 leaves all of the "
                                 "machine's GPUs to the case"};
  }
  std::stable_partition(all.begin(), all.end(),
                        [&](const Candidate& candidate) { return is_free(candidate.lock); });
  all.resize(count);
  return granted(all);
}

std::optional<std::vector<Descriptor>> try_lock_gpus(const std::vector<std::string>& names) {
  std::vector<Descriptor> locks;
  for (const auto& name : names) {
    auto lock = open_lock(name);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return std::nullopt;
      throw Error("cannot lock GPU " + name + ": " + std::strerror(errno));
    }
    locks.push_back(std::move(lock));
  }
  return locks;
}

}  // namespace assay
