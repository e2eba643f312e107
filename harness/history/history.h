// The history of all records: SQLite, appended by every driver at the end of its case.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <span>
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

// What a table needs of a record, without reading the whole of it. The views are of texts that many
// records share; the history keeps them, so they end with it.
struct HistoryRow {
  std::int64_t id = 0;  // within this file
  TimePoint created{};
  std::string_view run_id;
  std::string_view key;
  std::string_view launcher;
  std::string_view gpu_model;
  std::string_view branch;
  std::string_view pipeline_id;
  std::string_view git_commit;
  std::span<const std::pair<std::string, std::string>> labels;
  std::string job_id;  // of the deciding attempt
  Verdict verdict = Verdict::errored;
  bool allowed_failure = false;
  bool quarantined = false;
  bool flaky = false;  // it passed, but not at its first attempt
  int gpus = 0;        // of all nodes
  double queue_seconds = 0;
  double run_seconds = 0;
  double total_seconds = 0;  // from creation to end
  double job_seconds = 0;    // of all attempts together
  std::string summary;
  std::int64_t parameters = 0;  // equal numbers mean equal parameters; 0: not known
};

struct HistoryValue {
  std::int64_t record = 0;  // HistoryRow::id
  std::string_view metric;  // the history's, as a row's texts
  double value = 0;
};

// Since when a failing case has failed.
struct FailingSince {
  int records = 0;            // failed ones, in a row
  TimePoint since{};          // of the first of them
  std::string first_commit;   // that it failed with
  std::string passed_commit;  // the last one that it passed with; empty when none is known
};

// Attempts that a node took part in.
struct NodeTally {
  int attempts = 0;
  int failed = 0;
};

// What is known of a case before it runs again on a launcher.
struct CasePast {
  std::string key;
  Verdict verdict = Verdict::errored;  // of its newest record that was not skipped
  TimePoint created{};                 // of that record
  std::string recipe_digest;           // of that record
  int runs = 0;                        // records that passed or failed, the newest at most 20
  double job_seconds = 0;              // their mean
};

// Used by one thread at a time; a visitor asks the history that it visits nothing.
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
    std::string run_id{};  // empty: any; a pipeline's id means its runs, a run's id its reruns, too
    std::string key{};
    std::string model{};  // label model=...
    std::string branch{};
    std::string pipeline_id{};
    std::string launcher{};
    std::string job_id{};
    std::string git_commit{};                                   // its beginning is enough
    std::string reference{};                                    // a branch, or as git_commit
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
  std::vector<HistoryRow> rows(const Query& query) const&;
  std::vector<HistoryRow> rows(const Query& query) const&& = delete;  // their texts would be gone

  // The JSON of every record, on one line, without making a Record of it: in no order, and valid
  // only during the call. For whoever reads hundreds of thousands.
  void visit(const Query& query,
             const std::function<void(std::int64_t id, std::string_view json)>& visitor) const;

  // The whole record of a row; nothing when it was pruned since.
  std::optional<Record> record(std::int64_t id) const;

  // The JSON of these rows' records as it was written, each on one line, in their order; valid only
  // during the call. What was pruned since is left out.
  void visit(std::span<const HistoryRow> rows,
             const std::function<void(std::string_view json)>& visitor) const;

  // The parameters that HistoryRow::parameters stands for.
  std::vector<std::pair<std::string, Value>> parameters(std::int64_t number) const;

  // The run id of the newest record (of a branch, where one is given), or the id of the pipeline
  // that it belongs to: what Query::run_id takes. Empty when there is none.
  std::string newest_run(const std::string& branch = {}) const;

  // Every key, label "name=value", run id, branch, pipeline there is, sorted: for completion and
  // messages.
  std::vector<std::string> keys() const;
  std::vector<std::string> labels() const;
  std::vector<std::string> branches() const;
  std::vector<std::string> launchers() const;
  std::vector<std::string> pipelines() const;
  std::vector<std::string> runs() const;  // newest first

  // Of the series (key, launcher, GPU model) and branch of a failing row.
  FailingSince failing_since(const HistoryRow& row) const;

  // By node, over the attempts of these rows.
  std::map<std::string, NodeTally> nodes(std::span<const HistoryRow> rows) const;

  // Every metric of these rows, in their order.
  std::vector<HistoryValue> values(std::span<const HistoryRow> rows) const&;
  std::vector<HistoryValue> values(std::span<const HistoryRow> rows) const&& = delete;

  // Those of the keys that have records on the launcher.
  std::vector<CasePast> past(std::span<const std::string> keys, const std::string& launcher) const;

  // One metric of one series (key, launcher, GPU model) over earlier passing records of a branch,
  // oldest first, at most the newest `limit` ones.
  std::vector<HistoryPoint> passing_series(const std::string& key, const std::string& launcher,
                                           const std::string& gpu_model, const std::string& branch,
                                           const std::string& metric, std::size_t limit) const;

  // Takes out records created before `before` and says how many; the file shrinks by vacuum(). What
  // killed writers left half written beside the file goes, too.
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
