// Which drivers run: each leaves a mark in its product's directory while it
// does.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/process.h"

namespace assay {

struct RunningDriver {
  ProcessInfo process;
  std::string key;
  std::string run_id;
  std::string attempt_directory;  // the newest

  // By key, or by a key without its type; empty: any.
  bool matches(const std::string& wanted_key, const std::string& wanted_run) const;
};

// The file `driver` in <work_dir>/<run id>/<case>, there while this object is.
class RunningMark {
 public:
  RunningMark() = default;
  RunningMark(const RunningMark&) = delete;
  RunningMark& operator=(const RunningMark&) = delete;
  ~RunningMark();

  // Writes it, or writes it anew. Throws Error.
  void set(const std::filesystem::path& product_directory, const std::string& key,
           const std::string& run_id, const std::string& attempt_directory);

 private:
  std::filesystem::path file_;
};

// The drivers whose marks lie below the work directory and whose processes live
// on this host.
std::vector<RunningDriver> running_drivers(const std::filesystem::path& work_dir);

// Asks the driver to end its job and record that. False when it has ended
// meanwhile.
bool stop_driver(const RunningDriver& driver);

}  // namespace assay
