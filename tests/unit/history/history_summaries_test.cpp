// What the history says of cases, nodes and names as a whole.
#include <gmock/gmock.h>

#include "../model/sample_record.h"
#include "../temporary_directory.h"
#include "history/history.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class HistorySummaries : public testing::Test {
 protected:
  HistorySummaries() : history_(directory_.path() / "history.sqlite") {}

  static Record record_of(const std::string& run, const std::string& name, int minute,
                          Verdict verdict = Verdict::passed) {
    Record record = test::passed_record();
    record.run_id = run;
    record.key = "recipe/" + name;
    record.name = name;
    record.verdict = verdict;
    record.created = test::at("2026-11-01T00:00:00.000Z") + std::chrono::minutes(minute);
    record.git_commit = "commit" + std::to_string(minute);
    return record;
  }

  std::vector<std::string> found(const History::Query& query) const {
    std::vector<std::string> out;
    for (const auto& row : history_.rows(query)) {
      out.push_back(std::string(row.run_id) + ":" + std::string(row.key.substr(7)));
    }
    return out;
  }

  test::TemporaryDirectory directory_;
  History history_;
};

TEST_F(HistorySummaries, ARerunCountsInPlaceOfWhatItRepeats) {
  history_.append(record_of("nightly", "a", 1, Verdict::failed));
  history_.append(record_of("nightly", "b", 2));
  auto again = record_of("nightly-rerun-1", "a", 3);
  again.pipeline_id = "nightly";  // as `assay rerun` says it of a run that is of no pipeline
  history_.append(again);
  EXPECT_EQ(history_.newest_run(), "nightly");
  EXPECT_THAT(found({.run_id = "nightly"}), ElementsAre("nightly-rerun-1:a", "nightly:b"));
  EXPECT_THAT(found({.run_id = "nightly", .all = true}), SizeIs(3));
  EXPECT_THAT(found({.run_id = "nightly-rerun-1"}), ElementsAre("nightly-rerun-1:a"));
}

TEST_F(HistorySummaries, APipelinesRerunCountsAlso) {
  auto first = record_of("77", "a", 1, Verdict::errored);
  first.pipeline_id = "77";
  auto again = record_of("77-rerun-1", "a", 2);
  again.pipeline_id = "77";
  history_.append(first);
  history_.append(again);
  EXPECT_EQ(history_.newest_run(), "77");
  EXPECT_THAT(found({.run_id = "77"}), ElementsAre("77-rerun-1:a"));
}

TEST_F(HistorySummaries, AReferenceIsABranchOrTheBeginningOfACommit) {
  auto dev = record_of("r1", "a", 1);
  dev.git_branch = "dev*";
  history_.append(dev);
  history_.append(record_of("r1", "b", 2));
  EXPECT_THAT(found({.reference = "dev*"}), ElementsAre("r1:a"));
  EXPECT_THAT(found({.reference = "dev"}), IsEmpty());
  EXPECT_THAT(found({.reference = "commit2"}), ElementsAre("r1:b"));
  EXPECT_THAT(found({.reference = "comm"}), SizeIs(2));
  EXPECT_THAT(found({.git_commit = "*"}), IsEmpty());
}

TEST_F(HistorySummaries, FailingSinceIsTheFirstFailureAfterTheLastPass) {
  history_.append(record_of("r1", "a", 1, Verdict::failed));
  history_.append(record_of("r2", "a", 2));
  history_.append(record_of("r3", "a", 3, Verdict::failed));
  history_.append(record_of("r4", "a", 4, Verdict::errored));  // says nothing of the code
  history_.append(record_of("r5", "a", 5, Verdict::failed));
  auto elsewhere = record_of("r4", "a", 4);
  elsewhere.launcher = "dgxa100";
  history_.append(elsewhere);
  const auto rows = history_.rows({.run_id = "r5"});
  ASSERT_THAT(rows, SizeIs(1));
  const auto since = history_.failing_since(rows[0]);
  EXPECT_EQ(since.records, 2);
  EXPECT_EQ(since.first_commit, "commit3");
  EXPECT_EQ(since.passed_commit, "commit2");
  EXPECT_EQ(since.since, record_of("", "", 3).created);
}

TEST_F(HistorySummaries, ACaseThatNeverPassedHasNoPassedCommit) {
  history_.append(record_of("r1", "a", 1, Verdict::failed));
  const auto since = history_.failing_since(history_.rows({})[0]);
  EXPECT_EQ(since.records, 1);
  EXPECT_EQ(since.passed_commit, "");
}

