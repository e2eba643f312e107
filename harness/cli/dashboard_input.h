// Where `assay dashboard` takes its records from: the history, or a directory of record files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "history/history.h"
#include "report/dashboard.h"

namespace assay {

class DashboardInput {
 public:
  virtual ~DashboardInput() = default;

  // Adds the records that came since the last call, and the curves of those whose logs still lie
  // where the record says. Returns how many came.
  std::size_t add_new(Dashboard& dashboard);

  // How many records could not be read; each was said on stderr.
  int unreadable() const { return unreadable_; }
  // Where it looks, for messages.
  virtual std::string name() const = 0;

 protected:
  virtual std::size_t add_records(Dashboard& dashboard) = 0;
  // A record that cannot be read is said and left out: the others still make a page.
  void add(Dashboard& dashboard, const std::string& what, std::string_view json);

 private:
  int unreadable_ = 0;
};

// The record.json files below a directory, or a file of JSON lines, as `assay history export`
// writes it. Throws InputError when there is neither.
std::unique_ptr<DashboardInput> records_at(const std::filesystem::path& path);

// The last days of a history file, which need not exist yet.
std::unique_ptr<DashboardInput> records_of_history(const std::filesystem::path& file, int days);

}  // namespace assay
