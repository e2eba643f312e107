#include <map>

#include "metrics/sources.h"
#include "sample_recipe.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::map<std::string, std::string>& environment() {
  static std::map<std::string, std::string> variables;
  return variables;
}

std::optional<std::string> lookup(const std::string& name) {
  const auto found = environment().find(name);
  if (found == environment().end()) return std::nullopt;
  return found->second;
}

class Resolve : public testing::Test {
 protected:
  void SetUp() override {
    environment().clear();
    launcher_.name = "dgx";
    launcher_.type = "slurm";
    launcher_.settings.kind = Value::Kind::map;
    options_.launcher = &launcher_;
    options_.environment = lookup;
    options_.runtime_names = {{"assets_dir", "/A"}, {"logs_dir", "/L"}};
  }

  Product first(const std::string& text) {
    auto file = parse_recipes(text, "dir/r.yaml");
    if (!file.errors.empty()) throw InputError(file.errors.front());
    return resolve(expand(file.recipes.front()).front(), options_, file.recipes);
  }

  std::string error(const std::string& text) {
    return error_of([&] { first(text); });
  }

  LauncherConfig launcher_;
  ResolveOptions options_;
};

const std::string k_start = "type: basic\nspec:\n  name: n_{x}\n  x: 1\n";
const std::string k_script = k_start + "  script: run\n";

TEST_F(Resolve, ScriptsAreRenderedByteForByte) {
  const auto product =
      first(k_start +
            "  script: |-\n    echo {x} \\\n      ${{HOME}} $VAR $(ls) $((1+2))  \n"
            "    # {{}} {assets_dir}/{key}\n"
            "  script_setup: 'cd {logs_dir} # {launcher}'\n");
  EXPECT_EQ(product.script, "echo 1 \\\n  ${HOME} $VAR $(ls) $((1+2))  \n# {} /A/basic/n-1");
  EXPECT_EQ(product.script_setup, "cd /L # dgx");
}

TEST_F(Resolve, NameAndBuildStandForWhatTheyRenderTo) {
  const auto product = first(k_start + "  build: 'b-{x}'\n  script: '{name} {build}'\n");
  EXPECT_EQ(product.script, "n_1 b-1");
  EXPECT_EQ(product.build, "b-1");
  EXPECT_EQ(first("type: recipe\nspec: {model: m, script: '{name}'}\n").script, "m");
}

TEST_F(Resolve, ValuesReadAsTheyAreWrittenButNoneTrueFalse) {
  EXPECT_EQ(first(k_start + "  a: 1e-3\n  b:\n  c: true\n  d: 0x1F\n  script: '{a} {b} {c} {d}'\n")
                .script,
            "1e-3 None True 0x1F");
}

TEST_F(Resolve, TheCompactFormatHasDollarPlaceholders) {
  const auto product = first(
      "scope: perf\ntime_limit: 60\nscript_args: {tp: 2}\n"
      "script: 'x ${tp} ${{SLURM}} $V {tp} ${target}'\nartifacts: {a: b}\n");
  EXPECT_EQ(product.script, "x 2 ${SLURM} $V {tp} dgx");
  EXPECT_EQ(product.time_limit, std::chrono::seconds(60));
  EXPECT_THAT(product.artifacts, ElementsAre(Pair("a", "b")));
  EXPECT_THAT(product.labels, testing::Contains(Pair("scope", "perf")));
}

TEST_F(Resolve, ArtifactsKnowOnlyPlatforms) {
  EXPECT_THAT(
      first(k_script + "  platforms: p1\n  artifacts: {'/a/{platforms}': 's/{platforms}'}\n")
          .artifacts,
      ElementsAre(Pair("/a/p1", "s/p1")));
  EXPECT_THAT(error(k_script + "  artifacts: {'/a': '{x}'}\n"), HasSubstr("'x'"));
}

TEST_F(Resolve, WithoutAScriptThereIsNothingToRun) {
  EXPECT_THAT(error(k_start), HasSubstr("'basic/n-1' has no 'script' to run"));
}

TEST_F(Resolve, ParametersKnowTheirPlaceAndOrigin) {
  const auto product = first(k_script + "products:\n- x: [7]\n  y: 2\n");
  EXPECT_EQ(product.find("x")->origin, "products");
  EXPECT_EQ(product.find("x")->place, (Place{"dir/r.yaml", 7, 7}));
  EXPECT_EQ(product.find("script")->origin, "spec");
  EXPECT_EQ(product.find("y")->origin, "products");
}

