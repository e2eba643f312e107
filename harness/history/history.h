// The history of all records: SQLite, appended by every driver at the end of its case.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

// What a table needs of a record, without reading the whole of it.
struct HistoryRow {
  std::int64_t id = 0;  // within this file
  TimePoint created{};
  std::string run_id;
  std::string key;
  std::string launcher;
  std::string gpu_model;
  std::string branch;
  std::string pipeline_id;
  std::string git_commit;
  std::string job_id;  // of the deciding attempt
  std::vector<std::pair<std::string, std::string>> labels;
  Verdict verdict = Verdict::errored;
  bool allowed_failure = false;
  bool quarantined = false;
  bool flaky = false;  // it passed, but not at its first attempt
  int gpus = 0;        // of all nodes
  double queue_seconds = 0;
  double run_seconds = 0;
  double total_seconds = 0;  // from creation to end
  std::string summary;
};

struct HistoryValue {
  std::int64_t record = 0;  // HistoryRow::id
  std::string metric;
  double value = 0;
};

class History {
 public:
  // SQLite's write-ahead log needs memory that all writers share, which network file systems do not
  // have: there appending only leaves the record's file, and readers merge.
  enum class Storage { detect, local, network };

  // Nothing is opened before it is needed, so that a record can be kept whatever the file's state.
  explicit History(const std::filesystem::path& file, Storage storage = Storage::detect);
  History(History&&) noexcept;
  History& operator=(History&&) noexcept;
  History(const History&) = delete;
  History& operator=(const History&) = delete;
  ~History();

  // When this returns, the record is kept: in the file, or, where another writer is at work, in the
  // directory `<file>.pending`, which that writer, the next one or the next reader takes in. A
  // record of the same run, key and creation time replaces itself. Throws Error when the file
  // cannot be written (a newer schema, a full disk); the record lies in `<file>.pending` then, too,
  // unless the message says otherwise.
  void append(const Record& record);

  struct Query {
    std::string run_id{};  // empty: any
    std::string key{};
    std::string model{};  // label model=...
    std::string branch{};
    std::string pipeline_id{};
    std::string launcher{};
    std::string job_id{};
    std::string git_commit{};                                   // its beginning is enough
    std::vector<std::pair<std::string, std::string>> labels{};  // all of them
    std::optional<Verdict> verdict{};
    std::optional<TimePoint> since{};
    std::optional<TimePoint> until{};  // exclusive
    std::int64_t after_id = 0;         // only what was taken in after this record of this file
    bool all = false;                  // else only the newest per run or pipeline, key and launcher
    std::size_t limit = 0;             // 0: no limit; the newest count
  };
  // Newest first. A file that does not exist has no records.
  std::vector<Record> find(const Query& query) const;
  std::vector<HistoryRow> rows(const Query& query) const;

  // The JSON of every record, on one line, without making a Record of it: in no order, and valid
  // only during the call. For whoever reads hundreds of thousands.
  void visit(const Query& query,
             const std::function<void(std::int64_t id, std::string_view json)>& visitor) const;

  // The whole record of a row; nothing when it was pruned since.
  std::optional<Record> record(std::int64_t id) const;

  // Every metric of every record of a key, oldest first.
  std::vector<HistoryValue> values(const std::string& key) const;

  // The run id of the newest record (of a branch, where one is given); empty when there is none.
  std::string newest_run(const std::string& branch = {}) const;

  // Every key, label "name=value", run id, branch there is, sorted: for completion and messages.
  std::vector<std::string> keys() const;
  std::vector<std::string> labels() const;
  std::vector<std::string> runs() const;  // newest first

  // One metric of one series (key, launcher, GPU model) over earlier passing records of a branch,
  // oldest first, at most the newest `limit` ones.
  std::vector<HistoryPoint> passing_series(const std::string& key, const std::string& launcher,
                                           const std::string& gpu_model, const std::string& branch,
                                           const std::string& metric, std::size_t limit) const;

  // Takes out records created before `before` and says how many; the file shrinks by vacuum().
  std::size_t prune(TimePoint before);
  void vacuum();

  // Everything that is wrong with the file and with what waits beside it; empty: all is well.
  std::vector<std::string> check() const;

  // JSON lines, oldest first. Both return how many records.
  std::size_t export_lines(std::ostream& out, const Query& query) const;
  // Throws InputError that names the line that is no record; those before it are in.
  std::size_t import_lines(std::istream& in, const std::string& name);

 private:
  struct Database;
  std::unique_ptr<Database> database_;
};

}  // namespace assay
