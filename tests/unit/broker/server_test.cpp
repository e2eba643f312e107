#include "broker/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "../temporary_directory.h"
#include "base/error.h"
#include "base/files.h"
#include "broker/client.h"
#include "broker/connection.h"
#include "fake_cluster.h"

namespace assay {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::FakeCluster;
using test::TemporaryDirectory;
using ::testing::HasSubstr;

// The cluster as the broker's thread uses it, while the test looks at it from
// another.
class SharedCluster : public Launcher {
 public:
  template <class Action>
  auto with(const Action& action) {
    const std::lock_guard lock(mutex_);
    return action(cluster_);
  }

  std::vector<std::vector<std::size_t>> group(std::span<const Workload> workloads) const override {
    return cluster_.group(workloads);
  }
  std::vector<Submission> submit(std::span<const Workload> workloads,
                                 const std::string& token) override {
    return with([&](auto& cluster) { return cluster.submit(workloads, token); });
  }
  std::vector<JobStatus> poll(std::span<const JobRef> jobs) override {
    return with([&](auto& cluster) { return cluster.poll(jobs); });
  }
  void cancel(std::span<const JobRef> jobs) override {
    with([&](auto& cluster) { cluster.cancel(jobs); });
  }
  std::vector<std::string> find(std::span<const std::string> tokens) override {
    return with([&](auto& cluster) { return cluster.find(tokens); });
  }

 private:
  std::mutex mutex_;
  FakeCluster cluster_;
};

class Broker : public ::testing::Test {
 protected:
  Broker() {
    ::setenv("XDG_RUNTIME_DIR", directory_.path().c_str(), 1);
    ::setenv("XDG_STATE_HOME", (directory_.path() / "state").c_str(), 1);
    config_.settings.kind = Value::Kind::map;
    set("poll_interval", Value::of_string("0.05"));
    set("orphan_grace", Value::of_integer(0));
  }
  ~Broker() override { stop(); }

  void set(const char* name, Value value) {
    auto& entries = config_.settings.entries;
    std::erase_if(entries, [&](const auto& entry) { return entry.first == name; });
    entries.emplace_back(name, std::move(value));
  }
  void start(milliseconds idle = seconds(60)) {
    thread_ =
        std::thread([this, idle] { serve(config_, cluster_, broker_paths(config_), {idle}); });
    ASSERT_TRUE(eventually([&] { return connect_to(broker_paths(config_).socket).is_open(); }));
  }
  void stop() {
    if (!thread_.joinable()) return;
    stop_broker(config_);
    thread_.join();
  }
  std::unique_ptr<Launcher> driver() { return make_broker_client(config_, "/bin/false"); }

  Workload workload(const std::string& token) {
    Workload workload;
    workload.token = token;
    workload.key = "recipe/" + token;
    workload.product_digest = "digest";
    workload.directory = directory_.path() / "work/run1" / token / "1";
    workload.script = std::string("exit\0\xff", 6);  // any bytes
    workload.settings = Value::of_integer(3);
    workload.time_limit = seconds(90);
    workload.mounts = {{"/inside", "/outside"}};
    workload.environment = {{"ASSAY_RUN_ID", "run1"}, {"A", "b\n"}};
    std::filesystem::create_directories(workload.directory);
    return workload;
  }
  static void submit(Launcher& driver, const Workload& workload) {
    const auto replies = driver.submit(std::span(&workload, 1), workload.token);
    EXPECT_TRUE(replies.at(0).is_queued);
  }
  static JobStatus poll(Launcher& driver, const std::string& token) {
    const JobRef job{{}, token, {}};
    return driver.poll(std::span(&job, 1)).at(0);
  }
  static void release(Launcher& driver, const std::string& token) {
    const JobRef job{{}, token, {}};
    driver.release(std::span(&job, 1));
  }
  template <class Condition>
  static bool eventually(const Condition& condition) {
    for (int i = 0; i < 1000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(milliseconds(10));
    }
    return false;
  }
  bool reaches(Launcher& driver, const std::string& token, JobState state) {
    return eventually([&] { return poll(driver, token).state == state; });
  }
  std::string submitted(Launcher& driver, const std::string& token) {
    std::string id;
    eventually([&] { return !(id = poll(driver, token).id).empty(); });
    return id;
  }