TEST_F(Resolve, SelectorsMergeByTypeThenByName) {
  launcher_.settings.entries.emplace_back("partition", Value::of_string("gpu"));
  launcher_.settings.entries.emplace_back("gres", Value::of_string("gpu:{gpus}"));
  const auto product = first(k_script +
                             "  gpus: 8\nlaunchers:\n"
                             "  name:dgx :\n    b: 2\n    mounts:\n      /d/: /two\n"
                             "  type:slurm/:\n    ntasks_per_node: '{gpus}'\n    b: 1\n"
                             "    mounts:\n      /d: /one\n      /m: '/x/{x}'\n"
                             "  name:other: {b: 3}\n  type:local: {b: 4}\n");
  EXPECT_EQ(product.settings.find("partition")->text, "gpu");
  EXPECT_EQ(product.settings.find("gres")->text, "gpu:8");
  EXPECT_EQ(product.settings.find("ntasks_per_node")->text, "8");
  EXPECT_EQ(product.settings.find("b")->text, "2");
  ASSERT_EQ(product.mounts.size(), 2U);
  EXPECT_EQ(product.mounts[0].inside, "/d/");
  EXPECT_EQ(product.mounts[0].outside, "/two");
  EXPECT_EQ(product.mounts[1].outside, "/x/1");
}

TEST_F(Resolve, FlagsArePassedThrough) {
  const auto product =
      first(k_script + "launchers:\n  type:slurm: {additional_flags: {deadline: now+42hours}}\n");
  EXPECT_EQ(product.settings.find("additional_flags")->find("deadline")->text, "now+42hours");
}

TEST_F(Resolve, AnUnknownSelectorIsAnError) {
  EXPECT_THAT(error(k_script + "launchers:\n  slurm: {a: 1}\n"),
              HasSubstr("dir/r.yaml:7:3: unknown selector 'slurm'"));
}

TEST_F(Resolve, LaunchScriptReachesTheLauncherAsASetting) {
  EXPECT_EQ(first(k_script + "  launch: script\n").settings.find("launch")->text, "script");
  EXPECT_EQ(first(k_script).settings.find("launch"), nullptr);
  EXPECT_THAT(error(k_script + "  launch: srun\n"), HasSubstr("unknown launch 'srun'"));
}

TEST_F(Resolve, CountsAreChecked) {
  const auto product = first(k_script +
                             "  nodes: 2\n  gpus: 8\n  time_limit: 90\n  queue_limit: 5\n"
                             "  n_repeat: 3\n  allow_failure: True\n");
  EXPECT_EQ(product.nodes, 2);
  EXPECT_EQ(product.gpus_per_node, 8);
  EXPECT_EQ(product.time_limit, std::chrono::seconds(90));
  EXPECT_EQ(product.queue_limit, std::chrono::seconds(5));
  EXPECT_EQ(product.repeats, 3);
  EXPECT_TRUE(product.allow_failure);
  for (const auto* bad :
       {"nodes: 0", "nodes: -1", "nodes: two", "gpus: -1", "gpus: True", "gpus: 1.5",
        "time_limit: -1", "time_limit: 1h", "n_repeat: 0", "queue_limit: x", "allow_failure: 1"}) {
    EXPECT_THAT(error(k_script + "  " + bad + "\n"), HasSubstr("dir/r.yaml:6:")) << bad;
  }
}

TEST_F(Resolve, NullCountsAreNotSet) {
  const auto product = first(k_script + "  nodes:\n  gpus:\n  time_limit:\n");
  EXPECT_EQ(product.nodes, 1);
  EXPECT_EQ(product.gpus_per_node, 0);
  EXPECT_EQ(product.time_limit.count(), 0);
}

TEST_F(Resolve, EnvironmentAndShell) {
  const auto product = first(k_script + "  shell: sh\n  env: {A: '{x}', B: 2, C:}\n");
  EXPECT_EQ(product.shell, "sh");
  EXPECT_THAT(product.environment, ElementsAre(Pair("A", "1"), Pair("B", "2"), Pair("C", "")));
  EXPECT_THAT(error(k_script + "  env: {1A: x}\n"), HasSubstr("cannot be an environment variable"));
}

