#include "recipe/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Site site_with_limit(const std::string& seconds) {
  Site site;
  LauncherConfig launcher;
  launcher.name = "batch";
  launcher.type = "slurm";
  launcher.settings.kind = Value::Kind::map;
  Value limit;
  limit.kind = Value::Kind::integer;
  limit.text = seconds;
  launcher.settings.entries.emplace_back("time_limit", limit);
  site.launchers.push_back(launcher);
  return site;
}

std::vector<Diagnostic> lint_text(const std::string& text, const Site& site = {}) {
  const auto file = parse_recipes(text, "r.yaml");
  for (const auto& error : file.errors) ADD_FAILURE() << error.what();
  for (const auto& recipe : file.recipes) EXPECT_NO_THROW(expand(recipe));
  return lint(file, site);
}

// "id line:column" of each warning.
std::vector<std::string> found(const std::string& text, const Site& site = {}) {
  std::vector<std::string> out;
  for (const auto& warning : lint_text(text, site)) {
    EXPECT_EQ(warning.place.file, "r.yaml");
    out.push_back(warning.id + " " + std::to_string(warning.place.line) + ":" +
                  std::to_string(warning.place.column));
  }
  return out;
}

// A recipe whose spec and script have these lines.
std::string recipe(const std::string& spec, const std::string& script,
                   const std::string& rest = "") {
  return "type: recipe\nloggers: [dllogger]\nspec:\n  model: m\n" + spec + "  script: |-\n    " +
         script + "\n" + rest;
}

TEST(Lint, CleanRecipeHasNoWarnings) {
  EXPECT_THAT(found(recipe("  lr: 0.1\n", "train {model} --lr={lr} > {logs_dir}/x")), IsEmpty());
}

// A check of products identified so, of a recipe with two precisions and two sizes.
std::string identified(const std::string& identifier) {
  return recipe("", "train {precision} {size} > {logs_dir}/x",
                "key_segments: {size: size}\nproducts:\n  - {precision: [fp32], size: [1, 2]}\n"
                "  - {precision: [bf16], size: [1]}\n"
                "tests_spec:\n  - logic_type: static\n    product_identifier: {" +
                    identifier + "}\n    logic_spec: {exit_codes: [0]}\n");
}

TEST(Lint, AChecksProductsMustExist) {
  for (const auto* some : {"", "precision: fp32", "size: 2", "precision: fp32, size: 2",
                           "target: dgxa100, precision: bf16", "model: m"}) {
    EXPECT_THAT(found(identified(some)), IsEmpty()) << some;
  }
  const auto message = [](const char* identifier) {
    const auto warnings = lint_text(identified(identifier));
    return warnings.size() == 1 ? warnings[0].message : "no warning";
  };
  EXPECT_THAT(message("precison: fp32"),
              HasSubstr("none has a 'precison'; did you mean 'precision'?"));
  EXPECT_THAT(message("precision: fp33"),
              HasSubstr("none has the precision 'fp33'; did you mean 'fp32'?"));
  EXPECT_THAT(message("precision: bf16, size: 2"), HasSubstr("none has all of these values"));
  EXPECT_THAT(found(identified("precison: fp32")), ElementsAre("no-such-product 13:26"));
  EXPECT_THAT(found(identified("precision: bf16, size: 2")), ElementsAre("no-such-product 13:5"));
}

TEST(Lint, AQuarantinesProductsMustExist) {
  EXPECT_THAT(found(recipe("", "train > {logs_dir}/x",
                           "quarantine:\n  - owner: me\n    reason: flaky\n    issue: '7'\n"
                           "    until: 2027-01-01\n    product_identifier: {model: n}\n")),
              ElementsAre("no-such-product 12:26"));
}

TEST(Lint, RuleIdsAreDistinctAndDocumented) {
  std::set<std::string_view> ids;
  for (const auto& rule : lint_rules()) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_FALSE(rule.meaning.empty());
  }
}

TEST(LintUnusedParameter, IsOneThatNothingNames) {
  EXPECT_THAT(found(recipe("  lr: 0.1\n  wd: 0.2\n", "train --lr={lr}")),
              ElementsAre("unused-parameter 6:3"));
  EXPECT_THAT(found(recipe("", "train", "products:\n  - seed: [1, 2]\nkey_segments: {seed: s}\n")),
              ElementsAre("unused-parameter 8:5"));
}

TEST(LintUnusedParameter, EveryUseCounts) {
  EXPECT_THAT(found(recipe("  a: 1\n", "x {'y' if a else 'z'}")), IsEmpty());
  EXPECT_THAT(found(recipe("  a: 1\n", "echo $ASSAY_PARAM_A")), IsEmpty());
  EXPECT_THAT(found(recipe("  a: 1\n", "x", "launchers:\n  type:slurm: {nodes: '{a}'}\n")),
              IsEmpty());
  EXPECT_THAT(found(recipe("  a: 1\n", "x",
                           "tests_spec:\n  - logic_type: static\n    product_identifier: {a: 1}\n"
                           "    logic_spec: {exit_codes: [0]}\n")),
              IsEmpty());
}

