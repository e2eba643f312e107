// Histories that other versions of assay wrote.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../model/sample_record.h"
#include "../temporary_directory.h"
#include "../test_data.h"
#include "base/files.h"
#include "history/history.h"
#include "history/schema.h"

namespace assay {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class HistoryVersions : public testing::Test {
 protected:
  std::filesystem::path file() const { return directory_.path() / "history.sqlite"; }

  void SetUp() override {
    SQLite::Database database(file().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec(read_file(test::test_data() / "history/version-1.sql"));
  }

  static void expect_whole(const History& history) {
    const auto rows = history.rows({});
    ASSERT_THAT(rows, SizeIs(2));
    EXPECT_EQ(rows[0].run_id, "r2");
    EXPECT_EQ(rows[0].job_seconds, 8);
    EXPECT_EQ(rows[0].parameters, 0);  // only the record has them
    EXPECT_EQ(history.record(rows[1].id)->git_commit, "beef01");
    EXPECT_THAT(history.values(rows), SizeIs(2));
    const auto nodes = history.nodes(rows);
    EXPECT_EQ(nodes.at("node01").attempts, 2);
    EXPECT_EQ(nodes.at("node01").failed, 1);
    EXPECT_EQ(nodes.at("node02").attempts, 2);
    EXPECT_EQ(nodes.at("node02").failed, 2);
  }

  int version() const {
    return SQLite::Database(file().string()).execAndGet("PRAGMA user_version").getInt();
  }

 private:
  test::TemporaryDirectory directory_;
};

TEST_F(HistoryVersions, AnOlderFileIsReadAndMigrated) {
  expect_whole(History(file()));
  EXPECT_EQ(version(), static_cast<int>(detail::history_steps().size()));
  EXPECT_THAT(History(file()).check(), IsEmpty());
}

TEST_F(HistoryVersions, AnOlderFileIsWrittenTo) {
  auto record = test::passed_record();
  record.key = "recipe/esm2_fp32";
  History(file()).append(record);
  const History history(file());
  EXPECT_THAT(history.rows({}), SizeIs(3));
}

TEST_F(HistoryVersions, OlderRecordsThatWereSupersededStaySo) {
  SQLite::Database(file().string(), SQLite::OPEN_READWRITE)
      .exec(
          "INSERT INTO record SELECT 3, created + 1, run, key, launcher, gpu_model, branch, "
          "pipeline, git_commit, labels, verdict, flags, gpus, queue_seconds, run_seconds, "
          "total_seconds, job_id, summary FROM record WHERE id = 1;"
          "INSERT INTO body SELECT 3, json FROM body WHERE record = 1");
  const History history(file());
  const auto rows = history.rows({});
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[1].id, 3);
  EXPECT_THAT(history.rows({.all = true}), SizeIs(3));
  EXPECT_THAT(history.check(), IsEmpty());
}

TEST_F(HistoryVersions, AnOlderFileThatMayNotBeWrittenIsReadAllTheSame) {
  namespace fs = std::filesystem;
  {
    SQLite::Database(file().string(), SQLite::OPEN_READWRITE).exec("PRAGMA journal_mode = DELETE");
  }
  const auto directory = file().parent_path();
  const auto readable = fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;
  const auto enterable = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
  fs::permissions(file(), readable);
  fs::permissions(directory, readable | enterable);
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t k_nobody = 65534;
    if (::getuid() == 0 && ::setuid(k_nobody) != 0) ::_exit(2);  // root may write everything
    expect_whole(History(file()));
    ::_exit(HasFailure() ? 1 : 0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  fs::permissions(directory, fs::perms::owner_all);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(version(), 1);
}

TEST_F(HistoryVersions, AnAbortedMigrationLeavesTheOlderFile) {
  std::vector<const char*> steps(detail::history_steps().begin(), detail::history_steps().end());
  steps.push_back("CREATE TABEL x(y)");
  {
    SQLite::Database database(file().string(), SQLite::OPEN_READWRITE);
    EXPECT_THROW(detail::migrate(database, steps), SQLite::Exception);
  }
  EXPECT_EQ(version(), 1);
  expect_whole(History(file()));
}

}  // namespace
}  // namespace assay
