#include "cli/ci_select.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "../error_of.h"
#include "../temporary_directory.h"
#include "base/error.h"
#include "base/files.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Variables = std::map<std::string, std::string>;

constexpr auto k_config = R"(suites:
  smoke: {recipes: [recipes/smoke]}
  convergence: {recipes: [recipes/long], filter: "spec.scope == 'nightly'"}
labels:
  Folding: {filter: "spec.model in ['openfold', 'esm2']"}
  Old: esm1
branches: [main, dev]
)";

const std::vector<std::string> k_models{"breast-cancer", "esm1", "esm2", "openfold"};

auto reader(Variables variables) {
  const auto shared = std::make_shared<Variables>(std::move(variables));
  return [shared](const std::string& name) -> std::optional<std::string> {
    const auto found = shared->find(name);
    if (found == shared->end()) return std::nullopt;
    return found->second;
  };
}

// What runs, as "suite: filter", and why.
struct Answer {
  std::vector<std::string> runs;
  std::vector<std::string> reasons;
};

Answer answer(Variables variables, const std::string& config_text = k_config) {
  const auto config = parse_ci_config(config_text, "/repo/assay-ci.yaml");
  const auto context = read_ci_context(reader(std::move(variables)));
  const auto selection = select_for_ci(config, context, k_models);
  Answer out;
  for (const auto& choice : selection.choices) {
    out.runs.push_back(choice.suite->name + ": " + choice.filter);
  }
  out.reasons = selection.reasons;
  return out;
}

Variables merge_request(const std::string& labels) {
  return {{"GITLAB_CI", "true"},
          {"CI_PIPELINE_SOURCE", "merge_request_event"},
          {"CI_MERGE_REQUEST_LABELS", labels}};
}

Variables web(Variables form) {
  form.insert({{"GITLAB_CI", "true"}, {"CI_PIPELINE_SOURCE", "web"}});
  return form;
}

TEST(CiSelect, AMergeRequestRunsSmokeOfEveryModel) {
  EXPECT_THAT(answer(merge_request("")).runs, ElementsAre("smoke: "));
  EXPECT_THAT(answer(merge_request("bug,needs review")).runs, ElementsAre("smoke: "));
}

TEST(CiSelect, AModelsLabelNarrowsWhateverItsCaseAndPunctuation) {
  EXPECT_THAT(answer(merge_request("bug,OpenFold")).runs,
              ElementsAre("smoke: (spec.model == 'openfold')"));
  EXPECT_THAT(answer(merge_request("Breast Cancer")).runs,
              ElementsAre("smoke: (spec.model == 'breast-cancer')"));
  EXPECT_THAT(answer(merge_request("model::ESM-2")).runs,
              ElementsAre("smoke: (spec.model == 'esm2')"));
}

TEST(CiSelect, TheFilesLabelsChooseModelsAndFilters) {
  EXPECT_THAT(answer(merge_request("old")).runs, ElementsAre("smoke: (spec.model == 'esm1')"));
  EXPECT_THAT(answer(merge_request("Folding")).runs,
              ElementsAre("smoke: (spec.model in ['openfold', 'esm2'])"));
}

TEST(CiSelect, SeveralLabelsAddUpUnlessOnlyTheFirstCounts) {
  EXPECT_THAT(answer(merge_request("ESM1,OpenFold")).runs,
              ElementsAre("smoke: ((spec.model == 'esm1') or (spec.model == 'openfold'))"));
  const auto first =
      answer(merge_request("ESM1,OpenFold"), std::string(k_config) + "several_labels: first\n");
  EXPECT_THAT(first.runs, ElementsAre("smoke: (spec.model == 'esm1')"));
  EXPECT_THAT(first.reasons.back(), HasSubstr("OpenFold is left out"));
}

TEST(CiSelect, ASkipLabelEndsItAndIsSaid) {
  const auto skipped = answer(merge_request("OpenFold,JET_NOT_REQUIRED"));
  EXPECT_THAT(skipped.runs, IsEmpty());
  EXPECT_THAT(skipped.reasons, ElementsAre("label JET_NOT_REQUIRED skips everything"));
  EXPECT_THAT(answer(merge_request("heavy"), std::string(k_config) + "skip_labels: [heavy]\n").runs,
              IsEmpty());
}

TEST(CiSelect, AScheduleRunsConvergenceWithItsSuitesOwnFilter) {
  EXPECT_THAT(answer({{"GITLAB_CI", "true"}, {"CI_PIPELINE_SOURCE", "schedule"}}).runs,
              ElementsAre("convergence: (spec.scope == 'nightly')"));
}

