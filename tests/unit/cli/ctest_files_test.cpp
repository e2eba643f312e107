#include "cli/ctest_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// The first product of a recipe; recipes are read from text.
GridProduct first_product(std::string text) {
  const auto file = parse_recipes(std::move(text), "/r/esm2.yaml");
  EXPECT_TRUE(file.errors.empty());
  return expand(file.recipes.at(0)).at(0);
}

LauncherConfig launcher(std::string type) {
  LauncherConfig config;
  config.name = "here";
  config.type = std::move(type);
  config.settings.kind = Value::Kind::map;
  return config;
}

constexpr const char* k_recipe = R"(type: basic
labels: {team: bio, origin: ''}
spec:
  name: esm2
  model: esm2
  precision: 16
  nodes: 2
  gpus: 4
  time_limit: 100
  script: 'true'
)";

TEST(CMakeQuote, IsDeepEnoughForAnyText) {
  EXPECT_EQ(cmake_quote("plain"), "[=[plain]=]");
  EXPECT_EQ(cmake_quote("a]=]b"), "[==[a]=]b]==]");
  EXPECT_EQ(cmake_quote("a]=]==]"), "[===[a]=]==]]===]");
  EXPECT_EQ(cmake_quote("ends in ]"), "[=[ends in ]]=]");
}

TEST(CMakeQuote, KeepsALeadingLineEnd) { EXPECT_EQ(cmake_quote("\na"), "[=[\n\na]=]"); }

TEST(CaseName, HasOnlyCharactersThatCTestKeeps) {
  EXPECT_EQ(case_name("sub/my recipe(1).x=y_z-"), "sub-my-recipe-1-.x=y_z-");
}

TEST(CaseLabels, AreParametersThenRecipeLabelsThenTheCalls) {
  const auto local = launcher("local");
  CaseContext context;
  context.launcher = &local;
  context.labels = {"smoke"};
  const auto product = first_product(k_recipe);
  EXPECT_THAT(case_labels(product, context),
              ElementsAre("model=esm2", "precision=16", "nodes=2", "gpus=4", "team=bio", "smoke"));
  context.caller_labels = {{"ORIGIN", "a;b\nc"}};
  EXPECT_THAT(case_labels(product, context),
              ElementsAre("model=esm2", "precision=16", "nodes=2", "gpus=4", "team=bio",
                          "origin=a,b c", "smoke"));
}

TEST(CaseTimeout, IsNoneOnRemoteLaunchersAndWithoutALimit) {
  EXPECT_FALSE(case_timeout(first_product(k_recipe), launcher("slurm")));
  EXPECT_FALSE(case_timeout(first_product("type: basic\nspec: {name: x, script: 'true'}\n"),
                            launcher("local")));
}

TEST(CaseTimeout, LeavesTheDriverTimeToEndTheJobItself) {
  using namespace std::chrono_literals;
  EXPECT_EQ(case_timeout(first_product(k_recipe), launcher("local")), 100s + 10s + 20s + 60s);
  EXPECT_EQ(case_timeout(first_product(std::string(k_recipe) + "  n_repeat: 2\n"
                                                               "retry: [{exit_code: 7, max: 3}]\n"),
                         launcher("local")),
            6 * (100s + 10s + 20s) + 60s);
}

TEST(CaseCommands, UseResourceGroupsOnlyWhereTheMachineHasGpusEnough) {
  auto config = launcher("local");
  CaseContext context;
  context.tool = "/bin/assay";
  context.launcher = &config;
  const auto product = first_product(k_recipe);
  context.gpus = 3;
  EXPECT_THAT(case_commands(product, context), Not(HasSubstr("RESOURCE_GROUPS")));
  context.gpus = 4;
  EXPECT_THAT(case_commands(product, context), HasSubstr(" RESOURCE_GROUPS 4,gpus:1"));
  config.type = "slurm";
  EXPECT_THAT(case_commands(product, context), Not(HasSubstr("RESOURCE_GROUPS")));
}

TEST(CaseCommands, NameTheProductAndItsCase) {
  const auto config = launcher("local");
  CaseContext context;
  context.tool = "/bin/assay";
  context.arguments = {"--build-dir", "/b"};
  context.prefix = "bio.";
  context.launcher = &config;
  EXPECT_EQ(case_commands(first_product(k_recipe), context),
            "add_test([=[bio.esm2]=] [=[/bin/assay]=] run [=[/r/esm2.yaml]=] --product "
            "[=[basic/esm2]=] --case [=[bio.esm2]=] [=[--build-dir]=] [=[/b]=])\n"
            "set_tests_properties([=[bio.esm2]=] PROPERTIES LABELS "
            "[=[model=esm2;precision=16;nodes=2;gpus=4;team=bio]=] SKIP_RETURN_CODE 77 COST 200 "
            "TIMEOUT 190)\n");
}

TEST(CaseCommands, NamesHaveOnlyCharactersThatCTestKeeps) {
  const auto config = launcher("local");
  CaseContext context;
  context.launcher = &config;
  const auto file = parse_recipes("script_args: {a*b: 1}\nscript: x\n", "/r/odd name.yaml");
  const auto product = expand(file.recipes.at(0)).at(0);
  EXPECT_EQ(product.key, "recipe/odd name_a*b-1");
  EXPECT_THAT(case_commands(product, context), HasSubstr("add_test([=[odd-name_a-b-1]=] "));
  EXPECT_THAT(case_commands(product, context), HasSubstr("--product [=[recipe/odd name_a*b-1]=]"));
}

TEST(RedCase, PrintsItsTextAndFails) {
  EXPECT_EQ(red_case_commands("bad.DISCOVERY", "/d/x.txt", {"model=esm2", "smoke"}),
            "add_test([=[bad.DISCOVERY]=] /bin/sh -c [=[cat \"$1\"; exit 2]=] sh [=[/d/x.txt]=])\n"
            "set_tests_properties([=[bad.DISCOVERY]=] PROPERTIES LABELS [=[model=esm2;smoke]=])\n");
}

TEST(RedCase, TellsItsFirstLineToDashboards) {
  EXPECT_EQ(red_case_text({"a.yaml:3:1: bad\n  x:\n  ^", "second"}),
            "a.yaml:3:1: bad\n  x:\n  ^\n\nsecond\n<CTestDetails>a.yaml:3:1: bad</CTestDetails>\n");
}

TEST(GuessLabels, FindsWhatABrokenRecipeSaysOfItself) {
  EXPECT_THAT(guess_labels("spec:\n  model: 'esm2'  # ours\n  name: [unclosed\nproducts:\n"
                           "- precision: [fp32, \"bf16\"]\n  gpus:\n  model: esm2\n"),
              ElementsAre("model=esm2", "precision=fp32", "precision=bf16"));
  EXPECT_TRUE(guess_labels("").empty());
}

}  // namespace
}  // namespace assay
