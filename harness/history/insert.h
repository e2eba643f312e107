// Records into tables.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/record.h"

namespace assay::detail {

// Prepared once per connection. Every call belongs into a transaction; after a rollback the
// inserter is of no more use.
class Inserter {
 public:
  explicit Inserter(SQLite::Database& database);

  // `json` is the record as one line; it replaces a record of the same run, key and time.
  void insert(const Record& record, const std::string& json);

 private:
  std::int64_t word(const std::string& text);
  std::int64_t label_set(const Record& record);
  std::int64_t insert_row(const Record& record, std::int64_t key);
  void insert_values(const Record& record, std::int64_t key, std::int64_t id);
  void insert_jobs(const Record& record, std::int64_t id);
  void insert_nodes(const Record& record, std::int64_t id);
  void remove_old(const Record& record, std::int64_t run, std::int64_t key);
  // A record of the key came into or left a run and a pipeline: turns round those marks of being
  // superseded, of the set or of the unset ones, that are wrong now.
  void turn_marks(std::int64_t key, std::int64_t run, std::optional<std::int64_t> pipeline,
                  bool are_set);

  SQLite::Database& database_;
  SQLite::Statement find_word_;
  SQLite::Statement add_word_;
  SQLite::Statement find_record_;
  SQLite::Statement add_record_;
  SQLite::Statement add_body_;
  SQLite::Statement add_value_;
  SQLite::Statement add_label_;
  SQLite::Statement add_job_;
  SQLite::Statement add_node_;
  SQLite::Statement turn_mark_;
  std::unordered_map<std::string, std::int64_t> words_;
};

// Takes a record out of all tables.
void remove_record(SQLite::Database& database, std::int64_t id);

// Whether record `r` is superseded: by a later one of its key and launcher in the same run or
// pipeline. A rerun's pipeline is the run's, or the run itself where it was of none.
inline constexpr const char* k_is_superseded =
    "(EXISTS (SELECT 1 FROM record n WHERE n.run = r.run AND n.key = r.key AND "
    "n.created > r.created AND n.launcher = r.launcher) OR "
    "EXISTS (SELECT 1 FROM record n WHERE n.pipeline = coalesce(r.pipeline, r.run) AND "
    "n.key = r.key AND n.created > r.created AND n.launcher = r.launcher))";

}  // namespace assay::detail
