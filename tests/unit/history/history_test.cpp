#include "history/history.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <sstream>
#include <thread>

#include "../error_of.h"
#include "../model/sample_record.h"
#include "../temporary_directory.h"
#include "base/files.h"
#include "history/schema.h"
#include "history/spool.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TimePoint minute(int number) {
  return test::at("2026-11-01T00:00:00.000Z") + std::chrono::minutes(number);
}

Record record_of(const std::string& run, const std::string& key, int created) {
  Record record = test::passed_record();
  record.run_id = run;
  record.key = "recipe/" + key;
  record.name = key;
  record.created = minute(created);
  record.ended = record.created + std::chrono::seconds(10);
  return record;
}

class HistoryTest : public testing::Test {
 protected:
  std::filesystem::path file() const { return directory_.path() / "history.sqlite"; }
  std::filesystem::path pending() const { return file().string() + ".pending"; }

  static std::vector<std::string> keys_of(const std::vector<Record>& records) {
    std::vector<std::string> out;
    for (const auto& record : records) out.push_back(record.run_id + ":" + record.name);
    return out;
  }
  std::vector<std::string> found(const History::Query& query) const {
    const History history(file());
    const auto records = history.find(query);
    const auto rows = history.rows(query);
    EXPECT_EQ(rows.size(), records.size());
    for (std::size_t i = 0; i < std::min(rows.size(), records.size()); ++i) {
      EXPECT_EQ(rows[i].key, records[i].key);
      EXPECT_EQ(rows[i].created, records[i].created);
    }
    return keys_of(records);
  }

 private:
  test::TemporaryDirectory directory_;
};

TEST_F(HistoryTest, WhatIsAppendedIsFoundWhole) {
  const Record record = test::full_record();
  History(file()).append(record);
  const auto records = History(file()).find({});
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(to_json(records[0]), to_json(record));
}

TEST_F(HistoryTest, ARowSaysWhatATableNeeds) {
  Record record = test::full_record();
  record.verdict = Verdict::passed;
  record.parameters = {{"gpus", Value::of_integer(8)}, {"nodes", Value::of_integer(2)}};
  History(file()).append(record);
  const History history(file());
  const auto rows = history.rows({});
  ASSERT_THAT(rows, SizeIs(1));
  const auto& row = rows[0];
  EXPECT_EQ(row.run_id, record.run_id);
  EXPECT_EQ(row.launcher, "dgxa100");
  EXPECT_EQ(row.gpu_model, "NVIDIA H200");
  EXPECT_EQ(row.branch, "main");
  EXPECT_EQ(row.pipeline_id, "123");
  EXPECT_EQ(row.git_commit, record.git_commit);
  EXPECT_EQ(row.job_id, "4711");
  EXPECT_THAT(row.labels, testing::ElementsAreArray(record.labels));
  EXPECT_EQ(row.verdict, Verdict::passed);
  EXPECT_TRUE(row.allowed_failure && row.quarantined && row.flaky);
  EXPECT_EQ(row.gpus, 16);
  EXPECT_EQ(row.run_seconds, 3.2);
  EXPECT_NEAR(row.total_seconds, 3.308, 1e-9);
  EXPECT_EQ(row.summary, record.summary);
  EXPECT_EQ(to_json(*History(file()).record(row.id)), to_json(record));
  EXPECT_FALSE(History(file()).record(row.id + 1).has_value());
}

