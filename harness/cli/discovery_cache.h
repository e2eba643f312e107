// What the last discovery found, so that the next one reads only what changed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/descriptor.h"

namespace assay {

// Holds the lock of a file while it lives: two ctest that start at once take turns.
class FileLock {
 public:
  // Waits for it. Throws Error.
  explicit FileLock(const std::filesystem::path& file);

 private:
  Descriptor file_;
};

// Writes a file, and its directory, unless it holds the text already. Throws Error.
void write_if_changed(const std::filesystem::path& file, std::string_view text);

// A file's identity: any edit, replacement or backdated copy changes it.
struct FileStamp {
  std::int64_t modified_ns = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t inode = 0;

  bool operator==(const FileStamp&) const = default;
};

// Throws Error when the file cannot be looked at.
FileStamp stamp_of(const std::filesystem::path& file);

// The prefix of variables that fill labels which recipes leave empty.
inline constexpr std::string_view k_label_variable = "ASSAY_LABEL_";

// The environment variables that cases depend on, sorted by name.
std::vector<std::pair<std::string, std::string>> relevant_environment();

// Removes what CTest remembers of failed and interrupted cases in a directory where it ran: it
// remembers numbers, so that `ctest --rerun-failed` would run the wrong ones once the cases have
// changed. Without its memory it runs all.
void remove_memory_by_number(const std::filesystem::path& ctest_directory);

// One recipe file as it was read last.
struct CachedRecipe {
  std::filesystem::path file;
  std::string test_directory;  // below the discovery's directory
  FileStamp stamp;
  std::vector<std::string> names;       // of its cases, all of them
  std::vector<std::string> duplicates;  // those of them that another file's case has too
  std::vector<std::string> builds;      // that it defines
  std::vector<std::string> needs;       // builds that its cases need, parents included
  bool is_red = false;                  // it has a red case of its own
  bool uses_gpus = false;
};

struct DiscoveryCache {
  std::string signature;     // of everything else that the files depend on
  std::string filter_error;  // of a path that no product has
  std::string list;          // digest of the names of all cases
  std::string prefix;        // before each name
  std::string earlier;       // what the caches of earlier calls were
  std::string builds;        // what cases depend on of all builds
  int gpus = 0;              // of this machine, where a recipe uses any
  std::vector<CachedRecipe> recipes;

  const CachedRecipe* find(const std::filesystem::path& file) const;
};

// An empty cache when there is none, or one that this version cannot read.
DiscoveryCache read_discovery_cache(const std::filesystem::path& file);
void write_discovery_cache(const DiscoveryCache& cache, const std::filesystem::path& file);

}  // namespace assay