TEST_F(Resolve, LabelsComeFromTheProductTheRecipeAndTheCaller) {
  environment()["ASSAY_LABEL_PIPELINE_ID"] = "77";
  options_.labels = {{"branch", "dev"}};
  const auto product =
      first(k_script +
            "  model: m\n  gpus: 8\nlabels: {team: bio, pipeline_id: '', branch: ''}\n"
            "products:\n- scope: [mr, nightly]\n");
  using testing::Contains;
  EXPECT_THAT(product.labels, Contains(Pair("model", "m")));
  EXPECT_THAT(product.labels, Contains(Pair("gpus", "8")));
  EXPECT_THAT(product.labels, Contains(Pair("team", "bio")));
  EXPECT_THAT(product.labels, Contains(Pair("pipeline_id", "77")));
  EXPECT_THAT(product.labels, Contains(Pair("branch", "dev")));
  EXPECT_THAT(product.labels, Contains(Pair("scope", "mr")));
  EXPECT_THAT(product.labels, Contains(Pair("scope", "nightly")));
}

TEST_F(Resolve, LoggersInBothSpellings) {
  EXPECT_THAT(first(k_script + "loggers: [stdout, dllogger]\n").loggers,
              ElementsAre("stdout", "dllogger"));
  EXPECT_THAT(first(k_script + "logger: extra\n").loggers, ElementsAre("extra"));
  for (const auto& logger : known_loggers()) {
    EXPECT_THAT(first(k_script + "loggers: [" + logger + "]\n").loggers, ElementsAre(logger));
  }
  EXPECT_THAT(error(k_script + "loggers: [stdot]\n"), HasSubstr("did you mean 'stdout'?"));
}

TEST_F(Resolve, MetricsAsMapListOrInTheirOlderPlace) {
  const auto product =
      first(k_script +
            "metrics:\n  loss: {goal: minimize, tags: [a], key: train_loss, source: "
            "jsonl, path: '*.jsonl', pattern: 'x=(\\d+)', reduce: p95, unit: s}\n"
            "  plain:\n");
  ASSERT_EQ(product.metrics.size(), 2U);
  EXPECT_EQ(product.metrics[0].goal, Goal::minimize);
  EXPECT_EQ(product.metrics[0].key, "train_loss");
  EXPECT_EQ(product.metrics[0].reduction->kind, Reduction::Kind::percentile);
  EXPECT_EQ(product.metrics[0].unit, "s");
  EXPECT_EQ(first(k_script + "metrics: [a, b]\n").metrics.size(), 2U);
  EXPECT_EQ(first(k_script + "  metrics: [a]\n").metrics.size(), 1U);
  EXPECT_THAT(error(k_script + "metrics: {a: {goal: up}}\n"), HasSubstr("unknown goal 'up'"));
}

TEST_F(Resolve, RetryRulesHaveOneMatcher) {
  const auto product = first(k_script +
                             "retry:\n- {pattern: NCCL, class: flaky, max: 3}\n- {exit_code: 9}\n"
                             "- {state: node_failed}\n");
  ASSERT_EQ(product.retry.size(), 3U);
  EXPECT_EQ(product.retry[0].class_, RetryRule::Class::flaky);
  EXPECT_EQ(product.retry[0].max_attempts, 3);
  EXPECT_EQ(product.retry[1].exit_code, 9);
  EXPECT_EQ(product.retry[2].state, "node-failed");
  EXPECT_THAT(error(k_script + "retry: [{pattern: a, exit_code: 1}]\n"), HasSubstr("one of"));
  EXPECT_THAT(error(k_script + "retry: [{pattern: '('}]\n"), HasSubstr("regular expression"));
  EXPECT_THAT(error(k_script + "retry: [{exit_code: 1, max: 0}]\n"), HasSubstr("'max'"));
}

TEST_F(Resolve, QuarantineAppliesToWhatItIdentifies) {
  const std::string quarantine =
      "quarantine:\n- {owner: o, reason: r, until: 2027-01-01, product_identifier: {x: ";
  EXPECT_TRUE(first(k_script + quarantine + "1}}\n").quarantine);
  EXPECT_FALSE(first(k_script + quarantine + "2}}\n").quarantine);
  EXPECT_THAT(error(k_script + "quarantine: {owner: o, reason: r, until: soon}\n"),
              HasSubstr("'soon' is no date"));
}

