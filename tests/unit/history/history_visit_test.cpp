// Reading many records without making objects of them.
#include <gtest/gtest.h>

#include <map>

#include "../model/sample_record.h"
#include "../temporary_directory.h"
#include "history/history.h"

namespace assay {
namespace {

std::map<std::int64_t, std::string> visited(const History& history, const History::Query& query) {
  std::map<std::int64_t, std::string> found;
  history.visit(query, [&](std::int64_t id, std::string_view json) { found.emplace(id, json); });
  return found;
}

TEST(HistoryVisit, GivesEachRecordsJsonAndOnlyWhatIsAsked) {
  const test::TemporaryDirectory directory;
  History history(directory.path() / "history.sqlite");
  EXPECT_TRUE(visited(history, {}).empty());
  auto record = test::passed_record();
  history.append(record);
  const auto first = record;
  record.run_id = "run-2";
  record.created += std::chrono::hours(1);
  history.append(record);

  const auto all = visited(history, {.all = true});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all.begin()->second, to_json_line(first));
  EXPECT_EQ(visited(history, {.since = record.created, .all = true}).size(), 1U);
}

TEST(HistoryVisit, WhatWasTakenInAfterARecordIsFoundByItsId) {
  const test::TemporaryDirectory directory;
  History history(directory.path() / "history.sqlite");
  auto record = test::passed_record();
  history.append(record);
  const auto last = visited(history, {.all = true}).rbegin()->first;
  EXPECT_TRUE(visited(history, {.after_id = last, .all = true}).empty());
  // It began before the other one, and ended after it.
  record.key = "recipe/slow";
  record.created -= std::chrono::hours(5);
  history.append(record);
  const auto later = visited(history, {.after_id = last, .all = true});
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(later.begin()->second, to_json_line(record));
}

}  // namespace
}  // namespace assay
