// The recipe format, sentence by sentence: what scripts, settings and checks come to.
// Each table is a section of the format; each row a sentence, what a recipe says and what comes of
// it.
#include "sample_recipe.h"

namespace assay {
namespace {

using testing::HasSubstr;

Product product_of(const std::string& text) {
  const auto file = parse_recipes(text, "dir/r.yaml");
  if (!file.errors.empty()) throw InputError(file.errors.front());
  LauncherConfig launcher;
  launcher.name = "dgxa100_dracooci";
  launcher.type = "slurm";
  launcher.settings.kind = Value::Kind::map;
  ResolveOptions options;
  options.launcher = &launcher;
  options.runtime_names = {{"assets_dir", "/A"},
                           {"artifacts_dir", "/R"},
                           {"logs_dir", "/L"},
                           {"tensorboard_dir", "/T"},
                           {"dllogger_file", "/L/dllogger.json"}};
  return resolve(expand(file.recipes.front()).front(), options, file.recipes);
}

// The script, or the error.
std::string script_of(const std::string& text) {
  try {
    return product_of(text).script;
  } catch (const InputError& error) {
    return error.what();
  }
}

struct Row {
  const char* says;
  std::string written;
  std::string expected;
};

TEST(FormatValues, AValuesTextIsItsRawYamlText) {
  const Row rows[] = {
      {"integer", "8", "8"},
      {"leading zeros", "007", "007"},
      {"hexadecimal", "0x1F", "0x1F"},
      {"octal", "0o17", "0o17"},
      {"underscores", "1_000", "1_000"},
      {"exponent", "1e-5", "1e-5"},
      {"exponent with a sign and a dot", "1.0E+5", "1.0E+5"},
      {"zeros behind the point", "0.10", "0.10"},
      {"no digit behind the point", "1.", "1."},
      {"not finite", "-.inf", "-.inf"},
      {"sexagesimal is a text", "1:30", "1:30"},
      {"date", "2024-01-02", "2024-01-02"},
      {"null", "null", "None"},
      {"tilde", "~", "None"},
      {"nothing", "", "None"},
      {"the text None", "None", "None"},
      {"true", "true", "True"},
      {"FALSE", "FALSE", "False"},
      {"yes is a text", "yes", "yes"},
      {"off is a text", "off", "off"},
      {"quoted null", "'null'", "null"},
      {"quoted true", "\"true\"", "true"},
      {"literal quotes", "'\"--a b\"'", "\"--a b\""},
      {"an apostrophe", "'it''s'", "it's"},
      {"escapes", "\"a\\tb\\x41\\u00e9\"", "a\tbA\xC3\xA9"},
      {"a double blank", "a  b", "a  b"},
      {"inner quotes", "a\"b'c", "a\"b'c"},
      {"a hash without a blank before it", "a#b", "a#b"},
      {"a comment", "a # b", "a"},
      {"a plain text over two lines", "a\n    b", "a b"},
      {"and with a blank line", "a\n\n    b", "a\nb"},
      {"an anchor", "&x 5", "5"},
      {"a tag", "!!str 5", "5"},
      {"braces of its own are no placeholder", "'{m} ${x}'", "{m} ${x}"},
      {"a list reads as Python prints it", "[1, a, null, true]", "[1, 'a', None, True]"},
      {"and a map", "{a: 1, b: x}", "{'a': 1, 'b': 'x'}"},
  };
  for (const auto& [says, written, expected] : rows) {
    EXPECT_EQ(script_of("type: recipe\nspec:\n  m: 1\n  model: m\n  value: " + written +
                        "\n  script: '{value}'\n"),
              expected)
        << says;
  }
}

TEST(FormatValues, BlockScalarsKeepEveryByteAndTheirLineEnds) {
  const Row rows[] = {
      {"|- has none at its end", "|-\n    a\n    b\n\n\n", "a\nb"},
      {"| has one", "|\n    a\n    b\n\n\n", "a\nb\n"},
      {"|+ has all", "|+\n    a\n\n    b\n\n\n", "a\n\nb\n\n\n"},
      {">- folds", ">-\n    a\n    b\n\n    c\n\n", "a b\nc"},
      {"> has one", ">\n    a\n    b\n\n\n", "a b\n"},
      {">+ has all", ">+\n    a\n    b\n\n\n", "a b\n\n\n"},
      {">+ with one line end", ">+\n    a\n", "a\n"},
      {">+ after an anchor", "&x >+\n    a\n\n", "a\n\n"},
      {">+ before a comment", ">+ # c\n    a\n\n", "a\n\n"},
      {">+ with its indentation", ">2+\n      a\n    b\n\n", "  a\nb\n\n"},
      {">+ with blanks in its empty lines", ">+\n    a\n  \n    \n", "a\n\n\n"},
      {"deeper lines do not fold", ">-\n    a\n      b\n    c\n", "a\n  b\nc"},
      {"blanks at a line's end", "|-\n    a  \n    b \\\n      c\t\n", "a  \nb \\\n  c\t"},
      {"what looks like a comment or YAML", "|-\n    # a\n    - b: c\n    ---x\n",
       "# a\n- b: c\n---x"},
      {"an indentation of its own", "|2-\n      a\n    b\n", "  a\nb"},
      {"blank lines before the text", "|-\n\n\n    a\n", "\n\na"},
      {"Windows line ends", "|\r\n    a\r\n    b\r\n", "a\nb\n"},
      {"nothing", "|-\n", ""},
  };
  for (const auto& [says, written, expected] : rows) {
    EXPECT_EQ(script_of("type: recipe\nspec:\n  model: m\n  script: " + written + "  z: 1\n"),
              expected)
        << says;
  }
  EXPECT_EQ(script_of("type: recipe\nspec:\n  model: m\n  script: >+\n    a\n\n\n"), "a\n\n\n");
  EXPECT_EQ(script_of("\xEF\xBB\xBFtype: recipe\nspec:\n  \xC3\xA9: 1\n  model: m\n"
                      "  script: >+\n    a\n\n"),
            "a\n\n");
}

const std::string k_spec =
    "type: recipe\nspec:\n  model: m\n  gpus: 8\n  vp:\n  te: True\n  word: ''\n  path: a/b/c\n"
    "  lr: 1e-5\n  quoted: '8'\n  script: |-\n    ";

TEST(FormatPlaceholders, AreFStringFields) {
  const Row rows[] = {
      {"a parameter", "{gpus}x{model}", "8xm"},
      {"blanks within", "{ gpus }", "8"},
      {"doubled braces", "{{gpus}} }}{{", "{gpus} }{"},
      {"three braces", "{{{gpus}}}", "{8}"},
      {"the shell's", "${{VAR:-{gpus}}} $VAR $(ls) $((1 + 2)) $1 $$",
       "${VAR:-8} $VAR $(ls) $((1 + 2)) $1 $$"},
      {"a dollar before a parameter", "${gpus}", "$8"},
      {"if and else", "{'a' if te else 'b'}{\"a\" if vp else \"b\"}", "ab"},
      {"else if", "{'a' if vp else 'b' if word else 'c'}", "c"},
      {"plus and str()", "{'_vp' + str(vp)}{str(lr)+'x'}", "_vpNone1e-5x"},
      {"a sum of numbers", "{gpus + 1}", "9"},
      {"is None", "{'n' if vp is None else 'v'}{'v' if vp is not None else 'n'}", "nn"},
      {"an empty text is not None", "{word is None}", "False"},
      {"==, by value", "{gpus == 8}{gpus == 8.0}{quoted == 8}{quoted == '8'}", "TrueTrueFalseTrue"},
      {"!=", "{model != 'm'}", "False"},
      {"or, and", "{vp or word or 'z'}{te and gpus}", "z8"},
      {"parentheses", "{(model + 'x') if (te and gpus) else ''}", "mx"},
      {"split", "{path.split(\"/\")[1]}{path.split('/')[-1]}", "bc"},
      {"braces in quotes", "{'}' if te else '{'}", "}"},
      {"a quote within the other", "{\"it's\"}{'\"'}", "it's\""},
      {"run-time names", "{assets_dir}{artifacts_dir}{logs_dir}{tensorboard_dir}", "/A/R/L/T"},
      {"dllogger_file", "{dllogger_file}", "/L/dllogger.json"},
      {"key, name, launcher", "{key} {name} {launcher}",
       "recipe/m_gpus-8 m_gpus-8 dgxa100_dracooci"},
  };
  for (const auto& [says, written, expected] : rows) {
    EXPECT_EQ(script_of(k_spec + written + "\n"), expected) << says;
  }
}

TEST(FormatPlaceholders, AnythingElseIsAnErrorThatNamesFileLineAndExpression) {
  const Row rows[] = {
      {"a conversion", "{model!r}", "'{model!r}'"},
      {"a format", "{lr:.2f}", "'{lr:.2f}'"},
      {"self-documenting", "{gpus=}", "'{gpus=}'"},
      {"other operators", "{gpus * 2}", "'{gpus * 2}'"},
      {"order", "{gpus > 2}", "'{gpus > 2}'"},
      {"other methods", "{model.upper()}", "'.upper' is not known here; there is .split"},
      {"other functions", "{len(model)}", "'{len(model)}'"},
      {"an index", "{path[0]}", "'{path[0]}'"},
      {"split without a part", "{path.split('/')}", "'{path.split('/')}'"},
      {"no such part", "{path.split('/')[7]}", "there is no part 7"},
      {"a text plus a number", "{'_vp' + gpus}", "cannot add a string and a number; str() makes"},
      {"not", "{not te}", "'{not te}'"},
      {"nothing", "{}", "it is empty"},
      {"an open brace", "f() { x; ", "it has no closing brace"},
      {"a single closing brace", "a } b", "it closes no placeholder"},
      {"one brace too many", "{gpus}} ", "it closes no placeholder"},
      {"nested quotes of one kind", "{'it's'}", "it has no closing brace"},
      {"an unknown name", "{modle}",
       "unknown name 'modle' in placeholder '{modle}'; did you mean "
       "'model'?"},
      {"a shell's variable", "${HOME}", "a shell's ${NAME} is written ${{NAME}}"},
      {"a shell's default", "${HOME:-x}", "a shell's ${NAME} is written ${{NAME}}"},
      {"a function of the shell", "f() { ls; }", "literal braces are written {{ and }}"},
      {"a name of the other format", "{target_}", "did you mean 'target'?"},
  };
  for (const auto& [says, written, expected] : rows) {
    const auto found = script_of(k_spec + written + "\n");
    EXPECT_THAT(found, HasSubstr("dir/r.yaml:12:")) << says;
    EXPECT_THAT(found, HasSubstr(expected)) << says;
    EXPECT_THAT(found,
                HasSubstr("  12 |     " + written.substr(0, written.find_last_not_of(' ') + 1)))
        << says;
  }
}

TEST(FormatPlaceholders, OfTheCompactFormat) {
  const Row rows[] = {
      {"a parameter", "${model} ${lr}", "esm2 1e-5"},
      {"null and booleans", "${none} ${flag}", "None True"},
      {"a shell's variable", "${{SLURM_ID}} ${{A:-b}}", "${SLURM_ID} ${A:-b}"},
      {"and without braces", "$VAR $model $(ls) $", "$VAR $model $(ls) $"},
      {"bare braces", "{model} {{x}} } {", "{model} {{x}} } {"},
      {"run-time names", "${tensorboard_dir} ${target} ${key}",
       "/T dgxa100_dracooci recipe/r_flag-true_lr-1e-5_model-esm2"},
  };
  for (const auto& [says, written, expected] : rows) {
    EXPECT_EQ(script_of("script_args: {model: esm2, lr: 1e-5, none: null, flag: true}\n"
                        "script: |-\n  " +
                        written + "\n"),
              expected)
        << says;
  }
  for (const char* bad : {"${modle}", "${model.upper()}", "${A:-b}", "${"}) {
    EXPECT_THAT(script_of("script_args: {model: esm2}\nscript: '" + std::string(bad) + "'\n"),
                HasSubstr("${{NAME}}"))
        << bad;
  }
}

TEST(FormatSpec, OtherTypesAreErrorsAtTheirPlace) {
  const Row rows[] = {
      {"no script", "script:", "'recipe/m' has no 'script' to run"},
      {"a list as a script", "script: [a]", "5:11: expected a text for 'script'"},
      {"a map as a setup", "script: x\n  script_setup: {a: 1}",
       "expected a text for 'script_setup'"},
      {"a list as a shell", "script: x\n  shell: [bash]", "expected a text for 'shell'"},
      {"artifacts that are a list", "script: x\n  artifacts: [a]", "expected a map of paths"},
      {"a list as a source", "script: x\n  artifacts: {/a: [b]}", "expected a text for '/a'"},
      {"other names in artifacts", "script: x\n  artifacts: {/a: '{model}'}",
       "unknown name 'model'"},
      {"env as a list", "script: x\n  env: [A]", "expected a map for 'env'"},
      {"a list in env", "script: x\n  env: {A: [1]}", "expected a text for 'A'"},
      {"a float as a count", "script: x\n  nodes: 1.0",
       "'nodes' must be a whole number, not '1.0'"},
      {"an exponent", "script: x\n  nodes: 1e1", "'nodes' must be a whole number"},
      {"a list as a count", "script: x\n  gpus: [8]", "'gpus' must be a whole number, not '[8]'"},
      {"too many", "script: x\n  gpus: 99999", "'gpus' is 99999; expected 0 to 1024"},
      {"more than any number", "script: x\n  nodes: 99999999999999999999",
       "must be a whole number"},
      {"a text as a boolean", "script: x\n  allow_failure: 'True'", "must be True or False"},
      {"another way to launch", "script: x\n  launch: srun", "unknown launch 'srun'"},
  };
  for (const auto& [says, written, expected] : rows) {
    const auto found = script_of("type: recipe\nspec:\n  model: m\n  x: 1\n  " + written + "\n");
    EXPECT_THAT(found, HasSubstr(expected)) << says;
    EXPECT_TRUE(found.starts_with("dir/r.yaml:")) << says << "\n" << found;
  }
}

TEST(FormatSections, WhatCanNeverHoldIsAnError) {
  const std::string check = "tests_spec: [{logic_spec: {baselines: {loss: {operator: ";
  const Row rows[] = {
      {"a range upside down", check + "range, min: 2, max: 1}}}}]", "min 2 exceeds max 1"},
      {"a range of nothing", check + "range}}}}]", "a range needs 'min', 'max' or both"},
      {"no value", check + "geq}}}}]", "this baseline has no 'value'"},
      {"NaN", check + "eq, value: .nan}}}}]", "nothing compares with NaN"},
      {"NaN as a bound", check + "range, min: .NaN}}}}]", "nothing compares with NaN"},
      {"a text as a value", check + "eq, value: x}}}}]", "'value' must be a number, not 'x'"},
      {"an unknown operator", check + "'=<', value: 1}}}}]",
       "unknown operator '=<'; expected range"},
      {"a negative tolerance", check + "approx, value: 1, rtol: -1}}}}]", "cannot be negative"},
      {"no tolerance", check + "approx, value: 1}}}}]", "approx needs 'rtol', 'atol' or both"},
      {"an unknown reduction", check + "eq, value: 1, reduce: p101}}}}]",
       "unknown reduction 'p101'"},
      {"an empty window", check + "eq, value: 1, window: [5, 1]}}}}]", "holds no step"},
      {"an unknown key", check + "eq, vale: 1}}}}]", "did you mean 'value'?"},
      {"no operator", "tests_spec: [{logic_spec: {baselines: {loss: {value: 1}}}}]",
       "has no 'operator'"},
      {"no exit code", "tests_spec: [{logic_spec: {exit_codes: []}}]", "the list is empty"},
      {"an exit code that is none", "tests_spec: [{logic_spec: {exit_codes: [256]}}]", "0 to 255"},
      {"one exit code", "tests_spec: [{logic_spec: {exit_codes: 0}}]", "must be a list, not '0'"},
      {"no logic_spec", "tests_spec: [{logic_type: static}]", "has no 'logic_spec'"},
      {"dynamic", "tests_spec: [{logic_type: dynamic, logic_spec: {}}]",
       "'dynamic' is not supported"},
      {"a metric's unknown source", "metrics: {loss: {source: tensorbord}}",
       "unknown source 'tensorbord'; did you mean 'tensorboard'?"},
      {"a pattern without a group", "metrics: {loss: {pattern: 'loss'}}", "one capture group"},
      {"a metric that is a number", "metrics: {loss: 5}", "expected a map in metric 'loss'"},
      {"metrics that are a number", "metrics: 5", "expected a list of names or a map"},
      {"an unknown logger", "loggers: [stdot]", "did you mean 'stdout'?"},
      {"an output of another type", "outputs: [{type: artefact, key: a}]",
       "unknown type 'artefact'; did you mean 'artifact'?"},
      {"a retry rule for nothing", "retry: [{class: infra}]", "one of 'pattern', 'exit_code' and"},
      {"a retry rule for two things", "retry: [{pattern: x, exit_code: 1}]", "one of 'pattern'"},
      {"a retry rule for no exit code", "retry: [{exit_code: 300}]", "an exit code is 0 to 255"},
      {"an unknown class", "retry: [{pattern: x, class: flakey}]", "did you mean 'flaky'?"},
      {"an unknown state", "retry: [{state: node_faild}]", "did you mean 'node-failed'?"},
      {"no attempt", "retry: [{pattern: x, max: 0}]", "'max' must be 1 to 100 attempts"},
      {"a selector without a type", "launchers: {slurm: {}}", "expected type:TYPE or name:NAME"},
      {"settings that are none", "launchers: {'type:slurm': 5}", "expected a map of settings"},
      {"mounts that are a list", "launchers: {'type:slurm': {mounts: [a]}}", "a map of paths"},
  };
  for (const auto& [says, written, expected] : rows) {
    const auto found = script_of("type: recipe\nspec: {model: m, script: x}\n" + written + "\n");
    EXPECT_THAT(found, HasSubstr("dir/r.yaml:3:")) << says;
    EXPECT_THAT(found, HasSubstr(expected)) << says;
  }
}

TEST(FormatSections, EveryOperatorInBothSpellings) {
  using Op = Bound::Operator;
  const std::pair<const char*, Op> spellings[] = {
      {"eq", Op::eq},   {"'=='", Op::eq},  {"neq", Op::neq}, {"'!='", Op::neq},
      {"geq", Op::geq}, {"'>='", Op::geq}, {"leq", Op::leq}, {"'<='", Op::leq},
      {"gt", Op::gt},   {"'>'", Op::gt},   {"lt", Op::lt},   {"'<'", Op::lt}};
  for (const auto& [written, op] : spellings) {
    const auto product = product_of(
        "type: recipe\nspec: {model: m, script: x}\ntests_spec:\n- logic_spec: {baselines: "
        "{loss: {operator: " +
        std::string(written) + ", value: 1e-3}}}\n");
    ASSERT_EQ(product.checks.baselines.size(), 1U) << written;
    EXPECT_EQ(product.checks.baselines[0].bound.op, op) << written;
    EXPECT_EQ(product.checks.baselines[0].bound.value, 1e-3) << written;
  }
}

}  // namespace
}  // namespace assay