TEST_F(Resolve, OutputsAreRendered) {
  const auto product =
      first(k_script +
            "outputs:\n- {type: artifact, key: k, subdir: 's/{x}', name: n, description: d}\n");
  ASSERT_EQ(product.outputs.size(), 1U);
  EXPECT_EQ(product.outputs[0].subdir, "s/1");
}

TEST_F(Resolve, ABuildsImageComesFromItsSourceOrItsParents) {
  const std::string recipe = "type: recipe\nspec: {model: m, build: b, script: x}\n---\n";
  EXPECT_EQ(first(recipe + "type: build\nspec: {name: b, source: {image: reg/i:1}}\n").image,
            "reg/i:1");
  EXPECT_EQ(first(recipe + "type: build\nspec: {name: b, parent: p}\n---\n"
                           "type: build\nspec: {name: p, source: {image: reg/p}}\n")
                .image,
            "reg/p");
  const auto built = first(recipe +
                           "type: build\nspec: {name: b, source: {repo: 'https://x/y', ref: "
                           "main, dockerfile: D, arguments: {A: 1}}}\n");
  EXPECT_THAT(built.image_origin, HasSubstr("git clone https://x/y"));
  EXPECT_THAT(built.image_origin, HasSubstr("--build-arg A=1"));
}

TEST_F(Resolve, TheCallerSuppliesAnEmptyImage) {
  const std::string text =
      "type: recipe\nspec: {model: m, build: b-x, script: x}\n---\n"
      "type: build\nspec: {name: b-x, source: {image: ''}}\n";
  const auto none = first(text);
  EXPECT_EQ(none.image, "");
  EXPECT_THAT(none.image_origin, HasSubstr("ASSAY_IMAGE_B_X"));
  environment()["ASSAY_IMAGE"] = "any";
  EXPECT_EQ(first(text).image, "any");
  environment()["ASSAY_IMAGE_B_X"] = "own";
  EXPECT_EQ(first(text).image, "own");
  options_.image = "flag";
  EXPECT_EQ(first(text).image, "flag");
}

TEST_F(Resolve, ASourceIsBuiltFromItsParentsImage) {
  const std::string recipe =
      "type: recipe\nspec: {model: m, build: b, script: x}\n---\n"
      "type: build\nspec: {name: b, parent: p, source: {repo: r, ref: v 1}}\n---\n";
  const auto built = first(recipe + "type: build\nspec: {name: p, source: {image: reg/p}}\n");
  EXPECT_EQ(built.image, "localhost/assay/b");
  EXPECT_EQ(built.image_origin,
            "git clone r source && git -C source checkout 'v 1' && podman build -f "
            "source/Dockerfile --from reg/p -t localhost/assay/b source");
  const auto open = first(recipe + "type: build\nspec: {name: p, source: {image: ''}}\n");
  EXPECT_EQ(open.image, "");
  EXPECT_THAT(open.image_origin, HasSubstr("build 'p' leaves its image to the caller"));
  EXPECT_THAT(open.image_origin, HasSubstr("ASSAY_IMAGE_P"));
}

TEST_F(Resolve, OnlyAVariableOfItsOwnReplacesABuildsImage) {
  const std::string text =
      "type: recipe\nspec: {model: m, build: b, script: x}\n---\n"
      "type: build\nspec: {name: b, source: {image: reg/b}}\n";
  environment()["ASSAY_IMAGE"] = "any";
  EXPECT_EQ(first(text).image, "reg/b");
  environment()["ASSAY_IMAGE_B"] = "own";
  EXPECT_EQ(first(text).image, "own");
}

TEST_F(Resolve, ABuildsScriptMakesItsImageOutsideOfIt) {
  const auto build = first("type: build\nspec: {name: b, source: {image: reg/b}}\n");
  EXPECT_EQ(build.script, "set -e\npodman pull reg/b\n");
  EXPECT_EQ(build.image, "");
  EXPECT_EQ(build.image_origin, "podman pull reg/b");
  EXPECT_EQ(first("type: build\nspec: {name: c, parent: p}\n---\n"
                  "type: build\nspec: {name: p, source: {image: reg/p}}\n")
                .script,
            "# Nothing to pull or build: the image is that of build 'p'\n");
}