  TemporaryDirectory directory_;
  LauncherConfig config_{"gpu", "fake", {}, {}};
  SharedCluster cluster_;
  std::thread thread_;
};

TEST_F(Broker, ADriversJobIsSubmittedAndItsEndIsTold) {
  start();
  const auto one = driver();
  submit(*one, workload("a"));
  const auto id = submitted(*one, "a");
  EXPECT_EQ(id, "100");
  cluster_.with([&](auto& cluster) {
    const auto& sent = cluster.jobs.at(id).workload;
    EXPECT_EQ(sent.script, std::string("exit\0\xff", 6));
    EXPECT_EQ(sent.settings, Value::of_integer(3));
    EXPECT_EQ(sent.environment.at(1).second, "b\n");
    EXPECT_EQ(sent.mounts.at(0).outside, "/outside");
    EXPECT_EQ(sent.time_limit, seconds(90));
    EXPECT_EQ(sent.lease, directory_.path() / "work/run1/.lease");
    cluster.finish(id, {EndKind::exited, 3, 0, "x"});
  });
  // Nobody asks: the driver sleeps until the broker tells.
  pollfd wait{one->event_fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&wait, 1, 10'000), 1);
  ASSERT_TRUE(reaches(*one, "a", JobState::ended));
  EXPECT_EQ(poll(*one, "a").end->exit_code, 3);
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / "work/run1/.lease"));
}

TEST_F(Broker, ADriverWaitsOnWhenItsBrokerIsReplaced) {
  set("orphan_grace", Value::of_integer(30));
  start();
  const auto one = driver();
  submit(*one, workload("a"));
  submitted(*one, "a");
  stop();
  start();
  EXPECT_EQ(poll(*one, "a").id, "100");
  cluster_.with([](auto& cluster) { cluster.finish("100"); });
  EXPECT_TRUE(reaches(*one, "a", JobState::ended));
  cluster_.with([](auto& cluster) {
    EXPECT_EQ(cluster.copies("a"), 1);
    EXPECT_EQ(cluster.cancels, 0);
  });
}

TEST_F(Broker, AVanishedDriversJobIsCancelled) {
  start();
  {
    const auto one = driver();
    submit(*one, workload("a"));
    submitted(*one, "a");
  }
  EXPECT_TRUE(eventually([&] {
    return cluster_.with([](auto& cluster) { return cluster.jobs.at("100").is_cancelled; });
  }));
}

TEST_F(Broker, ItLeavesWhenNothingIsLeftToDo) {
  start(milliseconds(50));
  {
    const auto one = driver();
    submit(*one, workload("a"));
    const auto id = submitted(*one, "a");
    std::this_thread::sleep_for(milliseconds(200));
    EXPECT_TRUE(connect_to(broker_paths(config_).socket).is_open()) << "it has a job";
    cluster_.with([&](auto& cluster) { cluster.finish(id); });
    ASSERT_TRUE(reaches(*one, "a", JobState::ended));
    release(*one, "a");
  }
  thread_.join();
  EXPECT_FALSE(std::filesystem::exists(broker_paths(config_).socket));
}

TEST_F(Broker, OneJournalHasOneBroker) {
  start();
  serve(config_, cluster_, broker_paths(config_));  // returns at once
  EXPECT_TRUE(connect_to(broker_paths(config_).socket).is_open());
}

TEST_F(Broker, ManyDriversMakeFewSubmissionsAndPolls) {
  start();
  std::vector<std::unique_ptr<Launcher>> drivers;
  for (int i = 0; i < 200; ++i) {
    drivers.push_back(driver());
    submit(*drivers.back(), workload("t" + std::to_string(i)));
  }
  for (int i = 0; i < 200; ++i) {
    EXPECT_FALSE(submitted(*drivers[static_cast<std::size_t>(i)], "t" + std::to_string(i)).empty());
  }
  cluster_.with([](auto& cluster) {
    EXPECT_EQ(cluster.jobs.size(), 200U);
    EXPECT_LE(cluster.submissions.size(), 8U);
  });
}

TEST_F(Broker, AKeptJobIsTakenByTheNextDriverOfTheSameProduct) {
  set("orphans", Value::of_string("keep"));
  start();
  {
    const auto one = driver();
    EXPECT_TRUE(one->keeps_jobs());
    EXPECT_EQ(one->adopt("digest"), std::nullopt);
    submit(*one, workload("a"));
    submitted(*one, "a");
  }
  std::optional<KeptJob> kept;
  const auto two = driver();
  ASSERT_TRUE(eventually([&] { return (kept = two->adopt("digest")).has_value(); }));
  EXPECT_EQ(kept->job.id, "100");
  EXPECT_EQ(kept->directory, (directory_.path() / "work/run1/a/1").string());
  EXPECT_EQ(driver()->adopt("digest"), std::nullopt);
  cluster_.with([](auto& cluster) { cluster.finish("100"); });
  EXPECT_TRUE(reaches(*two, "a", JobState::ended));
}