TEST(LintUnusedParameter, FieldsOfTheFormatAreNever) {
  EXPECT_THAT(found(recipe("  nodes: 1\n  gpus: 0\n  precision: 32\n  domain: d\n", "x")),
              IsEmpty());
}

TEST(LintMetric, WithoutAnyLoggerCannotBe) {
  const std::string checks =
      "spec: {model: m, script: x}\ntests_spec:\n  - logic_type: static\n    logic_spec:\n"
      "      baselines:\n        loss: {operator: leq, value: 1}\n";
  EXPECT_THAT(found("type: recipe\n" + checks), ElementsAre("metric-without-source 7:9"));
  EXPECT_THAT(found("type: recipe\nloggers: [stdout]\n" + checks),
              ElementsAre("metric-without-source 8:9"));
  EXPECT_THAT(found("type: recipe\nlogger: tensorboard\n" + checks), IsEmpty());
  EXPECT_THAT(found("type: recipe\nloggers: [stdout, extra]\n" + checks), IsEmpty());
}

TEST(LintMetric, OnStdoutNeedsAPatternOrAKnownName) {
  const auto text = [](const std::string& metric, const std::string& metrics) {
    return "type: recipe\nloggers: [stdout]\nspec: {model: m, script: x}\n" + metrics +
           "tests_spec:\n  - logic_type: static\n    logic_spec:\n      baselines:\n        " +
           metric + ": {operator: leq, value: 1}\n";
  };
  EXPECT_THAT(found(text("loss", "metrics: {loss: {pattern: 'loss=(.*)'}}\n")), IsEmpty());
  EXPECT_THAT(found(text("lm loss", "")), IsEmpty());
  EXPECT_THAT(found(text("gpu.util.mean", "")), IsEmpty());
  EXPECT_THAT(found(text("loss", "metrics: {loss: {goal: minimize}}\n")),
              ElementsAre("metric-without-source 9:9"));
}

TEST(LintMetric, SourceOfItsOwnNeedsNoLogger) {
  EXPECT_THAT(found("type: recipe\nspec: {model: m, script: x}\n"
                    "metrics: {loss: {source: tensorboard}}\n"
                    "tests_spec:\n  - logic_type: static\n    logic_spec:\n      baselines:\n"
                    "        loss: {operator: leq, value: 1}\n"),
              IsEmpty());
}

TEST(LintMetric, CompactFormatNamesNoLoggers) {
  EXPECT_THAT(found("script_args: {a: 1}\nscript: x ${a}\n"
                    "tests:\n  - logic_type: static\n    logic_spec:\n      baselines:\n"
                    "        loss: {operator: leq, value: 1}\n"),
              IsEmpty());
}

std::string with_eq(const std::string& op, const std::string& value) {
  return recipe("", "x",
                "tests_spec:\n  - logic_type: static\n    logic_spec:\n      baselines:\n"
                "        m: {operator: '" +
                    op + "', value: " + value + "}\n");
}

TEST(LintFloat32, EqWithMoreDigitsThanFloat32Holds) {
  EXPECT_THAT(found(with_eq("eq", "2.123456789")), ElementsAre("float32 11:36"));
  EXPECT_THAT(found(with_eq("==", "16777217")), ElementsAre("float32 11:36"));
  EXPECT_THAT(found(with_eq("eq", "1e39")), ElementsAre("float32 11:36"));
  EXPECT_THAT(lint_text(with_eq("eq", "2.123456789"))[0].message, HasSubstr("2.1234567"));
}

TEST(LintFloat32, ShortNumbersAndOtherOperatorsAreFine) {
  for (const auto* value : {"0.1", "4341760", "458752000", "-1.09", "0"}) {
    EXPECT_THAT(found(with_eq("eq", value)), IsEmpty()) << value;
  }
  EXPECT_THAT(found(with_eq("leq", "2.123456789")), IsEmpty());
}

TEST(LintBraces, CompactParameterWithoutDollar) {
  EXPECT_THAT(found("scope: perf\nscript_args: {tp: 1, pp: 2}\n"
                    "script: |-\n  train --tp={tp} --pp=${pp} ${tp} {x} awk '{print}' ${{tp}}\n"),
              ElementsAre("brace-without-dollar 4:14"));
}

TEST(LintDollar, PlaceholderAfterADollar) {
  EXPECT_THAT(found(recipe("", "echo ${model} ${{HOME}} {model}")),
              ElementsAre("dollar-before-brace 6:11"));
}

