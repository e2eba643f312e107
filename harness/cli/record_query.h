// Which records a command is about: options shared by `results`, `diff`, `history` and others.
#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "history/history.h"
#include "recipe/filter.h"

namespace assay {

// "2w", "12h", "1M", "1y" before `now`, or a date and time (UTC) as "2026-11-21T15:00". Throws
// InputError that names `option`.
TimePoint parse_period(const std::string& text, TimePoint now, const std::string& option);

// --history: which file.
struct HistoryOptions {
  std::string file;

  void add_to(CliCommand command);

  // The flag's, else the environment's, else that of the site (`site`: a --site given beside it).
  std::filesystem::path path(const std::string& site = {}) const;

  // Throws InputError when there is no such history.
  History open(const std::string& site = {}) const;
};

struct RecordQueryOptions {
  std::vector<std::string> keys;  // keys or names of cases
  std::string run_id;
  std::string pipeline_id;
  std::string branch;
  std::string git_commit;
  std::string reference;
  std::string job_id;
  std::string launcher;
  std::string model;
  std::string verdict;
  std::vector<std::string> labels;
  std::string filter;
  std::string since;
  std::string until;
  bool all = false;
  std::size_t limit = 0;

  void add_to(CliCommand command);

  // What the history is asked. Where nothing says which runs, the newest run (of the branch).
  History::Query query(const History& history, TimePoint now) const;
};

// The rows of a query, newest first, that match the keys and the filter expression as well.
// Throws InputError for a key that the history does not have, and
// for a path in the filter that none of the records has.
std::vector<HistoryRow> select_rows(const History& history, const RecordQueryOptions& options,
                                    TimePoint now);

// The same as whole records.
std::vector<Record> select_records(const History& history, const RecordQueryOptions& options,
                                   TimePoint now);

// Says that no record matches, and which names of the query the history does not have.
std::string no_record_text(const HistoryOptions& file, const History& history,
                           const RecordQueryOptions& options);

}  // namespace assay