TEST_F(HistorySummaries, NodesAreTalliedByAttempt) {
  auto record = record_of("r1", "a", 1);
  auto lost = record.attempts[0];
  lost.nodes = {"node01", "node02"};
  lost.class_ = "infra";
  record.attempts.insert(record.attempts.begin(), lost);
  history_.append(record);
  history_.append(record);  // in place of itself
  const auto nodes = history_.nodes(history_.rows({}));
  ASSERT_THAT(nodes, SizeIs(2));
  EXPECT_EQ(nodes.at("node01").attempts, 2);
  EXPECT_EQ(nodes.at("node01").failed, 1);
  EXPECT_EQ(nodes.at("node02").attempts, 1);
  EXPECT_EQ(nodes.at("node02").failed, 1);
  EXPECT_THAT(history_.nodes({}), IsEmpty());
}

TEST_F(HistorySummaries, NodesAreThoseOfTheRowsAsked) {
  for (int i = 0; i < 40; ++i) {
    auto record = record_of("r1", (i % 3 == 0 ? "a" : "b") + std::to_string(i), i);
    record.attempts[0].nodes = {i % 3 == 0 ? "node01" : "node02"};
    if (i > 5 && i < 30) record.run_id = "r2";  // far from each other in the file
    history_.append(record);
  }
  auto rows = history_.rows({.run_id = "r1"});
  std::erase_if(rows, [](const HistoryRow& row) { return !row.key.starts_with("recipe/a"); });
  const auto nodes = history_.nodes(rows);
  ASSERT_THAT(nodes, SizeIs(1));
  EXPECT_EQ(nodes.at("node01").attempts, static_cast<int>(rows.size()));
}

TEST_F(HistorySummaries, ThePastOfACaseIsItsNewestRecordAndItsMeanTime) {
  for (int i = 1; i <= 25; ++i) {
    auto record = record_of("r" + std::to_string(i), "a", i);
    record.recipe_digest = "digest" + std::to_string(i);
    record.run_seconds = i <= 5 ? 1000 : i;
    record.attempts[0].started.reset();
    history_.append(record);
  }
  auto skipped = record_of("r30", "a", 30, Verdict::skipped);
  skipped.recipe_digest = "other";
  history_.append(skipped);
  history_.append(record_of("r31", "b", 31, Verdict::errored));
  const std::vector<std::string> keys{"recipe/a", "recipe/b", "recipe/none"};
  const auto past = history_.past(keys, "local");
  ASSERT_THAT(past, SizeIs(2));
  EXPECT_EQ(past[0].recipe_digest, "digest25");
  EXPECT_EQ(past[0].runs, 20);
  EXPECT_EQ(past[0].job_seconds, (6 + 25) / 2.0);  // of the newest twenty
  EXPECT_EQ(past[1].verdict, Verdict::errored);
  EXPECT_EQ(past[1].runs, 0);
  EXPECT_THAT(history_.past(keys, "dgxa100"), IsEmpty());
}

TEST_F(HistorySummaries, AllAttemptsCost) {
  auto record = record_of("r1", "a", 1);
  record.attempts.push_back(record.attempts[0]);
  for (auto& attempt : record.attempts) attempt.ended = *attempt.started + std::chrono::seconds(30);
  history_.append(record);
  EXPECT_EQ(history_.rows({})[0].job_seconds, 60);
}

TEST_F(HistorySummaries, EqualParametersHaveOneNumber) {
  auto full = test::full_record();
  history_.append(full);
  history_.append(record_of("r1", "a", 1));
  history_.append(record_of("r2", "a", 2));
  const auto rows = history_.rows({});
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[1].parameters, rows[2].parameters);
  EXPECT_NE(rows[0].parameters, rows[1].parameters);
  EXPECT_EQ(history_.parameters(rows[0].parameters), full.parameters);
}

TEST_F(HistorySummaries, NamesAreListed) {
  auto a = record_of("r1", "a", 1);
  a.git_branch = "dev";
  a.pipeline_id = "77";
  history_.append(a);
  auto b = record_of("r2", "b", 2);
  b.launcher = "dgxa100";
  history_.append(b);
  EXPECT_THAT(history_.branches(), ElementsAre("dev", "main"));
  EXPECT_THAT(history_.launchers(), ElementsAre("dgxa100", "local"));
  EXPECT_THAT(history_.pipelines(), ElementsAre("77"));
}

TEST_F(HistorySummaries, EveryMetricOfSomeRows) {
  history_.append(record_of("r1", "a", 1));
  auto b = record_of("r1", "b", 2);
  b.metrics.push_back(b.metrics[0]);
  b.metrics.back().name = "accuracy";
  history_.append(b);
  const auto rows = history_.rows({.key = "recipe/b"});
  const auto values = history_.values(rows);
  ASSERT_THAT(values, SizeIs(2));
  EXPECT_EQ(values[0].record, rows[0].id);
}

}  // namespace
}  // namespace assay
