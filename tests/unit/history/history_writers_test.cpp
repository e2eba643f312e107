// Many writers at once, and writers killed at any moment.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "../model/sample_record.h"
#include "../temporary_directory.h"
#include "history/history.h"

namespace assay {
namespace {

using testing::IsEmpty;

Record record_of(int writer, int number) {
  Record record = test::passed_record();
  record.run_id = "w" + std::to_string(writer);
  record.key = "recipe/" + std::to_string(number);
  record.created += std::chrono::milliseconds(number);
  return record;
}

std::set<std::string> kept(const std::filesystem::path& file) {
  std::set<std::string> out;
  const History history(file);
  for (const auto& row : history.rows({.all = true})) {
    out.insert(std::string(row.run_id) + " " + std::string(row.key));
  }
  return out;
}

// A child process that appends records and says each one's number on a pipe once it is kept.
struct Writer {
  pid_t pid = -1;
  int acknowledged = -1;
};

Writer start_writer(const std::filesystem::path& file, int writer, int count,
                    History::Storage storage = History::Storage::local) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe");
  const pid_t pid = ::fork();
  if (pid != 0) {
    ::close(ends[1]);
    return {pid, ends[0]};
  }
  ::close(ends[0]);
  try {
    for (int i = 0; i < count; ++i) {
      History history(file, storage);
      history.append(record_of(writer, i));
      // A reader now and then: on a network file system it is the one that merges.
      if (storage == History::Storage::network && i % 4 == 3) history.newest_run();
      if (::write(ends[1], &i, sizeof i) != static_cast<ssize_t>(sizeof i)) ::_exit(3);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "writer %d: %s\n", writer, error.what());
    ::_exit(2);
  }
  ::_exit(0);
}

// Waits for the writer's end; the numbers that it said were kept.
std::vector<int> acknowledged_of(const Writer& writer, int& status) {
  std::vector<int> out;
  int number = 0;
  while (::read(writer.acknowledged, &number, sizeof number) ==
         static_cast<ssize_t>(sizeof number)) {
    out.push_back(number);
  }
  ::close(writer.acknowledged);
  ::waitpid(writer.pid, &status, 0);
  return out;
}

TEST(HistoryWriters, TwoHundredProcessesAtOnceLoseNothing) {
  constexpr int k_writers = 200;
  constexpr int k_records = 5;
  const test::TemporaryDirectory directory;
  const auto file = directory.path() / "history.sqlite";
  std::vector<Writer> writers;
  for (int i = 0; i < k_writers; ++i) writers.push_back(start_writer(file, i, k_records));
  for (const auto& writer : writers) {
    int status = -1;
    EXPECT_EQ(acknowledged_of(writer, status).size(), static_cast<std::size_t>(k_records));
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(kept(file).size(), static_cast<std::size_t>(k_writers * k_records));
  EXPECT_THAT(History(file).check(), IsEmpty());
}

TEST(HistoryWriters, ThreadsOfOneProcessLoseNothing) {
  const test::TemporaryDirectory directory;
  const auto file = directory.path() / "history.sqlite";
  {
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < 16; ++writer) {
      threads.emplace_back([&file, writer] {
        History history(file);
        for (int i = 0; i < 25; ++i) history.append(record_of(writer, i));
      });
    }
  }
  EXPECT_EQ(kept(file).size(), 400U);
}

// How many writers are killed: some in every run of the tests, thousands where that is asked.
int kills() {
  const char* asked = std::getenv("ASSAY_TEST_KILLS");
  return asked != nullptr ? std::atoi(asked) : 1'000;
}

// Kills writers at random moments, eight at a time, while each appends one record after another.
// What they said was kept must be there, every record whole, and nothing that cannot be read.
void kill_writers(const std::filesystem::path& file, History::Storage storage) {
  constexpr int k_at_once = 8;
  std::set<std::string> acknowledged;
  unsigned seed = 7;
  for (int killed = 0; killed < kills(); killed += k_at_once) {
    std::vector<Writer> writers;
    for (int i = 0; i < k_at_once; ++i) {
      writers.push_back(start_writer(file, killed + i, 1'000, storage));
    }
    for (const auto& writer : writers) {
      ::usleep(static_cast<useconds_t>(::rand_r(&seed) % 3'000));
      ::kill(writer.pid, SIGKILL);
    }
    for (int i = 0; i < k_at_once; ++i) {
      int status = 0;
      for (const int number : acknowledged_of(writers[static_cast<std::size_t>(i)], status)) {
        const auto record = record_of(killed + i, number);
        acknowledged.insert(record.run_id + " " + record.key);
      }
      EXPECT_TRUE(WIFSIGNALED(status)) << status;
    }
  }
  const History history(file, storage);
  std::set<std::string> found;
  for (const auto& row : history.rows({.all = true})) {
    found.insert(std::string(row.run_id) + " " + std::string(row.key));
    const int writer = std::stoi(std::string(row.run_id.substr(1)));
    const int number = std::stoi(std::string(row.key.substr(7)));
    EXPECT_EQ(to_json(*history.record(row.id)), to_json(record_of(writer, number)));
  }
  for (const auto& one : acknowledged) EXPECT_TRUE(found.contains(one)) << one;
  EXPECT_FALSE(acknowledged.empty());
  EXPECT_THAT(history.check(), IsEmpty());
}

TEST(HistoryWriters, KilledAtAnyMomentNothingAcknowledgedIsLost) {
  const test::TemporaryDirectory directory;
  kill_writers(directory.path() / "history.sqlite", History::Storage::local);
}

TEST(HistoryWriters, KilledOnANetworkFileSystemNothingAcknowledgedIsLost) {
  const test::TemporaryDirectory directory;
  kill_writers(directory.path() / "history.sqlite", History::Storage::network);
}

}  // namespace
}  // namespace assay