TEST_F(Resolve, AnImageThatNobodySuppliesIsAnErrorWhereJobsRunInImages) {
  const std::string text =
      "type: recipe\nspec: {model: m, build: b, script: x}\n---\n"
      "type: build\nspec: {name: b, source: {image: ''}}\n";
  options_.needs_image = true;
  EXPECT_EQ(first(text).image, "");
  launcher_.settings.entries.emplace_back("container", Value::of_string("pyxis"));
  EXPECT_THAT(error(text), HasSubstr("dir/r.yaml:2:25: launcher 'dgx' runs jobs in images"));
  EXPECT_THAT(error(text), HasSubstr("ASSAY_IMAGE_B or ASSAY_IMAGE"));
  options_.needs_image = false;
  EXPECT_EQ(first(text).image, "");
}

TEST_F(Resolve, BuildsThatCannotBeAreErrors) {
  EXPECT_THAT(error("type: recipe\nspec: {model: m, build: b, script: x}\n---\n"
                    "type: build\nspec: {name: b, source: {ref: main}}\n"),
              HasSubstr("needs 'image' or 'repo'"));
  const std::string recipe = "type: recipe\nspec: {model: m, build: b, script: x}\n---\n";
  EXPECT_THAT(error(recipe + "type: build\nspec: {name: b, source: {image: a, repo: b}}\n"),
              HasSubstr("not both"));
  EXPECT_THAT(error(recipe + "type: build\nspec: {name: b, parent: c}\n---\n"
                             "type: build\nspec: {name: c, parent: b}\n"),
              HasSubstr("circle"));
}

// tests_spec

TEST_F(Resolve, WithoutTestsTheExitCodeIsTheCheck) {
  EXPECT_THAT(first(k_script).checks.exit_codes, ElementsAre(ElementsAre(0)));
}

TEST_F(Resolve, EveryOperatorInEverySpelling) {
  using Op = Bound::Operator;
  const std::vector<std::pair<std::string, Op>> spellings{
      {"eq", Op::eq},   {"'=='", Op::eq},  {"geq", Op::geq}, {"'>='", Op::geq},
      {"leq", Op::leq}, {"'<='", Op::leq}, {"gt", Op::gt},   {"'>'", Op::gt},
      {"lt", Op::lt},   {"'<'", Op::lt},   {"neq", Op::neq}, {"'!='", Op::neq}};
  for (const auto& [spelling, op] : spellings) {
    const auto product = first(k_script +
                               "tests_spec:\n- logic_type: static\n  logic_spec: "
                               "{baselines: {m: {operator: " +
                               spelling + ", value: 1.5}}}\n");
    ASSERT_EQ(product.checks.baselines.size(), 1U);
    EXPECT_EQ(product.checks.baselines[0].bound.op, op) << spelling;
    EXPECT_EQ(product.checks.baselines[0].bound.value, 1.5);
  }
}

std::string baseline(const std::string& text) {
  return k_script + "tests_spec:\n- logic_spec:\n    baselines:\n      m: {" + text + "}\n";
}

TEST_F(Resolve, RangesAndApprox) {
  auto bound = first(baseline("operator: range, min: 1, max: 2")).checks.baselines[0].bound;
  EXPECT_EQ(bound.minimum, 1);
  EXPECT_EQ(bound.maximum, 2);
  bound = first(baseline("operator: approx, value: 2, rtol: 0.1, atol: 1e-3"))
              .checks.baselines[0]
              .bound;
  EXPECT_EQ(bound.rtol, 0.1);
  EXPECT_EQ(bound.atol, 1e-3);
}

TEST_F(Resolve, ChecksThatCanNeverHoldAreErrors) {
  EXPECT_THAT(error(baseline("operator: range, min: 3, max: 2")), HasSubstr("dir/r.yaml:9:"));
  EXPECT_THAT(error(baseline("operator: rang, min: 3")), HasSubstr("did you mean 'range'?"));
  EXPECT_THAT(error(baseline("operator: eq")), HasSubstr("no 'value'"));
  EXPECT_THAT(error(baseline("operator: eq, value: ten")), HasSubstr("'value'"));
  EXPECT_THAT(error(baseline("value: 1")), HasSubstr("no 'operator'"));
  EXPECT_THAT(error(baseline("operator: approx, value: 1, rtol: -1")), HasSubstr("negative"));
  EXPECT_THAT(error(k_script + "tests_spec:\n- logic_spec: {exit_codes: []}\n"),
              HasSubstr("empty"));
}

