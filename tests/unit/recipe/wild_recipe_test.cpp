// What public recipes hold that a reader may stumble over.
#include "recipe/filter.h"
#include "sample_recipe.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

LauncherConfig launcher_of(const std::string& name, const std::string& type) {
  LauncherConfig launcher;
  launcher.name = name;
  launcher.type = type;
  launcher.settings.kind = Value::Kind::map;
  return launcher;
}

std::vector<Product> resolved(const std::string& text, const std::string& launcher = "local") {
  const auto file = parse_recipes(text, "ci/r.yaml");
  if (!file.errors.empty()) throw InputError(file.errors.front());
  const auto config = launcher_of(launcher, launcher == "local" ? "local" : "slurm");
  ResolveOptions options;
  options.launcher = &config;
  options.runtime_names = {{"logs_dir", "/L"}};
  std::vector<Product> products;
  for (const auto& recipe : file.recipes) {
    for (const auto& product : expand(recipe)) {
      products.push_back(resolve(product, options, file.recipes));
    }
  }
  return products;
}

std::string script_of(const std::string& text) { return resolved(text).front().script; }

TEST(WildRecipe, QuotesWithinQuotesReachTheScript) {
  EXPECT_EQ(script_of("type: recipe\nspec:\n  model: m\n  extra: '\"--a b\"'\n"
                      "  script: run {extra}\n"),
            "run \"--a b\"");
}

TEST(WildRecipe, ADoubleSpaceInAFlowScalarStays) {
  EXPECT_EQ(script_of("type: recipe\nspec: {model: m, extra: a  b, script: 'x {extra}'}\n"),
            "x a  b");
}

TEST(WildRecipe, TheKeyIsARunTimeNameWhereTheRecipeHasNone) {
  EXPECT_EQ(script_of("type: recipe\nspec: {model: m, script: 'x {key} {name}'}\n"),
            "x recipe/m m");
}

TEST(WildRecipe, TheLauncherIsCalledTargetInTheCompactFormat) {
  EXPECT_EQ(resolved("script_args: {a: 1}\nscript: 'x ${target} ${launcher} ${key} {a} ${a}'\n",
                     "cluster")
                .front()
                .script,
            "x cluster cluster recipe/r_a-1 {a} 1");
  EXPECT_EQ(resolved("type: recipe\nspec: {model: m, script: 'x {launcher}'}\n", "cluster")
                .front()
                .script,
            "x cluster");
}

TEST(WildRecipe, AFilterSelectsByTheFirstOrAnyOfSeveralScopes) {
  const auto file = parse_recipes(
      "type: basic\nspec: {name: '{model}', model: m, script: 'x {scope}'}\nproducts:\n"
      "- scope: [mr]\n  cadence: [daily]\n- scope: [nightly]\n  cadence: [weekly]\n",
      "r.yaml");
  const auto products = expand(file.recipes.front());
  ASSERT_EQ(products.size(), 1U);
  for (const char* filter : {"'mr' in spec.scope", "'nightly' in spec.scope",
                             "spec.scope == ['mr', 'nightly']", "'weekly' in spec.cadence"}) {
    EXPECT_TRUE(Filter::parse(filter, "f").matches(products[0])) << filter;
  }
  const auto config = launcher_of("local", "local");
  ResolveOptions options;
  options.launcher = &config;
  const auto product = resolve(products[0], options);
  EXPECT_EQ(product.script, "x mr");
  EXPECT_THAT(product.labels, testing::IsSupersetOf({testing::Pair("scope", "mr"),
                                                     testing::Pair("scope", "nightly")}));
}

TEST(WildRecipe, KeysWithoutAValueAreNotSet) {
  const auto product = resolved(
      "type: recipe\nlabels:\nlaunchers:\nkey_segments:\nproducts:\ntests_spec:\noutputs:\n"
      "metrics:\nloggers:\nmaintainers:\nretry:\nspec:\n  model: m\n  time_limit:\n  gpus:\n"
      "  batch_size:\n  artifacts:\n  env:\n  script: x {time_limit}\n");
  ASSERT_EQ(product.size(), 1U);
  EXPECT_EQ(product[0].key, "recipe/m");
  EXPECT_EQ(product[0].script, "x None");
  EXPECT_EQ(product[0].time_limit.count(), 0);
}

TEST(WildRecipe, NoneIsATextAndNullIsNone) {
  const auto products = resolved(
      "type: basic\nspec:\n  name: \"{x is None}_{str(x)}\"\n  script: |-\n"
      "    {'set ' + x if x is not None else 'unset'}\n"
      "products:\n- x: [None]\n- x: [null]\n- x: [~]\n  name: third\n");
  ASSERT_EQ(products.size(), 3U);
  EXPECT_EQ(products[0].key, "basic/false-none");
  EXPECT_EQ(products[0].script, "set None");
  EXPECT_EQ(products[1].key, "basic/true-none");
  EXPECT_EQ(products[1].script, "unset");
  EXPECT_EQ(products[2].script, "unset");
}

TEST(WildRecipe, OneListMayMixTypes) {
  const auto file = parse_recipes(
      "type: recipe\nspec: {model: m, script: x}\nproducts:\n- precision: [32, bf16-mixed]\n",
      "r.yaml");
  std::vector<std::string> keys;
  for (const auto& product : expand(file.recipes.front())) keys.push_back(product.key);
  EXPECT_THAT(keys, ElementsAre("recipe/m_32", "recipe/m_bf16-mixed"));
}

