#include "driver/driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "../launch/local_job.h"
#include "base/error.h"
#include "history/history.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Runs the one product of a recipe on this machine, as `assay run` does.
class RunProduct : public ::testing::Test {
 protected:
  Record run(const std::string& spec, const std::string& rest = "") {
    LocalLauncher launcher(config_);
    return run_on(launcher, spec, rest);
  }

  Record run_on(Launcher& launcher, const std::string& spec, const std::string& rest = "") {
    const auto text =
        "type: recipe\nformat_version: 1\nspec:\n  model: m\n  time_limit: 20\n" + spec + rest;
    const auto file = parse_recipes(text, (directory_.path() / "recipe.yaml").string());
    if (!file.errors.empty()) throw file.errors.front();
    RunRequest request;
    request.product = expand(file.recipes.at(0)).at(0);
    request.recipes = file.recipes;
    request.resolve.launcher = &config_;
    request.work_dir = directory_.path() / "work";
    request.history = history_;
    request.variable = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
    request.patience.first_interval = std::chrono::milliseconds(5);
    request.patience.exit_file = std::chrono::milliseconds(50);
    Interrupts interrupts(deadline_);
    auto outcome = run_product(request, launcher, interrupts,
                               [this](const std::string& line) { progress_.push_back(line); });
    series_ = std::move(outcome.series);
    return std::move(outcome.record);
  }

  TemporaryDirectory directory_;
  std::filesystem::path history_ = directory_.path() / "history.sqlite";
  LauncherConfig config_ = local_config();
  std::map<std::string, std::string> variables_{{"ASSAY_RUN_ID", "run1"}};
  std::optional<TimePoint> deadline_;
  std::vector<std::string> progress_;
  std::vector<Series> series_;
};

std::string script(const std::string& lines) { return "  script: |-\n    " + lines + "\n"; }

TEST_F(RunProduct, APassIsRecordedWhereTheJobRanAndInTheHistory) {
  const auto record = run(script("echo hello"));
  EXPECT_EQ(record.verdict, Verdict::passed) << record.summary;
  EXPECT_EQ(exit_code_of(record), 0);
  EXPECT_EQ(record.run_id, "run1");
  ASSERT_EQ(record.attempts.size(), 1U);
  const auto attempt = directory_.path() / "work/run1" / record.name / "1";
  EXPECT_EQ(record.attempts[0].directory, attempt.string());
  EXPECT_EQ(read_file(attempt / "script.sh"), "echo hello");
  EXPECT_EQ(read_file(attempt / "stdout.log"), "hello\n");
  const auto written = record_from_json(read_file(attempt / "record.json"));
  EXPECT_EQ(written.key, record.key);
  EXPECT_EQ(written.verdict, Verdict::passed);
  EXPECT_TRUE(record.submitted && record.started && record.ended);
  EXPECT_EQ(record.logs.size(), 2U);
  EXPECT_EQ(record.script_digest.size(), 64U);
  EXPECT_TRUE(record.attempts[0].cpu_seconds);
  History::Query query;
  query.run_id = "run1";
  EXPECT_EQ(History(history_).find(query).size(), 1U);
}

TEST_F(RunProduct, TheProductsDigestIsTheSameInEveryRun) {
  const auto first = run(script("echo {logs_dir}"));
  variables_["ASSAY_RUN_ID"] = "run2";
  const auto second = run(script("echo {logs_dir}"));
  EXPECT_EQ(first.product_digest, second.product_digest);
  EXPECT_NE(first.script_digest, second.script_digest);
}

TEST_F(RunProduct, AFailureSaysWhy) {
  const auto record = run(script("exit 3"));
  EXPECT_EQ(record.verdict, Verdict::failed);
  EXPECT_EQ(exit_code_of(record), 1);
  EXPECT_EQ(record.summary, "exit code 3, expected 0");
}

TEST_F(RunProduct, AJobThatRemovesItsExitFilesDirectoryIsErroredNotPassed) {
  const auto record = run(script("rm -rf \"$PWD\""));
  EXPECT_EQ(record.verdict, Verdict::errored) << record.summary;
  EXPECT_EQ(exit_code_of(record), 3);
}

TEST_F(RunProduct, AJobsOwn77IsASkipWithItsWords) {
  const auto record = run(script("echo 'no PyTorch here' >&2; exit 77"));
  EXPECT_EQ(record.verdict, Verdict::skipped);
  EXPECT_EQ(exit_code_of(record), 77);
  EXPECT_EQ(record.summary, "no PyTorch here");
}

TEST_F(RunProduct, TwoNodesAreSkippedHere) {
  const auto record = run("  nodes: 2\n" + script("true"));
  EXPECT_EQ(record.verdict, Verdict::skipped);
  EXPECT_THAT(record.summary, HasSubstr("needs 2 nodes"));
}

