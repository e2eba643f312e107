#include "cli/completion.h"

#include <gmock/gmock.h>

#include <CLI/CLI.hpp>

#include "../model/sample_record.h"
#include "../temporary_directory.h"
#include "base/files.h"
#include "cli/commands.h"
#include "history/history.h"

namespace assay {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class Completion : public testing::Test {
 protected:
  Completion() : app_("test", "assay"), history_(directory_.path() / "history.sqlite") {
    add_results_command(CliCommand(app_), exit_code_);
    add_diff_command(CliCommand(app_), exit_code_);
    add_history_command(CliCommand(app_), exit_code_);
    add_run_command(CliCommand(app_), exit_code_);
    add_list_command(CliCommand(app_), exit_code_);
    auto record = test::passed_record();
    record.labels = {{"model", "digits"}, {"scope", "nightly"}};
    record.pipeline_id = "77";
    History(history_).append(record);
    record.run_id = "run-2";
    record.key = "recipe/esm2";
    record.labels = {{"model", "esm2"}, {"note", "two\nlines"}};
    record.created += std::chrono::hours(1);
    History(history_).append(record);
  }

  // The words after `assay`, the history's option in front of the last one.
  std::vector<std::string> words_for(std::vector<std::string> words) const {
    if (words.size() > 1 && words[0] != "history") {  // its parts have the option, not itself
      words.insert(words.begin() + 1, {"--history", history_.string()});
    }
    std::vector<std::string> out;
    for (const auto& candidate : complete(app_, words)) out.push_back(candidate.word);
    return out;
  }

  test::TemporaryDirectory directory_;
  CLI::App app_;
  std::filesystem::path history_;
  int exit_code_ = 0;
};

TEST_F(Completion, OfCommandsWithWhatTheyAre) {
  EXPECT_THAT(words_for({""}), Contains("results"));
  EXPECT_THAT(words_for({"re"}), ElementsAre("results"));
  EXPECT_THAT(complete(app_, std::vector<std::string>{"dif"}),
              ElementsAre(Candidate{"diff", "Show what changed between two runs"}));
  EXPECT_THAT(words_for({"history", "ch"}), ElementsAre("check"));
  EXPECT_THAT(complete(app_, {}), IsEmpty());
}

TEST_F(Completion, OfOptionsOfTheCommand) {
  EXPECT_THAT(words_for({"results", "--sa"}), ElementsAre("--save-dir"));
  EXPECT_THAT(words_for({"results", "-"}), AllOf(Contains("-v"), Contains("--label")));
  EXPECT_THAT(words_for({"diff", "--sa"}), IsEmpty());
}

TEST_F(Completion, OfKeysByNameOrWhole) {
  EXPECT_THAT(words_for({"results", "es"}), ElementsAre("esm2"));
  EXPECT_THAT(words_for({"results", "digits_train_fp32", "es"}), ElementsAre("esm2"));
  EXPECT_THAT(words_for({"results", "recipe/e"}), ElementsAre("recipe/esm2"));
}

TEST_F(Completion, OfWhatTheHistoryHas) {
  EXPECT_THAT(words_for({"results", "--label", "m"}), ElementsAre("model=digits", "model=esm2"));
  EXPECT_THAT(words_for({"results", "--label=sc"}), ElementsAre("--label=scope=nightly"));
  EXPECT_THAT(words_for({"results", "--label", "note"}), ElementsAre("note=two lines"));
  EXPECT_THAT(words_for({"results", "--model", "e"}), ElementsAre("esm2"));
  EXPECT_THAT(words_for({"results", "--run", ""}), ElementsAre("run-2", "run-1"));
  EXPECT_THAT(words_for({"results", "--pipeline", ""}), ElementsAre("77"));
  EXPECT_THAT(words_for({"results", "--branch", "m"}), ElementsAre("main"));
  EXPECT_THAT(words_for({"results", "--launcher", ""}), ElementsAre("local"));
  EXPECT_THAT(words_for({"diff", "run-1", ""}), ElementsAre("run-2", "run-1"));
  EXPECT_THAT(words_for({"diff", "run-1", "run-2", ""}), IsEmpty());
}

TEST_F(Completion, OfFixedWords) {
  EXPECT_THAT(words_for({"results", "--format", "m"}), ElementsAre("markdown"));
  EXPECT_THAT(words_for({"results", "--verdict", "f"}), ElementsAre("failed"));
}

TEST_F(Completion, LeavesFilesToTheShell) {
  EXPECT_THAT(words_for({"results", "--save-dir", ""}), ElementsAre(":directories"));
  EXPECT_THAT(words_for({"list", "rec"}), ElementsAre(":files"));
  EXPECT_THAT(words_for({"history", "import", "x"}), ElementsAre(":files"));
}

TEST_F(Completion, OfTheProductsOfTheRecipeNamed) {
  const auto recipe = directory_.path() / "recipe.yaml";
  write_file_atomically(recipe,
                        "type: recipe\nformat_version: 1\nspec: {model: esm2, script: x}\n"
                        "products: [{precision: [fp32, bf16]}]\n");
  EXPECT_THAT(words_for({"run", recipe, "--product", "esm2_b"}), ElementsAre("esm2_bf16"));
  EXPECT_THAT(words_for({"run", recipe, "--product", "recipe/esm2_f"}),
              ElementsAre("recipe/esm2_fp32"));
}

TEST_F(Completion, SaysNothingWhereNothingIsKnown) {
  const std::vector<std::string> words{"results", "--history", "/nowhere", "--label", ""};
  EXPECT_THAT(complete(app_, words), IsEmpty());
  EXPECT_THAT(words_for({"run", "/nowhere.yaml", "--product", ""}), IsEmpty());
  EXPECT_THAT(words_for({"results", "--nonsense", "x"}), Not(Contains("results")));
}

TEST(CompletionText, IsALinePerCandidate) {
  const std::vector<Candidate> candidates{{"results", "Show"}, {"esm2", ""}};
  EXPECT_EQ(candidates_text(candidates), "results\tShow\nesm2\n");
  for (const char* shell : {"bash", "zsh", "fish"}) {
    EXPECT_NE(completion_script(shell).find(k_complete_word), std::string::npos);
  }
}

}  // namespace
}  // namespace assay
