// Which records count: of those of one key and launcher in a run or pipeline, the newest.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include <map>
#include <random>
#include <set>
#include <tuple>

#include "../model/sample_record.h"
#include "../temporary_directory.h"
#include "history/history.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Record record_of(const std::string& run, const std::string& pipeline, int minute) {
  Record record = test::passed_record();
  record.run_id = run;
  record.pipeline_id = pipeline;
  record.created = test::at("2026-11-01T00:00:00.000Z") + std::chrono::minutes(minute);
  return record;
}

bool is_superseded(const Record& record, const std::vector<Record>& all) {
  const auto& group = record.pipeline_id.empty() ? record.run_id : record.pipeline_id;
  return std::any_of(all.begin(), all.end(), [&](const Record& other) {
    return other.key == record.key && other.launcher == record.launcher &&
           other.created > record.created &&
           (other.run_id == record.run_id || other.pipeline_id == group);
  });
}

class HistorySuperseded : public testing::Test {
 protected:
  HistorySuperseded() : history_(directory_.path() / "history.sqlite") {}

  // "run@minute" of what counts, the newest first.
  std::vector<std::string> counting() const {
    std::vector<std::string> out;
    for (const auto& row : history_.rows({})) {
      const auto since = row.created - test::at("2026-11-01T00:00:00.000Z");
      const auto minute = std::chrono::duration_cast<std::chrono::minutes>(since).count();
      out.push_back(std::string(row.run_id) + "@" + std::to_string(minute));
    }
    return out;
  }

  test::TemporaryDirectory directory_;
  History history_;
};

TEST_F(HistorySuperseded, ARecordThatComesLateIsSupersededAllTheSame) {
  history_.append(record_of("r1", "", 2));
  history_.append(record_of("r1", "", 1));
  EXPECT_THAT(counting(), ElementsAre("r1@2"));
}

TEST_F(HistorySuperseded, ARerunMayComeBeforeWhatItRepeats) {
  history_.append(record_of("r1-rerun-1", "r1", 2));
  history_.append(record_of("r1", "", 1));
  EXPECT_THAT(counting(), ElementsAre("r1-rerun-1@2"));
}

TEST_F(HistorySuperseded, WhatARecordSupersededCountsAgainWhenItIsReplaced) {
  history_.append(record_of("r1", "77", 1));
  history_.append(record_of("r2", "77", 2));
  EXPECT_THAT(counting(), ElementsAre("r2@2"));
  history_.append(record_of("r2", "78", 2));
  EXPECT_THAT(counting(), ElementsAre("r2@2", "r1@1"));
  EXPECT_THAT(history_.check(), IsEmpty());
}

TEST_F(HistorySuperseded, AWrongMarkIsFound) {
  history_.append(record_of("r1", "", 1));
  SQLite::Database((directory_.path() / "history.sqlite").string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE record SET superseded = 1");
  EXPECT_THAT(history_.check(), ElementsAre(HasSubstr("1 records that are wrongly")));
}

TEST_F(HistorySuperseded, HoldsForAnyOrderOfRunsAndReruns) {
  std::mt19937 random(11);
  const auto one_of = [&](int count) { return static_cast<int>(random() % count); };
  std::map<std::tuple<std::string, std::string, TimePoint>, Record> all;
  for (int i = 0; i < 300; ++i) {
    const auto run = "r" + std::to_string(one_of(8));
    const std::vector<std::string> pipelines{"", "77", "78", "r" + std::to_string(one_of(8))};
    auto record = record_of(run, pipelines[static_cast<std::size_t>(one_of(4))], one_of(20));
    record.key = one_of(2) == 0 ? "recipe/a" : "recipe/b";
    record.launcher = one_of(4) == 0 ? "dgxa100" : "local";
    history_.append(record);
    all[{record.run_id, record.key, record.created}] = record;
  }
  std::vector<Record> records;
  for (const auto& entry : all) records.push_back(entry.second);
  std::multiset<std::string> expected;
  for (const auto& record : records) {
    if (!is_superseded(record, records)) expected.insert(to_json(record));
  }
  std::multiset<std::string> found;
  for (const auto& record : history_.find({})) found.insert(to_json(record));
  EXPECT_EQ(found, expected);
  EXPECT_LT(found.size(), records.size());
  EXPECT_THAT(history_.check(), IsEmpty());
}

}  // namespace
}  // namespace assay
