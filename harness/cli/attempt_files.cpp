#include "cli/attempt_files.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "driver/run_identity.h"
#include "launch/exit_file.h"

namespace assay {

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> directories_in(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (at->is_directory(ignored)) found.push_back(at->path());
  }
  return found;
}

// A case's name may be the product's with a prefix before it.
bool is_named(const std::string& directory, const std::string& name) {
  return directory == name ||
         (directory.ends_with(name) && directory[directory.size() - name.size() - 1] == '.');
}

struct Newest {
  fs::path path;
  long long number = 0;
  fs::file_time_type time;
};

// The attempt of the highest number; attempts of several runs compare by when they were begun.
std::optional<Newest> last_attempt(const fs::path& case_directory) {
  std::optional<Newest> newest;
  for (const auto& path : directories_in(case_directory)) {
    const auto number = parse_integer(path.filename().string());
    if (!number || (newest && newest->number >= *number)) continue;
    std::error_code error;
    // Written once, when the attempt begins.
    auto time = fs::last_write_time(path / "script.sh", error);
    if (error) time = fs::last_write_time(path, error);
    newest = Newest{path, *number, time};
  }
  return newest;
}

}  // namespace

fs::path newest_attempt(const fs::path& work_dir, const std::string& key,
                        const std::string& run_id) {
  const auto name = file_name_of(key.substr(key.find('/') + 1));
  const auto runs =
      run_id.empty() ? directories_in(work_dir) : std::vector<fs::path>{work_dir / run_id};
  std::optional<Newest> newest;
  std::vector<std::string> names;
  for (const auto& run : runs) {
    for (const auto& path : directories_in(run)) {
      const auto directory = path.filename().string();
      names.push_back(directory);
      if (!is_named(directory, name)) continue;
      const auto last = last_attempt(path);
      if (last && (!newest || last->time > newest->time)) newest = last;
    }
  }
  if (newest) return newest->path;
  throw InputError({}, "no attempt of '" + key + "' in " +
                           (run_id.empty() ? work_dir : work_dir / run_id).string() +
                           did_you_mean(name, names));
}

bool has_ended(const fs::path& attempt) {
  std::error_code error;
  return fs::exists(attempt / k_exit_file, error) || fs::exists(attempt / "record.json", error);
}

}  // namespace assay
