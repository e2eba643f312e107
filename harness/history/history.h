// The history of all records: SQLite, appended by every driver at the end of its case.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/record.h"

namespace assay {

struct HistoryPoint {
  TimePoint created{};
  std::string run_id;
  std::string git_commit;
  Verdict verdict = Verdict::passed;
  double value = 0;
};

class History {
 public:
  // Opens or creates the file (WAL); migrates an older schema, refuses a newer one by Error.
  explicit History(const std::filesystem::path& file);
  History(History&&) noexcept;
  History& operator=(History&&) noexcept;
  History(const History&) = delete;
  History& operator=(const History&) = delete;
  ~History();

  // One transaction: the record is in whole or not at all. A record of the same run, key and
  // creation time replaces itself.
  void append(const Record& record);

  struct Query {
    std::string run_id;  // empty: any
    std::string key;
    std::string model;  // label model=...
    std::string branch;
    std::string pipeline_id;
    std::optional<Verdict> verdict;
    std::optional<TimePoint> since;
    std::optional<TimePoint> until;
    bool all = false;       // else only the newest record per run and key
    std::size_t limit = 0;  // 0: no limit; the newest count
  };
  // Newest first.
  std::vector<Record> find(const Query& query) const;

  // The run id of the newest record; empty when there is none.
  std::string newest_run() const;

  // One metric of one series (key, launcher, GPU model) over earlier passing records of a branch,
  // oldest first, at most the newest `limit` ones.
  std::vector<HistoryPoint> passing_series(const std::string& key, const std::string& launcher,
                                           const std::string& gpu_model, const std::string& branch,
                                           const std::string& metric, std::size_t limit) const;

 private:
  struct Database;
  std::unique_ptr<Database> database_;
};

}  // namespace assay