TEST(LintTimeLimit, LongerThanTheLaunchers) {
  const auto text = recipe("  time_limit: 7200\n", "x");
  EXPECT_THAT(found(text, site_with_limit("3600")), ElementsAre("time-limit 5:15"));
  EXPECT_THAT(found(text, site_with_limit("7200")), IsEmpty());
  EXPECT_THAT(found(text), IsEmpty());
  EXPECT_THAT(
      found("time_limit: 7200\nscript_args: {a: 1}\nscript: x ${a}\n", site_with_limit("3600")),
      ElementsAre("time-limit 1:13"));
}

TEST(LintRepeated, SameProductFromTwoMaps) {
  EXPECT_THAT(found(recipe("", "x", "products:\n  - gpus: [0, 1]\n  - gpus: [1]\n")),
              ElementsAre("repeated-product 9:1"));
}

TEST(LintRepeated, SeveralScopesAreOneCaseOnPurpose) {
  EXPECT_THAT(found("type: basic\nspec: {name: '{model}', model: m, script: x}\n"
                    "products:\n  - scope: [mr]\n  - scope: [nightly]\n"),
              IsEmpty());
}

TEST(LintUnquoted, ValueThatTheShellTakesApart) {
  EXPECT_THAT(found(recipe("  a: x y\n", "train {a}")), ElementsAre("unquoted-value 7:11"));
  EXPECT_THAT(found(recipe("  a: x;y\n", "train --a={a} {a}")), ElementsAre("unquoted-value 7:15"));
}

TEST(LintUnquoted, QuotesInTheScriptOrTheValueProtect) {
  EXPECT_THAT(found(recipe("  a: x y\n", "train \"{a}\" '{a}'")), IsEmpty());
  EXPECT_THAT(found(recipe("  a: '\"x y\"'\n", "train {a}")), IsEmpty());
  EXPECT_THAT(found(recipe("  a: x y\n", "train # {a}")), IsEmpty());
  EXPECT_THAT(found(recipe("  a: it's\n", "train '{a}'")), ElementsAre("unquoted-value 7:12"));
}

TEST(LintUnquoted, LooksAtEveryValueOfTheGrid) {
  EXPECT_THAT(
      found(recipe("", "train {a}", "products:\n  - a: [x, 'x y']\nkey_segments: {a: a}\n")),
      ElementsAre("unquoted-value 6:11"));
}

TEST(LintUnquoted, ExpressionsCountByWhatTheyGive) {
  EXPECT_THAT(found(recipe("  a: x y\n", "train {'b' if a else 'c'}")), IsEmpty());
  EXPECT_THAT(found(recipe("  a: x y\n", "train {a if a else 'c'}")),
              ElementsAre("unquoted-value 7:11"));
}

TEST(LintUnquoted, OnlyAShellTakesApart) {
  EXPECT_THAT(found(recipe("  a: x y\n  shell: python3\n", "print({a})")), IsEmpty());
}

TEST(LintDuplicate, LaterKeyCounts) {
  EXPECT_THAT(found("type: recipe\nspec:\n  model: a\n  script: x\n  model: b\n"),
              ElementsAre("duplicate-key 5:3"));
  EXPECT_THAT(found("type: build\nspec: {name: b, name: c, source: {image: i}}\n"),
              ElementsAre("duplicate-key 2:17"));
}

TEST(LintAllow, CommentOnTheLineOrAbove) {
  EXPECT_THAT(found(recipe("  wd: 0.2  # assay: allow unused-parameter\n", "x")), IsEmpty());
  EXPECT_THAT(found(recipe("  # kept for later; assay: allow unused-parameter\n  wd: 0.2\n", "x")),
              IsEmpty());
  EXPECT_THAT(found(recipe("  # assay: allow float32\n  wd: 0.2\n", "x")),
              ElementsAre("unused-parameter 6:3"));
}

TEST(LintAllow, CommentAboveTheScriptIsForAllOfIt) {
  EXPECT_THAT(found(recipe("  a: x y\n  # assay: allow unquoted-value, dollar-before-brace\n",
                           "one \\\n    two {a} ${a}")),
              IsEmpty());
}

TEST(Lint, WarningsAreInFileOrder) {
  EXPECT_THAT(found(recipe("  wd: 0.2\n  a: x y\n", "train {a}")),
              ElementsAre("unused-parameter 5:3", "unquoted-value 8:11"));
}

TEST(Lint, RecipeThatDoesNotExpandHasNoWarnings) {
  const auto file = parse_recipes("type: recipe\nspec: {model: m}\nproducts:\n  - gpus: []\n", "r");
  EXPECT_THAT(lint(file, {}), IsEmpty());
}

TEST(Lint, BuildsHaveNoWarnings) {
  EXPECT_THAT(found("type: build\nspec: {name: b, source: {image: i}}\n"), IsEmpty());
}

}  // namespace
}  // namespace assay