TEST_F(Broker, AKeptJobThatARecordHasClaimedIsNotTaken) {
  set("orphans", Value::of_string("keep"));
  start();
  const auto job = workload("a");
  {
    const auto one = driver();
    submit(*one, job);
    submitted(*one, "a");
    write_file_atomically(job.directory / "record.json", "{}");
  }
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_EQ(driver()->adopt("digest"), std::nullopt);
}

TEST_F(Broker, PeopleSeeAndCancelWhatItHas) {
  EXPECT_EQ(broker_overview(config_), std::nullopt);
  start();
  const auto one = driver();
  submit(*one, workload("a"));
  submitted(*one, "a");
  const auto overview = nlohmann::json::parse(broker_overview(config_).value());
  EXPECT_EQ(overview["launcher"], "gpu");
  EXPECT_EQ(overview["drivers"], 1);
  EXPECT_EQ(overview["calls"]["submissions"], 1);
  EXPECT_EQ(overview["jobs"][0]["key"], "recipe/a");
  EXPECT_EQ(overview["jobs"][0]["job_id"], "100");
  EXPECT_EQ(nlohmann::json::parse(cancel_by_broker(config_, "b", "").value()).size(), 0U);
  EXPECT_EQ(nlohmann::json::parse(cancel_by_broker(config_, "a", "run2").value()).size(), 0U);
  EXPECT_EQ(nlohmann::json::parse(cancel_by_broker(config_, "a", "run1").value()).size(), 1U);
  ASSERT_TRUE(reaches(*one, "a", JobState::ended));
  EXPECT_EQ(poll(*one, "a").end->reason, "by 'assay cancel'");
}

TEST_F(Broker, WhatIsNoMessageEndsOnlyItsOwnConnection) {
  start();
  const auto stranger = connect_to(broker_paths(config_).socket);
  ASSERT_EQ(::write(stranger.get(), "\x04\0\0\0abcd", 8), 8);
  pollfd wait{stranger.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&wait, 1, 10'000), 1);
  EXPECT_TRUE(broker_overview(config_).has_value());
}

TEST_F(Broker, ItsSocketIsThisUsersAlone) {
  start();
  const auto paths = broker_paths(config_);
  struct stat status {};
  ASSERT_EQ(::stat(paths.socket.parent_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  auto other = config_;
  other.settings.entries.emplace_back("partition", Value::of_string("debug"));
  EXPECT_NE(broker_paths(other).socket, paths.socket);
}

TEST_F(Broker, APathTooLongForASocketIsAnError) {
  const auto deep = directory_.path() / std::string(100, 'x');
  std::filesystem::create_directories(deep);
  ::setenv("XDG_RUNTIME_DIR", deep.c_str(), 1);
  EXPECT_THAT([&] { broker_paths(config_); },
              ::testing::ThrowsMessage<Error>(HasSubstr("too long for a socket")));
  ::setenv("XDG_RUNTIME_DIR", directory_.path().c_str(), 1);
}

TEST_F(Broker, TheSameLoopRunsInADriverOfItsOwn) {
  auto owned = std::make_unique<FakeCluster>();
  auto& cluster = *owned;
  const auto loop = make_own_loop(std::move(owned), config_);
  const auto job = workload("a");
  submit(*loop, job);
  EXPECT_EQ(poll(*loop, "a").id, "100");
  EXPECT_TRUE(std::filesystem::exists(job.directory / ".lease"));
  cluster.finish("100", {EndKind::exited, 2, 0, ""});
  // Its timer says when to ask.
  EXPECT_TRUE(eventually([&] {
    pollfd wait{loop->event_fd(), POLLIN, 0};
    ::poll(&wait, 1, 1'000);
    return poll(*loop, "a").state == JobState::ended;
  }));
  EXPECT_EQ(poll(*loop, "a").end->exit_code, 2);
  EXPECT_LE(cluster.polls, 4);
}

TEST(WatchedLauncher, ThisMachinesJobsNeedNoBroker) {
  LauncherConfig local{"local", "local", {}, {}};
  local.settings.kind = Value::Kind::map;
  EXPECT_TRUE(make_watched_launcher(local, true)->is_local());
  local.settings.entries.emplace_back("orphans", Value::of_string("perhaps"));
  EXPECT_THROW(make_watched_launcher(local, true), InputError);
}

}  // namespace
}  // namespace assay
