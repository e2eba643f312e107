// A row of the history for tests.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "../model/sample_record.h"
#include "history/history.h"

namespace assay::test {

inline HistoryRow row_of(const std::string& name, Verdict verdict, int hour = 1) {
  // What a history keeps for its rows.
  static std::set<std::string> texts;
  static const std::vector<std::pair<std::string, std::string>> labels{{"model", "digits"}};
  HistoryRow row;
  row.key = *texts.insert("recipe/" + name).first;
  row.run_id = "r1";
  row.created = at("2026-11-21T00:00:00.000Z") + std::chrono::hours(hour);
  row.verdict = verdict;
  row.launcher = "local";
  row.labels = labels;
  row.queue_seconds = 1;
  row.run_seconds = 10;
  row.total_seconds = 12;
  row.summary = "why";
  row.git_commit = *texts.insert("commit" + std::to_string(hour)).first;
  return row;
}

}  // namespace assay::test