TEST_F(RunProduct, AnAllowedFailurePassesItsCaseAndKeepsItsVerdict) {
  const auto record = run("  allow_failure: true\n" + script("exit 3"));
  EXPECT_EQ(record.verdict, Verdict::failed);
  EXPECT_TRUE(record.allowed_failure);
  EXPECT_EQ(exit_code_of(record), 0);
}

TEST_F(RunProduct, AnInfrastructureFailureIsRepeatedInADirectoryOfItsOwn) {
  const auto record = run(script("[ $ASSAY_ATTEMPT = 2 ] || exit 9"),
                          "retry:\n  - exit_code: 9\n    class: infra\n    max: 3\n");
  EXPECT_EQ(record.verdict, Verdict::passed) << record.summary;
  ASSERT_EQ(record.attempts.size(), 2U);
  EXPECT_EQ(record.attempts[0].class_, "infra");
  EXPECT_EQ(record.attempts[1].number, 2);
  EXPECT_NE(record.attempts[0].token, record.attempts[1].token);
  EXPECT_THAT(record.attempts[1].directory, ::testing::EndsWith("/2"));
  EXPECT_TRUE(std::filesystem::exists(record.attempts[1].directory + "/record.json"));
}

// A cluster whose first job meets a broken node; notes what each submission leaves out.
class BrokenNode : public Launcher {
 public:
  std::vector<Submission> submit(std::span<const Workload> workloads, const std::string&) override {
    excluded.push_back(workloads[0].excluded_nodes);
    if (excluded.size() > 1) write_file_atomically(workloads[0].directory / "exit_code", "0\n");
    Submission reply;
    reply.job_id = std::to_string(excluded.size());
    return {reply};
  }
  std::vector<JobStatus> poll(std::span<const JobRef> jobs) override {
    JobStatus status;
    status.id = jobs[0].id;
    status.state = JobState::ended;
    status.nodes = {"node" + status.id};
    status.gpus = {{"GPU-" + status.id, "NVIDIA H200", "550.54"}};
    const bool is_broken = status.id == "1";
    status.end =
        JobEnd{is_broken ? EndKind::node_failed : EndKind::exited, is_broken ? -1 : 0, 0, ""};
    return {status};
  }
  void cancel(std::span<const JobRef>) override {}

  std::vector<std::vector<std::string>> excluded;
};

TEST_F(RunProduct, ARetryAsksForOtherNodesAndEachAttemptKeepsItsOwn) {
  BrokenNode cluster;
  const auto record = run_on(cluster, script("true"));
  EXPECT_EQ(record.verdict, Verdict::passed) << record.summary;
  EXPECT_THAT(cluster.excluded, ElementsAre(ElementsAre(), ElementsAre("node1")));
  ASSERT_EQ(record.attempts.size(), 2U);
  EXPECT_THAT(record.attempts[0].nodes, ElementsAre("node1"));
  EXPECT_EQ(record.attempts[0].class_, "infra");
  EXPECT_EQ(record.attempts[0].gpus.at(0).uuid, "GPU-1");
  EXPECT_EQ(record.attempts[1].gpus.at(0).driver, "550.54");
}

TEST_F(RunProduct, AFailureHasItsLikelyCauseAndCurvesInTheRecord) {
  const auto record =
      run(script("for i in 3 2 1; do echo \"loss: $i\"; done; echo 'MemoryError: x' >&2; exit 1"),
          "metrics:\n  loss: {pattern: 'loss: ([0-9]+)'}\nloggers: [stdout]\n");
  EXPECT_THAT(record.cause, ElementsAre("stderr.log:1: MemoryError: x"));
  ASSERT_EQ(series_.size(), 1U);
  EXPECT_EQ(series_[0].points.size(), 3U);
}

TEST_F(RunProduct, AQuarantinedProductSaysWhenItCanBeReleased) {
  const std::string quarantine =
      "quarantine: {owner: ada, reason: races, issue: T-1, until: 2999-01-31}\n";
  const auto failed = run(script("exit 1"), quarantine);
  EXPECT_TRUE(failed.quarantined);
  EXPECT_EQ(exit_code_of(failed), 0);
  EXPECT_EQ(failed.quarantine, "quarantined until 2999-01-31 (owner ada; T-1; races)");
  Record passed;
  for (int i = 0; i < 5; ++i) passed = run(script("true"), quarantine);
  EXPECT_FALSE(passed.quarantined);
  EXPECT_THAT(passed.quarantine, HasSubstr("passed 5 times in a row, it can be released"));
}

