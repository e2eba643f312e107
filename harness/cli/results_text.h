// What `assay results` prints: text made of rows and records, nothing read but a job's own script.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "cli/table.h"
#include "history/history.h"

namespace assay {

// One line per row. Verbosity 1 adds durations, 2 where and what it ran (job, launcher, GPU,
// branch, commit); the run and the time stand there where rows are of several runs.
Table results_table(std::span<const HistoryRow> rows, int verbosity);

// The same for programs: every column, times in seconds, nothing shortened.
Table results_data(std::span<const HistoryRow> rows);

// "12 cases: 10 passed, 1 failed (1 excused), 1 errored".
std::string counts_line(std::span<const HistoryRow> rows);

// The script, the image, the job ids and the logs' places of a case that did not pass.
std::string failure_details(const Record& record);

// Total, mean, median, min and max of the times, pass rates by model, the slowest and the flakiest
// cases, GPU-hours.
std::string statistics_text(std::span<const HistoryRow> rows);

// A case that fails now: since when, and with which commit it began.
struct FailingCase {
  std::string key;
  int runs = 0;               // in a row
  TimePoint since{};          // of the first of them
  std::string first_commit;   // that it failed with
  std::string passed_commit;  // the last one that it passed with; empty when none is known
};

// The failing cases of `rows`, longest first; `past` gives all rows of one of them, newest first.
std::vector<FailingCase> failing_cases(
    std::span<const HistoryRow> rows,
    const std::function<std::vector<HistoryRow>(const HistoryRow& row)>& past, std::size_t most);

std::string failing_text(std::span<const FailingCase> cases);

// 0 all passed or were excused or skipped, 1 one failed, 3 one errored and none failed, or there
// are no rows: what a script asks of a run.
int status_of(std::span<const HistoryRow> rows);

}  // namespace assay
