#include "broker/journal.h"

#include <gtest/gtest.h>

#include "../temporary_directory.h"

namespace assay {
namespace {

using std::chrono::milliseconds;

TEST(SqliteJournal, KeepsWhatWasPutAcrossProcesses) {
  const test::TemporaryDirectory directory;
  const auto file = directory.path() / "state" / "journal.sqlite";
  JournalEntry entry;
  entry.token = "a";
  entry.key = "recipe/a";
  entry.batch_token = "b1";
  entry.task = 3;
  entry.job_id = "12_3";
  entry.directory = "/work/a/1";
  entry.submitted = TimePoint(milliseconds(1'795'000'000'123));
  {
    const auto journal = open_journal(file);
    journal->put(std::span(&entry, 1));
    auto ended = entry;
    ended.token = "b";
    ended.end = JobEnd{EndKind::signaled, -1, 9, "killed"};
    ended.ended = entry.submitted;
    ended.is_cancelled = true;
    journal->put(std::span(&ended, 1));
  }
  const auto journal = open_journal(file);
  const auto all = journal->load();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].token, "a");
  EXPECT_EQ(all[0].reference().id, "12_3");
  EXPECT_EQ(all[0].reference().token, "b1");
  EXPECT_EQ(all[0].submitted, entry.submitted);
  EXPECT_EQ(all[0].task, 3);
  EXPECT_FALSE(all[0].end);
  EXPECT_EQ(all[1].end->signal, 9);
  EXPECT_TRUE(all[1].is_cancelled);
  const std::string token = "a";
  journal->erase(std::span(&token, 1));
  EXPECT_EQ(journal->load().size(), 1U);
}

}  // namespace
}  // namespace assay
