// Records that wait beside the history: one file each, taken in by whoever holds the lock.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "base/descriptor.h"

namespace assay::detail {

class Spool {
 public:
  explicit Spool(const std::filesystem::path& history);

  const std::filesystem::path& directory() const { return directory_; }

  // Writes one record's JSON to a file that readers see whole or not at all; `sync` makes it
  // survive a loss of power as well.
  void write(std::string_view json, bool sync) const;

  // Whole files, oldest name first; at most `limit`.
  std::vector<std::filesystem::path> files(std::size_t limit) const;
  bool is_empty() const { return files(1).empty(); }

  // Takes away what killed writers left half written, once it is older than any writer takes.
  void remove_abandoned() const;

  // A file that is no record: set aside under the name `*.bad`.
  void set_aside(const std::filesystem::path& file) const;
  std::vector<std::filesystem::path> set_aside_files() const;

  // The one lock of all writers of the history; freed by the kernel with its process.
  std::optional<Descriptor> try_lock() const;
  // Waits at most that long for it; nothing when another process had it all the time.
  std::optional<Descriptor> lock(std::chrono::milliseconds limit) const;
  // The same, but throws TransientError instead.
  Descriptor lock_or_fail(std::chrono::milliseconds limit) const;

 private:
  std::filesystem::path history_;
  std::filesystem::path directory_;
};

// Whether the file system of the path (or of its nearest parent that exists) is shared by hosts.
bool is_network_file_system(const std::filesystem::path& path);

}  // namespace assay::detail
