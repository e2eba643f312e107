// A row of the history for tests.
#pragma once

#include "../model/sample_record.h"
#include "history/history.h"

namespace assay::test {

inline HistoryRow row_of(const std::string& name, Verdict verdict, int hour = 1) {
  HistoryRow row;
  row.key = "recipe/" + name;
  row.run_id = "r1";
  row.created = at("2026-11-21T00:00:00.000Z") + std::chrono::hours(hour);
  row.verdict = verdict;
  row.launcher = "local";
  row.labels = {{"model", "digits"}};
  row.queue_seconds = 1;
  row.run_seconds = 10;
  row.total_seconds = 12;
  row.summary = "why";
  row.git_commit = "commit" + std::to_string(hour);
  return row;
}

}  // namespace assay::test
