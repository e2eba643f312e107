#include "cli/results_text.h"

#include <gmock/gmock.h>

#include "../model/sample_record.h"
#include "../temporary_directory.h"
#include "base/files.h"
#include "sample_row.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using test::row_of;

std::vector<std::string> cells_of(const Table& table, std::size_t row) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < table.columns().size(); ++i) out.emplace_back(table.cell(row, i));
  return out;
}

TEST(ResultsTable, ShowsMoreTheMoreIsAsked) {
  const std::vector<HistoryRow> rows{row_of("a", Verdict::passed)};
  EXPECT_THAT(results_table(rows, 0).columns(), ElementsAre("VERDICT", "CASE", "SUMMARY"));
  EXPECT_THAT(cells_of(results_table(rows, 0), 0), ElementsAre("passed", "a", "why"));
  EXPECT_THAT(cells_of(results_table(rows, 1), 0),
              ElementsAre("passed", "a", "1.0 s", "10.0 s", "12.0 s", "why"));
  EXPECT_THAT(results_table(rows, 2).columns(), testing::Contains("COMMIT"));
}

TEST(ResultsTable, NamesTheRunWhereThereAreSeveral) {
  std::vector<HistoryRow> rows{row_of("a", Verdict::passed, 1), row_of("a", Verdict::failed, 2)};
  rows[1].run_id = "r2";
  EXPECT_THAT(cells_of(results_table(rows, 0), 1),
              ElementsAre("failed", "2026-11-21 02:00", "r2", "a", "why"));
}

TEST(ResultsTable, MarksExcusedAndFlakyCases) {
  auto row = row_of("a", Verdict::failed);
  row.quarantined = true;
  EXPECT_EQ(results_table(std::vector{row}, 0).cell(0, 0), "failed (quarantined)");
  row.quarantined = false;
  row.allowed_failure = true;
  EXPECT_EQ(results_table(std::vector{row}, 0).cell(0, 0), "failed (allowed)");
  row.verdict = Verdict::passed;
  row.flaky = true;
  EXPECT_EQ(results_table(std::vector{row}, 0).cell(0, 0), "passed (flaky)");
}

TEST(ResultsData, HasARowsWholeContentInPlainForms) {
  auto first = row_of("a", Verdict::passed);
  auto second = row_of("b", Verdict::passed);
  second.id = 1;
  const std::vector<HistoryValue> values{{0, "val_loss", 2.5}, {1, "accuracy", 0.75}};
  const auto table = results_data(std::vector{first, second}, values);
  EXPECT_THAT(cells_of(table, 0), ElementsAre("recipe/a", "passed", "false", "false", "false", "r1",
                                              "", "2026-11-21T01:00:00.000Z", "local", "", "0", "",
                                              "", "commit1", "1", "10", "12", "why", "", "2.5"));
  EXPECT_EQ(table.cell(1, table.columns().size() - 2), "0.75");
  EXPECT_EQ(table.columns().end()[-2], "metric.accuracy");
  EXPECT_EQ(table.row_count(), 2U);
}

TEST(ResultsStatus, IsTheRuns) {
  auto excused = row_of("b", Verdict::failed);
  excused.allowed_failure = true;
  const auto passed = row_of("a", Verdict::passed);
  EXPECT_EQ(status_of(std::vector{passed, excused, row_of("s", Verdict::skipped)}), 0);
  EXPECT_EQ(status_of(std::vector{passed, row_of("c", Verdict::errored)}), 3);
  EXPECT_EQ(status_of(std::vector{row_of("c", Verdict::errored), row_of("d", Verdict::failed)}), 1);
  EXPECT_EQ(status_of({}), 3);
  EXPECT_EQ(counts_line(std::vector{passed, excused}),
            "2 records of run r1: 1 passed, 1 failed (1 excused)\n");
}

TEST(FailureDetails, GiveTheScriptTheImageTheJobsAndTheLogs) {
  const test::TemporaryDirectory directory;
  Record record = test::full_record();
  record.attempts.back().directory = directory.path();
  std::string script;
  for (int i = 1; i <= 50; ++i) script += "line " + std::to_string(i) + "\n";
  write_file_atomically(directory.path() / "script.sh", script);
  const auto text = failure_details(record);
  EXPECT_THAT(text, HasSubstr("image: registry.example.com/esm2:24.01\n"));
  EXPECT_THAT(failure_details(record, "podman pull x"),
              HasSubstr("esm2:24.01\n  made by: podman pull x\n"));
  EXPECT_THAT(text, HasSubstr("again: assay rerun recipe/digits_train_fp32 --run run-1\n"));
  EXPECT_THAT(text, HasSubstr("attempt 1: job 4711 on node01, killed by signal 11 (SIGSEGV)"));
  EXPECT_THAT(text, HasSubstr("log: " + record.logs[0] + "\n"));
  EXPECT_THAT(text, HasSubstr("    line 40\n    ... 10 more lines in "));
  std::filesystem::remove(directory.path() / "script.sh");
  EXPECT_THAT(failure_details(record), HasSubstr("script.sh (no longer there)"));
}

}  // namespace
}  // namespace assay
