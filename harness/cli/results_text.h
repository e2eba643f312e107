// What `assay results` prints: text made of rows and records, nothing read but a job's own script.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/table.h"
#include "history/history.h"

namespace assay {

namespace detail {

std::string_view name_of(std::string_view key);  // without its type
std::string duration_text(double seconds);       // "4 min 10 s"
std::string minute_of(TimePoint time);           // "2026-11-21 06:27"

}  // namespace detail

// One line per row. Verbosity 1 adds durations, 2 where and what it ran (job, launcher, GPU,
// branch, commit); the run and the time stand there where rows are of several runs.
Table results_table(std::span<const HistoryRow> rows, int verbosity);

// The same for programs: every column and every metric, times in seconds, nothing shortened. The
// values are in the order of the rows.
Table results_data(std::span<const HistoryRow> rows, std::span<const HistoryValue> values);

// "12 cases: 10 passed, 1 failed (1 excused), 1 errored".
std::string counts_line(std::span<const HistoryRow> rows);

// The script, the image (and how it is made, where that is known: `image_origin`), the job ids and
// the logs' places of a case that did not pass.
std::string failure_details(const Record& record, const std::string& image_origin = {});

// 0 all passed or were excused or skipped, 1 one failed, 3 one errored and none failed, or there
// are no rows: what a script asks of a run.
int status_of(std::span<const HistoryRow> rows);

}  // namespace assay
