// The launcher alone against a real Slurm (SLURM_CONF): arrays, look-ups by token, cancelling.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "../unit/temporary_directory.h"
#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "launch/exit_file.h"
#include "launch/slurm.h"

namespace assay {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class RealSlurm : public ::testing::Test {
 protected:
  static LauncherConfig config() {
    LauncherConfig config;
    config.name = "slurm";
    config.type = "slurm";
    config.settings.kind = Value::Kind::map;
    config.settings.entries.emplace_back("partition", Value::of_string("gpu"));
    return config;
  }

  Workload workload(const std::string& name, const std::string& script) const {
    Workload made;
    made.name = name;
    made.token = unique(name);
    made.directory = directory_.path() / name;
    make_directories(made.directory);
    made.script = script;
    made.time_limit = std::chrono::seconds(600);
    made.settings.kind = Value::Kind::map;
    write_file_atomically(made.directory / "script.sh", script);
    return made;
  }

  std::vector<JobRef> submit(const std::vector<Workload>& workloads, const std::string& token) {
    std::vector<JobRef> jobs;
    for (const auto& reply : launcher_.submit(workloads, token)) {
      EXPECT_EQ(reply.error, "");
      jobs.push_back({reply.job_id, token, now()});
    }
    return jobs;
  }

  std::vector<JobStatus> wait_until(const std::vector<JobRef>& jobs,
                                    const std::function<bool(const JobStatus&)>& done) {
    for (int round = 0; round < 300; ++round) {
      auto statuses = launcher_.poll(jobs);
      if (std::all_of(statuses.begin(), statuses.end(), done)) return statuses;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    ADD_FAILURE() << "not within 30 s";
    return launcher_.poll(jobs);
  }
  std::vector<JobStatus> wait_for_end(const std::vector<JobRef>& jobs) {
    return wait_until(jobs, [](const JobStatus& s) { return s.state == JobState::ended; });
  }

  test::TemporaryDirectory directory_;
  SlurmLauncher launcher_{config()};
  static std::string unique(const std::string& name) {
    static int counter = 0;
    return name + std::to_string(::getpid()) + "x" + std::to_string(++counter);
  }
  std::string batch_ = unique("batch");
};

TEST_F(RealSlurm, TasksOfAnArrayHaveDirectoriesOutputAndExitCodesOfTheirOwn) {
  std::vector<Workload> workloads;
  for (int i = 0; i < 5; ++i) {
    auto one = workload("task" + std::to_string(i), "echo \"I am $NUMBER\"; exit $NUMBER");
    one.environment = {{"NUMBER", std::to_string(i)}};
    workloads.push_back(std::move(one));
  }
  ASSERT_THAT(launcher_.group(workloads), SizeIs(1));
  const auto jobs = submit(workloads, batch_);
  const auto statuses = wait_for_end(jobs);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    EXPECT_EQ(statuses[i].end->kind, EndKind::exited);
    EXPECT_TRUE(statuses[i].started);
    EXPECT_THAT(statuses[i].nodes, SizeIs(1));
    EXPECT_EQ(read_exit_file(workloads[i].directory)->exit_code, static_cast<int>(i));
    EXPECT_EQ(read_file(workloads[i].directory / "stdout.log"), "I am " + std::to_string(i) + "\n");
  }
}

TEST_F(RealSlurm, SubmissionsAreFoundByTheirTokens) {
  const auto array = submit({workload("a", "sleep 100"), workload("b", "sleep 100")}, batch_);
  const auto alone = workload("alone", "sleep 100");
  const auto single = submit({alone}, alone.token);
  const std::vector<std::string> tokens{alone.token, batch_, "nobodys"};
  const auto found = launcher_.find(tokens);
  EXPECT_THAT(found, ElementsAre(single[0].id, array[0].id.substr(0, array[0].id.find('_')), ""));
  EXPECT_EQ(launcher_.task_id(found[1], 1), array[1].id);
  launcher_.cancel(array);
  launcher_.cancel(single);
}

TEST_F(RealSlurm, CancelledTasksEndOrAreUnknownAndOthersRunOn) {
  const auto jobs = submit(
      {workload("a", "sleep 100"), workload("b", "sleep 100"), workload("c", "sleep 2; exit 3")},
      batch_);
  wait_until(jobs, [](const JobStatus& s) { return s.state == JobState::running; });
  launcher_.cancel(std::span(jobs).first(2));
  const auto statuses = wait_for_end(jobs);
  EXPECT_EQ(statuses[0].end->kind, EndKind::cancelled);
  EXPECT_EQ(statuses[1].end->kind, EndKind::cancelled);
  EXPECT_EQ(statuses[2].end->kind, EndKind::exited);
}

TEST_F(RealSlurm, PendingTasksThatArePickedOutLeaveNoRecord) {
  std::vector<Workload> workloads{workload("a", "true"), workload("b", "true"),
                                  workload("c", "true")};
  for (auto& each : workloads) {
    Value flags;
    flags.kind = Value::Kind::map;
    flags.entries.emplace_back("begin", Value::of_string("now+1hour"));
    each.settings.entries.emplace_back("additional_flags", flags);
  }
  const auto jobs = submit(workloads, batch_);
  const auto pending = wait_until(jobs, [](const JobStatus& s) { return s.reason == "BeginTime"; });
  EXPECT_EQ(pending[2].state, JobState::pending);
  EXPECT_TRUE(pending[2].expected_start);
  launcher_.cancel(std::span(jobs).subspan(1, 1));
  EXPECT_EQ(launcher_.poll(jobs)[1].state, JobState::unknown);
  EXPECT_EQ(launcher_.poll(jobs)[0].state, JobState::pending);
}

TEST_F(RealSlurm, AnotherJobsIdIsUnknownAndSafe) {
  const auto one = workload("one", "sleep 100");
  const auto jobs = submit({one}, one.token);
  const std::vector<JobRef> wrong{{jobs[0].id, "stranger", jobs[0].submitted}};
  EXPECT_EQ(launcher_.poll(wrong)[0].state, JobState::unknown);
  launcher_.cancel(wrong);
  EXPECT_NE(launcher_.poll(jobs)[0].state, JobState::ended);
  launcher_.cancel(jobs);
  EXPECT_EQ(wait_for_end(jobs)[0].end->kind, EndKind::cancelled);
}

TEST_F(RealSlurm, AnIdThatSlurmNeverGaveIsUnknown) {
  const std::vector<JobRef> jobs{{"999999", "token", now()}};
  EXPECT_EQ(launcher_.poll(jobs)[0].state, JobState::unknown);
  launcher_.cancel(jobs);
}

TEST_F(RealSlurm, AnArrayThatIsTooLargeIsTriedSmaller) {
  std::vector<Workload> workloads;  // MaxArraySize of the cluster is 1,001
  for (int i = 0; i < 1002; ++i) workloads.push_back(workload(std::to_string(i), "true"));
  const auto reply = launcher_.submit(workloads, batch_).at(0);
  EXPECT_EQ(reply.error, "Invalid job array specification");
  EXPECT_TRUE(reply.is_transient);
  EXPECT_EQ(launcher_.group(workloads).at(0).size(), 500U);
}

TEST_F(RealSlurm, TheSubmittersEnvironmentDoesNotReachTheJob) {
  ::setenv("LEAKED", "yes", 1);
  ::setenv("SBATCH_PARTITION", "no_such_partition", 1);
  const auto one = workload("one", "env >env.txt");
  wait_for_end(submit({one}, one.token));
  ::unsetenv("LEAKED");
  ::unsetenv("SBATCH_PARTITION");
  const auto text = read_file(one.directory / "env.txt");
  EXPECT_EQ(text.find("LEAKED"), std::string::npos) << text;
  EXPECT_NE(text.find("SLURM_EXPORT_ENV=ALL"), std::string::npos) << text;
  EXPECT_NE(text.find("HOME=/"), std::string::npos) << text;
}

TEST_F(RealSlurm, AJobThatNobodyWatchesEndsByItsLease) {
  auto watched = config();
  watched.settings.entries.emplace_back("lease", Value::of_string("3"));
  watched.settings.entries.back().second.kind = Value::Kind::integer;
  SlurmLauncher launcher(watched);
  auto one = workload("one", "sleep 100");
  one.lease = directory_.path() / ".lease";
  write_file_atomically(one.lease, "");
  const auto reply = launcher.submit(std::span(&one, 1), one.token).at(0);
  ASSERT_EQ(reply.error, "");
  const auto statuses = wait_for_end({{reply.job_id, one.token, now()}});
  EXPECT_EQ(statuses[0].end->kind, EndKind::cancelled);
  EXPECT_THAT(read_file(one.directory / "stderr.log"),
              ::testing::HasSubstr("assay: nobody has watched this job for"));
}

}  // namespace
}  // namespace assay