TEST_F(HistoryTest, AFileThatIsNotThereHasNoRecordsAndIsNotMade) {
  const History history(file());
  EXPECT_THAT(history.find({}), IsEmpty());
  EXPECT_EQ(history.newest_run(), "");
  EXPECT_THAT(history.check(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(HistoryTest, TheSameRunKeyAndTimeReplacesItself) {
  History history(file());
  Record record = record_of("r1", "a", 1);
  history.append(record);
  record.summary = "second";
  record.metrics[0].value = 7;
  history.append(record);
  const auto records = history.find({});
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].summary, "second");
  EXPECT_THAT(history.values(history.rows({})), SizeIs(1));
  EXPECT_THAT(history.check(), IsEmpty());
}

TEST_F(HistoryTest, NewestFirstAndTheNewestOfAKeyUnlessAllIsAsked) {
  History history(file());
  history.append(record_of("r1", "a", 1));
  history.append(record_of("r1", "b", 2));
  history.append(record_of("r1", "a", 3));  // a rerun within the run
  history.append(record_of("r2", "a", 4));
  EXPECT_THAT(found({}), ElementsAre("r2:a", "r1:a", "r1:b"));
  History::Query query;
  query.all = true;
  EXPECT_THAT(found(query), ElementsAre("r2:a", "r1:a", "r1:b", "r1:a"));
  query.limit = 2;
  EXPECT_THAT(found(query), ElementsAre("r2:a", "r1:a"));
  EXPECT_EQ(history.newest_run(), "r2");
  EXPECT_THAT(history.runs(), ElementsAre("r2", "r1"));
  EXPECT_THAT(history.keys(), ElementsAre("recipe/a", "recipe/b"));
}

TEST_F(HistoryTest, ALaterRunOfTheSamePipelineSupersedes) {
  History history(file());
  Record first = record_of("r1", "a", 1);
  first.pipeline_id = "77";
  Record second = record_of("r2", "a", 2);
  second.pipeline_id = "77";
  Record elsewhere = record_of("r3", "a", 3);
  elsewhere.pipeline_id = "77";
  elsewhere.launcher = "dgxa100";
  for (const auto& record : {first, second, elsewhere}) history.append(record);
  History::Query query;
  query.pipeline_id = "77";
  EXPECT_THAT(found(query), ElementsAre("r3:a", "r2:a"));
}

TEST_F(HistoryTest, EachFilterSelects) {
  History history(file());
  Record a = record_of("r1", "a", 1);
  a.git_branch = "dev";
  a.labels = {{"model", "esm2"}, {"scope", "merge"}, {"scope", "nightly"}};
  Record b = record_of("r1", "b", 2);
  b.verdict = Verdict::failed;
  b.launcher = "dgxa100";
  b.attempts[0].job_id = "9001";
  b.attempts.push_back(b.attempts[0]);
  b.attempts[1].job_id = "9002";
  b.git_commit = "beef00";
  history.append(a);
  history.append(b);

  const auto with = [](auto change) {
    History::Query query;
    change(query);
    return query;
  };
  using Query = History::Query;
  EXPECT_THAT(found(with([](Query& q) { q.run_id = "r1"; })), SizeIs(2));
  EXPECT_THAT(found(with([](Query& q) { q.run_id = "r9"; })), IsEmpty());
  EXPECT_THAT(found(with([](Query& q) { q.key = "recipe/a"; })), ElementsAre("r1:a"));
  EXPECT_THAT(found(with([](Query& q) { q.model = "esm2"; })), ElementsAre("r1:a"));
  EXPECT_THAT(found(with([](Query& q) { q.branch = "dev"; })), ElementsAre("r1:a"));
  EXPECT_THAT(found(with([](Query& q) { q.launcher = "dgxa100"; })), ElementsAre("r1:b"));
  EXPECT_THAT(found(with([](Query& q) { q.job_id = "9001"; })), ElementsAre("r1:b"));
  EXPECT_THAT(found(with([](Query& q) { q.git_commit = "bee"; })), ElementsAre("r1:b"));
  EXPECT_THAT(found(with([](Query& q) { q.verdict = Verdict::failed; })), ElementsAre("r1:b"));
  EXPECT_THAT(found(with([](Query& q) { q.since = minute(2); })), ElementsAre("r1:b"));
  EXPECT_THAT(found(with([](Query& q) { q.until = minute(2); })), ElementsAre("r1:a"));
  EXPECT_THAT(found(with([](Query& q) {
                q.labels = {{"scope", "nightly"}};
              })),
              ElementsAre("r1:a"));
  EXPECT_THAT(found(with([](Query& q) {
                q.labels = {{"scope", "nightly"}, {"model", "digits"}};
              })),
              IsEmpty());
  EXPECT_EQ(history.newest_run("dev"), "r1");
  EXPECT_EQ(history.newest_run("nowhere"), "");
  EXPECT_THAT(history.labels(),
              ElementsAre("model=digits", "model=esm2", "scope=merge", "scope=nightly"));
}

TEST_F(HistoryTest, TextsAreDataNeverSql) {
  History history(file());
  Record record = record_of("r'; DROP TABLE record; --", "a", 1);
  record.labels = {{"model", "x' OR '1'='1"}};
  history.append(record);
  History::Query query;
  query.model = "x' OR '1'='1";
  EXPECT_THAT(found(query), SizeIs(1));
  query.model = "' OR ''='";
  EXPECT_THAT(found(query), IsEmpty());
}

class PassingSeries : public HistoryTest {
 protected:
  std::vector<double> series(const std::string& metric, std::size_t limit = 0) const {
    std::vector<double> out;
    for (const auto& point :
         History(file()).passing_series("recipe/a", "local", "", "main", metric, limit)) {
      out.push_back(point.value);
    }
    return out;
  }
  void add(int created, double value, const std::function<void(Record&)>& change = {}) {
    Record record = record_of("r" + std::to_string(created), "a", created);
    record.metrics[0].value = value;
    if (change) change(record);
    History(file()).append(record);
  }
};

TEST_F(PassingSeries, IsOldestFirstAndLimitedToTheNewest) {
  for (const int created : {3, 1, 2, 4}) add(created, created);
  EXPECT_THAT(series("val_loss"), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(series("val_loss", 2), ElementsAre(3, 4));
  EXPECT_THAT(series("accuracy"), IsEmpty());
}

TEST_F(PassingSeries, HoldsOneSeriesOnly) {
  add(1, 1);
  add(2, 2, [](Record& record) { record.verdict = Verdict::failed; });
  add(3, 3, [](Record& record) { record.git_branch = "dev"; });
  add(4, 4, [](Record& record) { record.launcher = "dgxa100"; });
  add(5, 5, [](Record& record) { record.key = "recipe/b"; });
  add(6, 6, [](Record& record) { record.attempts[0].gpus = {{"u", "NVIDIA A100", ""}}; });
  EXPECT_THAT(series("val_loss"), ElementsAre(1));
  const auto points =
      History(file()).passing_series("recipe/a", "local", "NVIDIA A100", "main", "val_loss", 0);
  ASSERT_THAT(points, SizeIs(1));
  EXPECT_EQ(points[0].run_id, "r6");
  EXPECT_EQ(points[0].created, minute(6));
  EXPECT_EQ(points[0].git_commit, test::passed_record().git_commit);
}

TEST_F(PassingSeries, KeepsWhatIsNoNumber) {
  add(1, std::numeric_limits<double>::quiet_NaN());
  add(2, std::numeric_limits<double>::infinity());
  const auto values = series("val_loss");
  ASSERT_THAT(values, SizeIs(2));
  EXPECT_TRUE(std::isnan(values[0]));
  EXPECT_TRUE(std::isinf(values[1]));
}

TEST_F(HistoryTest, PruningTakesOutWhatIsOlderAndNothingElse) {
  History history(file());
  for (int i = 1; i <= 4; ++i) history.append(record_of("r" + std::to_string(i), "a", i));
  EXPECT_EQ(history.prune(minute(3)), 2U);
  EXPECT_THAT(found({}), ElementsAre("r4:a", "r3:a"));
  EXPECT_THAT(history.values(history.rows({})), SizeIs(2));
  EXPECT_THAT(history.check(), IsEmpty());
  history.vacuum();
  EXPECT_THAT(history.check(), IsEmpty());
  EXPECT_EQ(history.prune(minute(3)), 0U);
}

TEST_F(HistoryTest, PruningTakesAwayWhatKilledWritersLeftHalfWritten) {
  History history(file());
  history.append(record_of("r1", "a", 1));
  make_directories(pending());
  const auto abandoned = pending() / "1-x.json.tmp";
  const auto fresh = pending() / "2-x.json.tmp4711";
  write_file_atomically(abandoned, "{");
  write_file_atomically(fresh, "{");
  std::filesystem::last_write_time(
      abandoned, std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  history.prune(minute(0));
  EXPECT_FALSE(std::filesystem::exists(abandoned));
  EXPECT_TRUE(std::filesystem::exists(fresh));
}

TEST_F(HistoryTest, ExportAndImportCarryEveryRecord) {
  History history(file());
  history.append(test::full_record());
  history.append(record_of("r1", "a", 1));
  std::stringstream lines;
  EXPECT_EQ(history.export_lines(lines, {.all = true}), 2U);
  History other(file().string() + "2");
  EXPECT_EQ(other.import_lines(lines, "x.jsonl"), 2U);
  std::stringstream first;
  std::stringstream second;
  history.export_lines(first, {.all = true});
  other.export_lines(second, {.all = true});
  EXPECT_EQ(first.str(), second.str());
}

TEST_F(HistoryTest, ImportNamesTheLineThatIsNoRecord) {
  History history(file());
  std::stringstream lines(to_json_line(record_of("r1", "a", 1)) + "\n\n{\"version\": 1}\n");
  EXPECT_THAT(test::error_of([&] { history.import_lines(lines, "x.jsonl"); }),
              HasSubstr("x.jsonl:3: record: 'run_id' is missing"));
  EXPECT_THAT(found({}), ElementsAre("r1:a"));
}

TEST_F(HistoryTest, ANewerSchemaIsRefusedAndTheRecordKept) {
  History(file()).append(record_of("r1", "a", 1));
  const auto set_version = [&](std::size_t version) {
    SQLite::Database(file().string(), SQLite::OPEN_READWRITE)
        .exec("PRAGMA user_version = " + std::to_string(version));
  };
  set_version(99);
  try {
    History(file()).append(record_of("r2", "a", 2));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("schema version 99 was written by a newer assay"));
  }
  EXPECT_THROW(History(file()).find({}), Error);
  set_version(detail::history_steps().size());
  EXPECT_THAT(found({}), ElementsAre("r2:a", "r1:a"));
}

TEST_F(HistoryTest, AnotherProgramsDatabaseIsNotTouched) {
  {
    SQLite::Database other(file().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    other.exec("CREATE TABLE mine(x)");
  }
  const auto before = read_file(file());
  EXPECT_THROW(History(file()).append(record_of("r1", "a", 1)), Error);
  EXPECT_EQ(read_file(file()), before);
}

TEST_F(HistoryTest, AFileThatIsNoDatabaseIsSaidAndTheRecordKept) {
  write_file_atomically(file(), std::string(8192, 'x'));
  EXPECT_THROW(History(file()).append(record_of("r1", "a", 1)), Error);
  EXPECT_THAT(History(file()).check(), Not(IsEmpty()));
  std::filesystem::remove(file());
  EXPECT_THAT(found({}), ElementsAre("r1:a"));
}

TEST_F(HistoryTest, OnANetworkFileSystemWritersLeaveFilesThatReadersMerge) {
  History writer(file(), History::Storage::network);
  writer.append(record_of("r1", "a", 1));
  writer.append(record_of("r1", "b", 2));
  EXPECT_FALSE(std::filesystem::exists(file()));
  const History reader(file(), History::Storage::network);
  EXPECT_THAT(keys_of(reader.find({})), ElementsAre("r1:b", "r1:a"));
  EXPECT_TRUE(std::filesystem::is_empty(pending()));
  SQLite::Database database(file().string(), SQLite::OPEN_READONLY);
  EXPECT_EQ(database.execAndGet("PRAGMA journal_mode").getString(), "delete");
}

TEST_F(HistoryTest, AFileSystemThatIsNotToldMayBeSaid) {
  ::setenv("ASSAY_HISTORY_STORAGE", "network", 1);
  History(file()).append(record_of("r1", "a", 1));
  const bool is_there = std::filesystem::exists(file());
  ::setenv("ASSAY_HISTORY_STORAGE", "nfs", 1);
  EXPECT_THROW(History{file()}, InputError);
  ::unsetenv("ASSAY_HISTORY_STORAGE");
  EXPECT_FALSE(is_there);
  EXPECT_THAT(found({}), ElementsAre("r1:a"));
}

TEST_F(HistoryTest, OnANetworkFileSystemReadersAndIngestersTakeTurns) {
  constexpr int k_writers = 8;
  {
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < k_writers; ++writer) {
      threads.emplace_back([&, writer] {
        History history(file(), History::Storage::network);
        for (int i = 0; i < 10; ++i) {
          history.append(record_of("r" + std::to_string(writer), "a", i));
          if (i % 3 == 0) history.rows({});
        }
      });
    }
  }
  const History history(file(), History::Storage::network);
  EXPECT_THAT(history.rows({.all = true}), SizeIs(10 * k_writers));
  EXPECT_THAT(history.check(), IsEmpty());
}

TEST_F(HistoryTest, WhoeverWantsTheLockWaitsOnlySoLong) {
  const auto lock = detail::Spool(file()).try_lock();
  ASSERT_TRUE(lock.has_value());
  EXPECT_FALSE(detail::Spool(file()).lock(std::chrono::milliseconds(20)).has_value());
  EXPECT_THROW(detail::Spool(file()).lock_or_fail(std::chrono::milliseconds(20)), TransientError);
}

TEST_F(HistoryTest, TwoNamesOfOneFileAreOneHistory) {
  const auto link = file().parent_path() / "link.sqlite";
  History(file()).append(record_of("r1", "a", 1));
  std::filesystem::create_symlink(file(), link);
  const auto lock = detail::Spool(file()).try_lock();
  ASSERT_TRUE(lock.has_value());
  History(link).append(record_of("r2", "a", 2));  // waits beside the file, not beside the link
  EXPECT_FALSE(std::filesystem::is_empty(pending()));
}

TEST_F(HistoryTest, OnALocalDiskTheLogIsWrittenAhead) {
  History(file()).append(record_of("r1", "a", 1));
  SQLite::Database database(file().string(), SQLite::OPEN_READWRITE);
  EXPECT_EQ(database.execAndGet("PRAGMA journal_mode").getString(), "wal");
}

TEST_F(HistoryTest, AWaitingFileThatIsNoRecordIsSetAsideAndNamed) {
  make_directories(pending());
  write_file_atomically(pending() / "1-x.json", "{ half");
  write_file_atomically(pending() / "2-x.json", to_json_line(record_of("r1", "a", 1)));
  EXPECT_THAT(found({}), ElementsAre("r1:a"));
  EXPECT_THAT(History(file()).check(), ElementsAre(HasSubstr("1-x.json.bad: record: not JSON")));
}

TEST(HistorySchema, EveryStepIsAppliedOnceAndOlderFilesAreMigrated) {
  SQLite::Database database(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  const std::vector<const char*> first = {"CREATE TABLE a(x)"};
  const std::vector<const char*> both = {"CREATE TABLE a(x)", "ALTER TABLE a ADD COLUMN y"};
  detail::migrate(database, first);
  database.exec("INSERT INTO a VALUES(1)");
  detail::migrate(database, both);
  detail::migrate(database, both);
  EXPECT_EQ(database.execAndGet("SELECT count(y) + count(x) FROM a").getInt(), 1);
  EXPECT_THROW(detail::migrate(database, first), Error);
}

TEST(HistorySchema, AStepThatFailsChangesNothing) {
  SQLite::Database database(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  const std::vector<const char*> broken = {"CREATE TABLE a(x)", "CREATE TABEL b(x)"};
  EXPECT_THROW(detail::migrate(database, broken), SQLite::Exception);
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM sqlite_master").getInt(), 0);
}

}  // namespace
}  // namespace assay