TEST(WildRecipe, AnIdentifierInFlowStyleMayHoldUnquotedWords) {
  const auto products = resolved(
      "type: recipe\nspec: {model: m, script: x}\nproducts:\n- variant: [1b, 3b]\n"
      "tests_spec:\n"
      "    - logic_type: static\n"
      "      product_identifier: {variant: 1b, target: cluster}\n"
      "      logic_spec: {exit_codes: [7]}\n",
      "cluster");
  EXPECT_THAT(products[0].checks.exit_codes, ElementsAre(ElementsAre(7)));
  EXPECT_THAT(products[1].checks.exit_codes, ElementsAre(ElementsAre(0)));
}

TEST(WildRecipe, AnIdentifierIsComparedAsText) {
  const auto products = resolved(
      "type: recipe\nspec: {model: m, script: x, gpus: 8, flag: true}\n"
      "tests_spec:\n- logic_type: static\n  product_identifier: {gpus: '8', flag: 'True'}\n"
      "  logic_spec: {exit_codes: [7]}\n");
  EXPECT_THAT(products[0].checks.exit_codes, ElementsAre(ElementsAre(7)));
}

TEST(WildRecipe, TestCasesWithSlashesAndStarsGiveCleanNames) {
  EXPECT_EQ(resolved("type: basic\nspec: {name: '{test_case}', script: x}\nproducts:\n"
                     "- test_case: ['tests/unit_tests/**/*.py']\n")
                .front()
                .key,
            "basic/tests-unit-tests-py");
}

TEST(WildRecipe, AFileThatIsAListIsNoRecipe) {
  const auto file = parse_recipes("# names\n- a\n- b\n", "r.yaml");
  EXPECT_TRUE(file.recipes.empty());
  EXPECT_TRUE(file.errors.empty());
  ASSERT_EQ(file.notices.size(), 1U);
  EXPECT_EQ(file.notices[0].place.line, 2);
}

TEST(WildRecipe, SelectorsMayEndInASlashOrABlank) {
  const auto product = resolved(
      "type: recipe\nspec: {model: m, gpus: 8, script: x}\nlaunchers:\n"
      "  type:slurm :\n    ntasks_per_node: '{gpus}'\n    mounts: {/data: /a, /cache/: /c}\n"
      "  name:cluster/:\n    mounts: {/data/: /b}\n    no_container_mount_home: true\n"
      "    additional_flags: {deadline: now+42hours}\n"
      "    srun_additional_flags: {mpi: pmix}\n",
      "cluster");
  const auto& settings = product.front().settings;
  EXPECT_EQ(settings.find("ntasks_per_node")->rendered(), "8");
  EXPECT_EQ(settings.find("no_container_mount_home")->rendered(), "True");
  EXPECT_EQ(settings.find("additional_flags")->find("deadline")->text, "now+42hours");
  EXPECT_EQ(settings.find("srun_additional_flags")->find("mpi")->text, "pmix");
  ASSERT_EQ(product.front().mounts.size(), 2U);
  EXPECT_EQ(product.front().mounts[0].inside, "/data/");
  EXPECT_EQ(product.front().mounts[0].outside, "/b");
}

TEST(WildRecipe, EveryExpressionOfTheWild) {
  const std::string spec =
      "type: basic\nspec:\n  name: n{'_vp'+str(vp) if vp else ''}\n  vp: 2\n  none: null\n"
      "  kind: dev\n  path: a/b/c\n  flag: true\n  word: ''\n  script: |-\n";
  EXPECT_EQ(script_of(spec + "    {vp if vp is not None else 1}{none if none is None else 'x'}"),
            "2None");
  EXPECT_EQ(script_of(spec + "    {'y' if kind == 'dev' and vp != 3 else 'n'}"), "y");
  EXPECT_EQ(script_of(spec + "    {none or word or 'last'}{path.split(\"/\")[1]}"), "lastb");
  EXPECT_EQ(script_of(spec + "    {path.split('/')[-1] + \"_\" + str(flag)}"), "c_True");
  EXPECT_EQ(resolved(spec + "    x").front().key, "basic/n-vp2");
}

TEST(WildRecipe, WhatTheShellNeedsStays) {
  const std::string script =
      "set -x  \n# a {{comment}} with ${{VAR}} and $VAR\n"
      "A=$(date +%s) B=$((A + 1)) \\\n   && echo '$X' \"${{A:-1}}\" \\\n"
      "\twith a tab\n\n  indented\ntrailing\t \n";
  std::string block;
  for (std::size_t start = 0; start < script.size();) {
    const auto end = script.find('\n', start);
    const auto line = script.substr(start, end - start);
    block += line.empty() ? "\n" : "    " + line + "\n";
    start = end + 1;
  }
  EXPECT_EQ(script_of("type: recipe\nspec:\n  model: m\n  script: |\n" + block),
            "set -x  \n# a {comment} with ${VAR} and $VAR\n"
            "A=$(date +%s) B=$((A + 1)) \\\n   && echo '$X' \"${A:-1}\" \\\n"
            "\twith a tab\n\n  indented\ntrailing\t \n");
}

TEST(WildRecipe, ALongIdentityIsKeptWhole) {
  std::string segments;
  std::string spec = "model: megamolbart";
  for (int i = 0; i < 12; ++i) {
    segments += (i > 0 ? ", p" : "p") + std::to_string(i) + ": parameter" + std::to_string(i);
    spec += ", p" + std::to_string(i) + ": value";
  }
  const auto key =
      resolved("type: recipe\nkey_segments: {" + segments + "}\nspec: {" + spec + ", script: x}\n")
          .front()
          .key;
  EXPECT_GT(key.size(), 200U);
  EXPECT_TRUE(key.ends_with("_parameter9-value")) << key;
}

}  // namespace
}  // namespace assay
