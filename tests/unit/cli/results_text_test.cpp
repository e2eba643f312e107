#include "cli/results_text.h"

#include <gmock/gmock.h>

#include "../model/sample_record.h"
#include "../temporary_directory.h"
#include "base/files.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

HistoryRow row_of(const std::string& name, Verdict verdict, int hour = 1) {
  HistoryRow row;
  row.key = "recipe/" + name;
  row.run_id = "r1";
  row.created = test::at("2026-11-21T00:00:00.000Z") + std::chrono::hours(hour);
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

TEST(ResultsTable, ShowsMoreTheMoreIsAsked) {
  const std::vector<HistoryRow> rows{row_of("a", Verdict::passed)};
  EXPECT_THAT(results_table(rows, 0).columns, ElementsAre("VERDICT", "CASE", "SUMMARY"));
  EXPECT_THAT(results_table(rows, 0).rows[0], ElementsAre("passed", "a", "why"));
  EXPECT_THAT(results_table(rows, 1).rows[0],
              ElementsAre("passed", "a", "1.0 s", "10.0 s", "12.0 s", "why"));
  EXPECT_THAT(results_table(rows, 2).columns, testing::Contains("COMMIT"));
}

TEST(ResultsTable, NamesTheRunWhereThereAreSeveral) {
  std::vector<HistoryRow> rows{row_of("a", Verdict::passed, 1), row_of("a", Verdict::failed, 2)};
  rows[1].run_id = "r2";
  EXPECT_THAT(results_table(rows, 0).rows[1],
              ElementsAre("failed", "2026-11-21 02:00", "r2", "a", "why"));
}

TEST(ResultsTable, MarksExcusedAndFlakyCases) {
  auto row = row_of("a", Verdict::failed);
  row.quarantined = true;
  EXPECT_EQ(results_table(std::vector{row}, 0).rows[0][0], "failed (quarantined)");
  row.quarantined = false;
  row.allowed_failure = true;
  EXPECT_EQ(results_table(std::vector{row}, 0).rows[0][0], "failed (allowed)");
  row.verdict = Verdict::passed;
  row.flaky = true;
  EXPECT_EQ(results_table(std::vector{row}, 0).rows[0][0], "passed (flaky)");
}

TEST(ResultsData, HasARowsWholeContentInPlainForms) {
  const auto table = results_data(std::vector{row_of("a", Verdict::passed)});
  EXPECT_THAT(table.rows[0], ElementsAre("recipe/a", "passed", "false", "false", "false", "r1", "",
                                         "2026-11-21T01:00:00.000Z", "local", "", "0", "", "",
                                         "commit1", "1", "10", "12", "why"));
  EXPECT_EQ(table.columns.size(), table.rows[0].size());
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

TEST(ResultsStatistics, CountTimesRatesAndTheSlowest) {
  auto slow = row_of("slow", Verdict::failed);
  slow.run_seconds = 30;
  slow.gpus = 8;
  const std::vector<HistoryRow> rows{row_of("a", Verdict::passed), slow,
                                     row_of("skipped", Verdict::skipped)};
  const auto text = statistics_text(rows);
  EXPECT_THAT(text, HasSubstr("run      40.0 s  20.0 s  20.0 s  10.0 s  30.0 s\n"));
  EXPECT_THAT(text, HasSubstr("digits  1       2   50.0 %\n"));
  EXPECT_THAT(text, HasSubstr("Slowest\n  30.0 s  slow\n  10.0 s  a\n"));
  EXPECT_THAT(text, HasSubstr("GPU-hours: 0.07\n"));
  EXPECT_THAT(text, Not(HasSubstr("Flakiest")));
}

TEST(ResultsStatistics, ACaseWhoseVerdictChangesIsFlaky) {
  auto retried = row_of("b", Verdict::passed, 3);
  retried.flaky = true;
  const std::vector<HistoryRow> rows{row_of("a", Verdict::passed, 3),
                                     row_of("a", Verdict::failed, 2),
                                     row_of("a", Verdict::passed, 1), retried};
  EXPECT_THAT(statistics_text(rows), HasSubstr("  2 of 3  a\n  1 of 1  b\n"));
}

TEST(FailingCases, SayWhenAndWithWhichCommitItBegan) {
  const std::vector<HistoryRow> past{
      row_of("a", Verdict::failed, 5), row_of("a", Verdict::errored, 4),
      row_of("a", Verdict::failed, 3), row_of("a", Verdict::passed, 2),
      row_of("a", Verdict::failed, 1)};
  const std::vector<HistoryRow> rows{past.front(), row_of("b", Verdict::passed, 5)};
  const auto cases = failing_cases(
      rows, [&](const HistoryRow&) { return past; }, 10);
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_EQ(cases[0].runs, 2);
  EXPECT_EQ(cases[0].first_commit, "commit3");
  EXPECT_EQ(cases[0].passed_commit, "commit2");
  EXPECT_THAT(failing_text(cases), HasSubstr("2 runs since 2026-11-21 03:00  a, first bad commit "
                                             "commit3, passed with commit2\n"));
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
  EXPECT_THAT(text, HasSubstr("attempt 1: job 4711 on node01, killed by signal 11 (SIGSEGV)"));
  EXPECT_THAT(text, HasSubstr("log: " + record.logs[0] + "\n"));
  EXPECT_THAT(text, HasSubstr("    line 40\n    ... 10 more lines in "));
  std::filesystem::remove(directory.path() / "script.sh");
  EXPECT_THAT(failure_details(record), HasSubstr("script.sh (no longer there)"));
}

}  // namespace
}  // namespace assay