TEST(CiSelect, APushCountsOnNamedBranchesOnly) {
  const auto push = [](const char* branch) {
    return answer(
        {{"GITLAB_CI", "true"}, {"CI_PIPELINE_SOURCE", "push"}, {"CI_COMMIT_BRANCH", branch}});
  };
  EXPECT_THAT(push("dev").runs, ElementsAre("smoke: "));
  EXPECT_THAT(push("topic").runs, IsEmpty());
  EXPECT_THAT(push("topic").reasons[0], HasSubstr("none of main, dev"));
}

TEST(CiSelect, AWebFormsVariablesSwitchSuitesAndChooseModels) {
  EXPECT_THAT(answer(web({})).runs, IsEmpty());
  EXPECT_THAT(answer(web({{"JET", "true"}})).runs, ElementsAre("smoke: "));
  EXPECT_THAT(answer(web({{"JET_CONV_TEST", "true"}, {"JET_MODEL_NAME", "OpenFold"}})).runs,
              ElementsAre("convergence: (spec.scope == 'nightly') and (spec.model == 'openfold')"));
  EXPECT_THAT(answer(web({{"JET", "true"}, {"JET_MODEL_NAME", "all"}})).runs,
              ElementsAre("smoke: "));
  auto off = merge_request("");
  off["JET"] = "false";
  EXPECT_THAT(answer(off).runs, IsEmpty());
}

TEST(CiSelect, AVariableThatNamesNoModelIsAnErrorWithTheNearest) {
  EXPECT_THAT(test::error_of([&] {
                answer(web({{"JET", "true"}, {"JET_MODEL_NAME", "openfld"}}));
              }),
              HasSubstr("did you mean 'openfold'?"));
}

TEST(CiSelect, GitHubsEventFileHasLabelsAndInputs) {
  const test::TemporaryDirectory directory;
  const auto file = (directory.path() / "event.json").string();
  write_file_atomically(file, R"({"pull_request": {"labels": [{"name": "ESM2"}]}})");
  Variables variables{{"GITHUB_ACTIONS", "true"},
                      {"GITHUB_EVENT_NAME", "pull_request"},
                      {"GITHUB_EVENT_PATH", file}};
  EXPECT_THAT(answer(variables).runs, ElementsAre("smoke: (spec.model == 'esm2')"));
  write_file_atomically(
      file,
      R"({"inputs": {"ASSAY_MODEL": "esm1", "ASSAY_CONVERGENCE": true, "ASSAY_SMOKE": false}})");
  variables["GITHUB_EVENT_NAME"] = "workflow_dispatch";
  EXPECT_THAT(answer(variables).runs,
              ElementsAre("convergence: (spec.scope == 'nightly') and (spec.model == 'esm1')"));
  write_file_atomically(file, "not JSON");
  EXPECT_THROW(answer(variables), Error);
}

TEST(CiSelect, WithoutACiNothingStartsByItself) {
  EXPECT_THAT(answer({}).runs, IsEmpty());
  EXPECT_THAT(answer({{"ASSAY_SMOKE", "1"}}).runs, ElementsAre("smoke: "));
}

std::string error_of(const std::string& text) {
  return test::error_of([&] { parse_ci_config(text, "assay-ci.yaml"); });
}

TEST(CiConfig, AMisspeltKeyIsAnErrorWithItsPlace) {
  EXPECT_THAT(error_of("suites:\n  smoke: {recipe: [x]}\n"),
              HasSubstr("assay-ci.yaml:2:11: unknown key 'recipe'; did you mean 'recipes'?"));
  EXPECT_THAT(error_of("label: {}\n"), HasSubstr("did you mean 'labels'?"));
}

TEST(CiConfig, AnEventOfASuiteThatIsNoneIsAnError) {
  EXPECT_THAT(error_of("suites:\n  smoke: {recipes: [x]}\nevents:\n  push: [smok]\n"),
              HasSubstr("unknown suite 'smok'; did you mean 'smoke'?"));
}

TEST(CiConfig, ASuiteWithoutRecipesAndALabelOfTwoThingsAreErrors) {
  EXPECT_THAT(error_of("suites:\n  smoke: {}\n"), HasSubstr("names no 'recipes'"));
  EXPECT_THAT(error_of("labels:\n  A: {model: a, filter: b}\n"), HasSubstr("either"));
  EXPECT_THAT(error_of("several_labels: some\n"), HasSubstr("expected first or all"));
}

TEST(CiConfig, ASuiteOfAnotherNameLeavesNoDefaultsBehind) {
  const auto config = parse_ci_config(
      "suites:\n  gate: {recipes: [x], script: smoke}\nevents: {push: [gate]}\n", "f");
  EXPECT_EQ(config.suites.size(), 1U);
  EXPECT_EQ(config.suites[0].script, "smoke");
  EXPECT_THAT(config.suite_variables, IsEmpty());
}

}  // namespace
}  // namespace assay
