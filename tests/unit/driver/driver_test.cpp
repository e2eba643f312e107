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
    LocalLauncher launcher(config_);
    Interrupts interrupts(deadline_);
    return run_product(request, launcher, interrupts,
                       [this](const std::string& line) { progress_.push_back(line); });
  }

  TemporaryDirectory directory_;
  std::filesystem::path history_ = directory_.path() / "history.sqlite";
  LauncherConfig config_ = local_config();
  std::map<std::string, std::string> variables_{{"ASSAY_RUN_ID", "run1"}};
  std::optional<TimePoint> deadline_;
  std::vector<std::string> progress_;
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
