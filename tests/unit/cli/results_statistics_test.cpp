#include "cli/results_statistics.h"

#include <gmock/gmock.h>

#include "sample_row.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using test::row_of;

TEST(ResultsStatistics, CountTimesRatesAndTheSlowest) {
  auto slow = row_of("slow", Verdict::failed);
  slow.run_seconds = 30;
  slow.job_seconds = 60;  // of two attempts
  slow.gpus = 8;
  const std::vector<HistoryRow> rows{row_of("a", Verdict::passed), slow,
                                     row_of("skipped", Verdict::skipped)};
  const auto text = statistics_text(rows);
  EXPECT_THAT(text, HasSubstr("run      40.0 s  20.0 s  20.0 s  10.0 s  30.0 s\n"));
  EXPECT_THAT(text, HasSubstr("digits  1       2   50.0 %\n"));
  EXPECT_THAT(text, HasSubstr("Slowest\n  30.0 s  slow\n  10.0 s  a\n"));
  EXPECT_THAT(text, HasSubstr("GPU-hours: 0.13\n"));
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

TEST(ResultsStatistics, AnotherLaunchersVerdictIsNoChange) {
  auto elsewhere = row_of("a", Verdict::failed, 2);
  elsewhere.launcher = "dgxa100";
  const std::vector<HistoryRow> rows{row_of("a", Verdict::passed, 3), elsewhere};
  EXPECT_THAT(statistics_text(rows), Not(HasSubstr("Flakiest")));
}

TEST(FailingCases, AreTheLongestFailingOfTheNewestRecords) {
  const std::vector<HistoryRow> rows{
      row_of("a", Verdict::failed, 5), row_of("b", Verdict::failed, 5),
      row_of("c", Verdict::passed, 5), row_of("c", Verdict::failed, 4),
      row_of("d", Verdict::failed, 3)};
  const auto since = [](const HistoryRow& row) {
    const int hour = row.key == "recipe/b" ? 1 : 2;
    return FailingSince{hour, row_of("x", Verdict::failed, hour).created,
                        "commit" + std::to_string(hour), "good"};
  };
  const auto cases = failing_cases(rows, since, 2);
  ASSERT_EQ(cases.size(), 2U);
  EXPECT_EQ(cases[0].key, "recipe/b");
  EXPECT_EQ(cases[1].key, "recipe/a");
  EXPECT_EQ(failing_text(cases),
            "\nLongest failing\n"
            "  1 record since 2026-11-21 01:00  b, first bad commit commit1, passed with good\n"
            "  2 records since 2026-11-21 02:00  a, first bad commit commit2, passed with good\n");
}

TEST(BadNodes, FailMoreThanChanceExplains) {
  EXPECT_THAT(bad_nodes({{"n1", {50, 1}}, {"n2", {50, 2}}, {"n3", {50, 1}}}), IsEmpty());
  const auto bad = bad_nodes({{"n1", {50, 1}}, {"n2", {50, 20}}, {"n3", {50, 1}}});
  ASSERT_EQ(bad.size(), 1U);
  EXPECT_EQ(bad[0].name, "n2");
  EXPECT_EQ(nodes_text(bad),
            "\nNodes that fail more than their share\n"
            "  n2: 20 of 50 attempts failed (40 %), elsewhere 2 of 100 (2 %)\n");
}

TEST(BadNodes, NeedEnoughToSpeak) {
  EXPECT_THAT(bad_nodes({{"n1", {2, 2}}, {"n2", {100, 0}}}), IsEmpty());  // two failures
  EXPECT_THAT(bad_nodes({{"n1", {9, 9}}}), IsEmpty());                    // nothing beside it
  EXPECT_THAT(bad_nodes({{"n1", {4, 4}}, {"n2", {2, 0}}}), IsEmpty());    // too little beside it
  EXPECT_THAT(bad_nodes({{"n1", {9, 9}}, {"n2", {9, 9}}}), IsEmpty());    // all the same
}

}  // namespace
}  // namespace assay