TEST_F(Resolve, ReductionsAndWindows) {
  const auto reduction = [&](const std::string& text) {
    return *first(baseline("operator: eq, value: 1, " + text)).checks.baselines[0].reduction;
  };
  EXPECT_EQ(reduction("reduce: median").kind, Reduction::Kind::median);
  EXPECT_EQ(reduction("reduce: p99.5").percentile, 99.5);
  EXPECT_EQ(reduction("reduce: {at: 30}").step, 30);
  EXPECT_EQ(reduction("window: [5, 20]").window_to, 20);
  EXPECT_THAT(error(baseline("operator: eq, value: 1, reduce: mediann")), HasSubstr("'median'"));
}

TEST_F(Resolve, AnItemAppliesWhereAllEntriesEqualAsText) {
  const auto count = [&](const std::string& identifier) {
    return first(k_script + "  s: '8'\n  c: 1b\n  t: True\ntests_spec:\n- product_identifier: {" +
                 identifier + "}\n  logic_spec: {baselines: {m: {operator: eq, value: 1}}}\n")
        .checks.baselines.size();
  };
  EXPECT_EQ(count("s: 8, c: 1b, t: True, x: '1'"), 1U);
  EXPECT_EQ(count("s: 8, c: 2b"), 0U);
  EXPECT_EQ(count("target: dgx"), 1U);
  EXPECT_EQ(count("target: other"), 0U);
  EXPECT_EQ(count("nothing: 1"), 0U);
}

TEST_F(Resolve, AnItemThatAppliesToNobodyIsCheckedAsWell) {
  EXPECT_THAT(
      error(k_script + "tests_spec:\n- product_identifier: {x: 2}\n  logic_spec: {baselines: "
                       "{m: {operator: nope, value: 1}}}\n"),
      HasSubstr("unknown operator 'nope'"));
}

TEST_F(Resolve, AllItemsThatApplyMustHold) {
  const auto product =
      first(k_script +
            "tests_spec:\n"
            "      - logic_type: static\n"
            "        logic_spec: {exit_codes: [0, 1], baselines: {a: {operator: gt, "
            "value: 1}}}\n"
            "      - logic_spec: {exit_codes: [1]}\n"
            "      - logic_spec: {baselines: {b: {operator: lt, value: 1}}}\n");
  EXPECT_THAT(product.checks.exit_codes, ElementsAre(ElementsAre(0, 1), ElementsAre(1)));
  EXPECT_EQ(product.checks.baselines.size(), 2U);
}

TEST_F(Resolve, DynamicIsRefusedAndOthersAreNamed) {
  EXPECT_THAT(error(k_script + "tests_spec:\n- {logic_type: dynamic, logic_spec: {}}\n"),
              HasSubstr("'dynamic' is not supported"));
  EXPECT_THAT(error(k_script + "tests_spec:\n- {logic_type: statc, logic_spec: {}}\n"),
              HasSubstr("did you mean 'static'?"));
}

TEST_F(Resolve, GoldenAndHistoryChecks) {
  const auto product =
      first(k_script +
            "tests_spec:\n- logic_type: golden\n  logic_spec: {file: g.json, mode: approximate, "
            "rtol: 0.1, metrics: [lm-loss]}\n- logic_type: history\n  logic_spec: {metrics: {t: "
            "{goal: minimize, last: 10}}, at_least: 3}\n");
  ASSERT_EQ(product.checks.golden.size(), 1U);
  EXPECT_EQ(product.checks.golden[0].file, "dir/g.json");
  EXPECT_TRUE(product.checks.golden[0].approximate);
  ASSERT_EQ(product.checks.history.size(), 1U);
  EXPECT_EQ(product.checks.history[0].last, 10);
  EXPECT_EQ(product.checks.history[0].at_least, 3);
}

}  // namespace
}  // namespace assay