TEST_F(RunProduct, HistoryJudgesWhatItsOwnReductionMakesOfTheCurve) {
  // The last value rises from run to run, the largest does not.
  const auto one = [&](int last, int largest) {
    variables_["ASSAY_RUN_ID"] = "run" + std::to_string(last);
    return run(script("for v in " + std::to_string(largest) + " " + std::to_string(last) +
                      "; do echo \"loss: $v\"; done"),
               "metrics:\n  loss: {pattern: 'loss: ([0-9]+)', goal: minimize}\n"
               "loggers: [stdout]\n"
               "tests_spec:\n  - logic_type: history\n    logic_spec:\n"
               "      metrics: [loss]\n      reduce: max\n      at_least: 3\n");
  };
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(one(i, 100).verdict, Verdict::passed);
  const auto same = one(90, 100);
  EXPECT_EQ(same.verdict, Verdict::passed) << same.summary;
  EXPECT_EQ(same.findings.back().actual, "100");
  EXPECT_EQ(same.metrics.back().name, "loss.max");
  EXPECT_EQ(one(91, 200).findings.back().status, Finding::Status::regressed);
}

TEST_F(RunProduct, ARealFailureIsNotRepeated) {
  const auto record =
      run(script("exit 1"), "retry:\n  - exit_code: 9\n    class: infra\n    max: 3\n");
  EXPECT_EQ(record.attempts.size(), 1U);
}

TEST_F(RunProduct, RepeatsAreJudgedByTheirMedian) {
  const auto record =
      run("  n_repeat: 3\n" + script("echo \"loss: $((ASSAY_ATTEMPT * ASSAY_ATTEMPT))\""),
          "metrics:\n  loss: {pattern: 'loss: ([0-9]+)', source: stdout}\n"
          "loggers: [stdout]\n"
          "tests_spec:\n  - logic_type: static\n    logic_spec:\n      baselines:\n"
          "        loss: {operator: eq, value: 4}\n");
  EXPECT_EQ(record.verdict, Verdict::passed) << record.summary;
  ASSERT_EQ(record.attempts.size(), 3U);
  EXPECT_EQ(record.attempts[2].repeat, 3);
  ASSERT_EQ(record.metrics.size(), 1U);
  EXPECT_EQ(record.metrics[0].value, 4);
}

TEST_F(RunProduct, AfterAFailedRepeatNoneFollows) {
  const auto record = run("  n_repeat: 3\n" + script("exit 1"));
  EXPECT_EQ(record.verdict, Verdict::failed);
  EXPECT_EQ(record.attempts.size(), 1U);
}

TEST_F(RunProduct, ASignalThatTheRecipeExpectsIsNoFailure) {
  const auto record = run(script("kill -ABRT $$"),
                          "tests_spec:\n  - logic_type: static\n    logic_spec:\n"
                          "      exit_codes: [134]\n");
  EXPECT_EQ(record.verdict, Verdict::passed) << record.summary;
}

TEST_F(RunProduct, WithoutTimeLeftNothingRunsAndItIsErrored) {
  deadline_ = now() - std::chrono::seconds(1);
  const auto record = run(script("touch \"$OUT\""));
  EXPECT_EQ(record.verdict, Verdict::errored);
  EXPECT_EQ(record.attempts.at(0).end.kind, EndKind::deadline);
  EXPECT_FALSE(std::filesystem::exists(record.attempts[0].directory + "/stdout.log"));
}

TEST_F(RunProduct, AnErrorBeforeTheJobIsInTheRecord) {
  config_.settings.entries.clear();
  const auto record = run("  shell: assay-no-such-shell\n" + script("true"));
  EXPECT_EQ(record.verdict, Verdict::errored);
  EXPECT_THAT(record.summary, HasSubstr("no such shell"));
}

TEST_F(RunProduct, AHistoryThatCannotBeWrittenIsToldAndChangesNoVerdict) {
  write_file_atomically(directory_.path() / "file", "");
  history_ = directory_.path() / "file" / "history.sqlite";
  const auto record = run(script("true"));
  EXPECT_EQ(record.verdict, Verdict::passed);
  ASSERT_FALSE(record.warnings.empty());
  EXPECT_THAT(record.warnings.back(), HasSubstr("not in the history"));
  const auto written = record_from_json(read_file(record.attempts[0].directory + "/record.json"));
  EXPECT_EQ(written.warnings, record.warnings);
}

TEST_F(RunProduct, AMissingGoldenFileIsTheRecipesErrorBeforeAnythingRuns) {
  EXPECT_THROW(run(script("true"),
                   "tests_spec:\n  - logic_type: golden\n    logic_spec:\n"
                   "      file: no-such.json\n"),
               InputError);
}

}  // namespace
}  // namespace assay
