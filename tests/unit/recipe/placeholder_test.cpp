#include "recipe/placeholder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Value scalar(Value::Kind kind, std::string text) {
  Value value;
  value.kind = kind;
  value.text = std::move(text);
  return value;
}

// A product as the wild has them: strings, numbers, booleans and null.
class Scope {
 public:
  Scope() {
    add("model", Value::of_string("esm2"));
    add("gpus", Value::of_integer(8));
    add("tp_size", Value::of_integer(0));
    add("lr", scalar(Value::Kind::real, "1e-3"));
    add("precision", Value::of_string("bf16-mixed"));
    add("use_te", scalar(Value::Kind::boolean, "true"));
    add("use_mcore", scalar(Value::Kind::boolean, "no"));
    add("vp_size", Value{});
    add("extra_args", Value{});
    add("args_meta", Value::of_string("te_2experts"));
    add("empty", Value::of_string(""));
    add("None_text", Value::of_string("None"));
    add("key", Value::of_string("basic/gpt3_345m"));
  }

  void add(std::string_view name, Value value) {
    values_.push_back(std::move(value));
    scope_.add(name, &values_.back());
  }

  const PlaceholderScope& get() const { return scope_; }

 private:
  std::deque<Value> values_;
  PlaceholderScope scope_;
};

std::string render(std::string_view text, PlaceholderStyle style = PlaceholderStyle::fstring) {
  const Scope scope;
  return render_placeholders(text, scope.get(), {.file = "r.yaml", .source = {}}, style);
}

std::string render_compact(std::string_view text) {
  return render(text, PlaceholderStyle::compact);
}

std::string error_of(std::string_view text, PlaceholderStyle style = PlaceholderStyle::fstring) {
  try {
    return "no error: " + render(text, style);
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(Placeholder, NameBecomesItsValue) {
  EXPECT_EQ(render("train {model} on {gpus}"), "train esm2 on 8");
  EXPECT_EQ(render("{ model }"), "esm2");
}

TEST(Placeholder, ValueIsItsRawYamlText) { EXPECT_EQ(render("{lr}"), "1e-3"); }

TEST(Placeholder, NullAndBooleansReadAsPythonsOwn) {
  EXPECT_EQ(render("{vp_size} {use_te} {use_mcore}"), "None True False");
}

TEST(Placeholder, DoubledBracesAreLiteralBraces) {
  EXPECT_EQ(render("${{VAR}} {{}} awk '{{print $4}}'"), "${VAR} {} awk '{print $4}'");
  EXPECT_EQ(render("{{{model}}}"), "{esm2}");
}

TEST(Placeholder, ShellVariablesAndSubstitutionsStay) {
  constexpr std::string_view k_shell = "$VAR $(nproc) $((1 + 2)) $? \"$@\"";
  EXPECT_EQ(render(k_shell), k_shell);
}

TEST(Placeholder, EveryOtherByteStays) {
  constexpr std::string_view k_script =
      "# comment  \n\n  a \\\n\t--b  'c' \"d\" \\n \xC3\xA9 \xFF\r\n   ";
  EXPECT_EQ(render(k_script), k_script);
  const std::string zero("a\0b", 3);
  EXPECT_EQ(render(zero), zero);
}

TEST(Placeholder, TextWithoutPlaceholdersMayBeEmpty) { EXPECT_EQ(render(""), ""); }

TEST(PlaceholderExpression, ConditionPicksByTruth) {
  EXPECT_EQ(render("{'te_' if use_te else ''}{'mcore_' if use_mcore else ''}"), "te_");
  EXPECT_EQ(render("{'a' if tp_size else 'b'}"), "b");
  EXPECT_EQ(render("{'a' if empty else 'b'}"), "b");
  EXPECT_EQ(render("{'a' if None_text else 'b'}"), "a");
  EXPECT_EQ(render("{\"1\" if use_te else \"0\"}"), "1");
}

TEST(PlaceholderExpression, ConditionIsRightAssociative) {
  EXPECT_EQ(render("{'a' if vp_size else 'b' if use_te else 'c'}"), "b");
  EXPECT_EQ(render("{'a' if use_te else 'b' if use_te else 'c'}"), "a");
}

TEST(PlaceholderExpression, PlusBindsTighterThanCondition) {
  EXPECT_EQ(render("{'_vp'+str(vp_size) if vp_size else ''}"), "");
  EXPECT_EQ(render("{'_g'+str(gpus) if gpus else ''}"), "_g8");
  EXPECT_EQ(render("{'_'+args_meta if args_meta else ''}"), "_te_2experts");
}

TEST(PlaceholderExpression, BranchNotTakenIsNotEvaluated) {
  EXPECT_EQ(render("{'_' + vp_size if vp_size else 'none'}"), "none");
}

TEST(PlaceholderExpression, IsNoneTellsNullFromItsText) {
  EXPECT_EQ(render("{extra_args if extra_args is not None else '\"\"'}"), "\"\"");
  EXPECT_EQ(render("{'n' if vp_size is None else 'v'}"), "n");
  EXPECT_EQ(render("{'n' if None_text is None else 'v'}"), "v");
}

TEST(PlaceholderExpression, EqualityComparesAsPython) {
  EXPECT_EQ(render("{'y' if gpus == 8 else 'n'}"), "y");
  EXPECT_EQ(render("{'y' if gpus == 8.0 else 'n'}"), "y");
  EXPECT_EQ(render("{'y' if gpus == '8' else 'n'}"), "n");
  EXPECT_EQ(render("{'y' if use_te == True else 'n'}"), "y");
  EXPECT_EQ(render("{'y' if use_te == 'True' else 'n'}"), "n");
  EXPECT_EQ(render("{'y' if model != \"esm1\" else 'n'}"), "y");
  EXPECT_EQ(render("{'y' if lr == 0.001 else 'n'}"), "y");
  EXPECT_EQ(render("{'y' if vp_size == None else 'n'}"), "y");
  EXPECT_EQ(render("{model == 'esm2'}"), "True");
}

TEST(PlaceholderExpression, OrAndAndGiveTheDecidingOperand) {
  EXPECT_EQ(render("{vp_size or 'default'}"), "default");
  EXPECT_EQ(render("{gpus or 'default'}"), "8");
  EXPECT_EQ(render("{gpus and model}"), "esm2");
  EXPECT_EQ(render("{vp_size and model}"), "None");
  EXPECT_EQ(render("{'y' if use_mcore and vp_size or use_te else 'n'}"), "y");
}

TEST(PlaceholderExpression, SplitPicksOnePart) {
  EXPECT_EQ(render("{key.split(\"/\")[1]}"), "gpt3_345m");
  EXPECT_EQ(render("{key.split('/')[0]}"), "basic");
  EXPECT_EQ(render("{key.split('/')[-1].split('_')[0]}"), "gpt3");
}

TEST(PlaceholderExpression, StrWritesAsAPlaceholderWould) {
  EXPECT_EQ(render("{str(lr) + str(vp_size) + str(use_te)}"), "1e-3NoneTrue");
}

TEST(PlaceholderExpression, NumbersAdd) {
  EXPECT_EQ(render("{gpus + 1}"), "9");
  EXPECT_EQ(render("{gpus + 0.5}"), "8.5");
  EXPECT_EQ(render("{gpus + 1.0}"), "9.0");
}

TEST(PlaceholderExpression, BracesInQuotesDoNotEndIt) {
  EXPECT_EQ(render("{'}' if use_te else '{'}"), "}");
}

TEST(PlaceholderExpression, MayRunOverLines) {
  EXPECT_EQ(render("{'a' if use_te\n  else 'b'}"), "a");
}

TEST(PlaceholderError, NamesFileLineAndExpression) {
  const std::string source = "spec:\n  script: |-\n    one\n    run {gpus * 2} times\n";
  const Scope scope;
  try {
    render_placeholders("one\nrun {gpus * 2} times", scope.get(),
                        {.file = "a/b.yaml", .source = source, .line = 2, .column = 11});
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_EQ(error.place(), (Place{.file = "a/b.yaml", .line = 4, .column = 15}));
    EXPECT_THAT(error.what(), HasSubstr("a/b.yaml:4:15: cannot evaluate placeholder '{gpus * 2}'"));
    EXPECT_THAT(error.what(), HasSubstr("run {gpus * 2} times\n"));
    EXPECT_THAT(error.what(), HasSubstr("|               ^"));
  }
}

TEST(PlaceholderError, UnknownNameSuggestsTheNearest) {
  EXPECT_THAT(error_of("{modle}"), HasSubstr("unknown name 'modle'"));
  EXPECT_THAT(error_of("{modle}"), HasSubstr("did you mean 'model'?"));
  EXPECT_THAT(error_of("{modle}"), Not(HasSubstr("${{")));
}

TEST(PlaceholderError, UnknownNameAfterDollarHintsAtDoubledBraces) {
  EXPECT_THAT(error_of("echo ${HOME}"), HasSubstr("written ${{NAME}}"));
  EXPECT_THAT(error_of("echo ${HOME:-x}"), HasSubstr("written ${{NAME}}"));
}

TEST(PlaceholderError, UnknownNameInABranchNotTakenIsOneToo) {
  EXPECT_THAT(error_of("{'a' if use_te else modle}"), HasSubstr("unknown name 'modle'"));
}

TEST(PlaceholderError, WhateverElsePythonCanIsRefused) {
  for (const auto* text : {"{gpus:03d}",
                           "{gpus!r}",
                           "{gpus=}",
                           "{gpus * 2}",
                           "{gpus - 1}",
                           "{len(model)}",
                           "{model.upper()}",
                           "{model[0]}",
                           "{key.split('/')}",
                           "{key.split()[0]}",
                           "{key.split('')[0]}",
                           "{key.split('/')[gpus]}",
                           "{not use_te}",
                           "{gpus < 9}",
                           "{'a' in model}",
                           "{model is model}",
                           "{lambda: 1}",
                           "{[gpus]}",
                           "{gpus, model}",
                           "{'a' 'b'}",
                           "{'a\\n'}",
                           "{f'a'}",
                           "{1 == 1 == 1}",
                           "{'a' if gpus}",
                           "{model.}",
                           "{@}",
                           "{\xC3\xA9}",
                           "{+}",
                           "{()}",
                           "{str()}",
                           "{1x}",
                           "{0x}"}) {
    EXPECT_THAT(error_of(text), HasSubstr(std::string("placeholder '") + text + "'")) << text;
  }
}

TEST(PlaceholderError, WhatPythonRaisesIsAnError) {
  EXPECT_THAT(error_of("{'_' + gpus}"), HasSubstr("cannot add a string and a number"));
  EXPECT_THAT(error_of("{model + vp_size}"), HasSubstr("cannot add a string and None"));
  EXPECT_THAT(error_of("{vp_size.split('/')[0]}"), HasSubstr("cannot split None"));
  EXPECT_THAT(error_of("{key.split('/')[2]}"), HasSubstr("there is no part 2"));
  EXPECT_THAT(error_of("{key.split('/')[-3]}"), HasSubstr("there is no part -3"));
  EXPECT_THAT(error_of("{9223372036854775807 + gpus}"), HasSubstr("too large"));
}

TEST(PlaceholderError, BracesMustPair) {
  EXPECT_THAT(error_of("a } b"), HasSubstr("closes no placeholder"));
  EXPECT_THAT(error_of("a { b"), HasSubstr("no closing brace"));
  EXPECT_THAT(error_of("f() { echo hi; }"), HasSubstr("literal braces are written {{ and }}"));
  EXPECT_THAT(error_of("{}"), HasSubstr("it is empty"));
  EXPECT_THAT(error_of("{ { } }"), HasSubstr("no closing brace"));
}

TEST(PlaceholderError, DeepNestingIsRefusedNotOverflown) {
  const std::string open(10'000, '(');
  const std::string close(10'000, ')');
  EXPECT_THAT(error_of("{" + open + "gpus" + close + "}"), HasSubstr("nested more than"));
  std::string splits = "{key";
  for (int i = 0; i < 10'000; ++i) splits += ".split('/')[0]";
  EXPECT_THAT(error_of(splits + "}"), HasSubstr("longer than"));
  EXPECT_THAT(error_of("{" + std::string(100'000, ' ') + "gpus}"), HasSubstr("longer than"));
}

TEST(PlaceholderPlace, PointsIntoFoldedQuotedAndFlowScalars) {
  const std::string source =
      "spec:\n"
      "  name: \"{model}_\\\n"
      "         {gpu}\"\n"
      "  script: >-\n"
      "    a {model}\n"
      "    b {model} {gpuz}\n"
      "  build: &b  {gpuw}\n";
  const Scope scope;
  const auto place_of = [&](std::string_view text, int line, int column) {
    try {
      render_placeholders(text, scope.get(),
                          {.file = "r", .source = source, .line = line, .column = column});
    } catch (const InputError& error) {
      return to_string(error.place());
    }
    return std::string("no error");
  };
  EXPECT_EQ(place_of("{model}_{gpu}", 2, 9), "r:3:11");
  EXPECT_EQ(place_of("a {model} b {model} {gpuz}", 4, 11), "r:6:16");
  EXPECT_EQ(place_of("{gpuw}", 7, 10), "r:7:15");
}

TEST(PlaceholderPlace, CountsEqualPlaceholdersBefore) {
  const std::string source = "x: 'a {b} c {b}'\n";
  const TextOrigin origin{.file = "r", .source = source, .line = 1, .column = 4};
  EXPECT_EQ(place_in_file(origin, "a {b} c {b}", 2, 3).column, 7);
  EXPECT_EQ(place_in_file(origin, "a {b} c {b}", 8, 3).column, 13);
}

TEST(PlaceholderPlace, FallsBackToTheScalarsOwn) {
  const TextOrigin origin{.file = "r", .source = "x: \"\\x7bb}\"\n", .line = 1, .column = 4};
  EXPECT_EQ(to_string(place_in_file(origin, "{b}", 0, 3)), "r:1:4");
  EXPECT_EQ(to_string(place_in_file({.file = "--name", .source = {}}, "{b}", 0, 3)), "--name");
}

TEST(CompactPlaceholder, DollarBraceIsAPlaceholder) {
  EXPECT_EQ(render_compact("--n=${gpus} ${model}_${use_te}"), "--n=8 esm2_True");
}

TEST(CompactPlaceholder, DoubledBracesAreTheShellsVariable) {
  EXPECT_EQ(render_compact("${{SLURMD_NODENAME}}_${model}"), "${SLURMD_NODENAME}_esm2");
  EXPECT_EQ(render_compact("${{A:-${{B}}}}"), "${A:-${B}}");
  EXPECT_EQ(render_compact("${{A:-${model}}}"), "${A:-esm2}");
}

TEST(CompactPlaceholder, BareDollarAndBareBracesStay) {
  constexpr std::string_view k_shell = "$VAR $(x) {tp} { echo a; } awk '{{print}}' }} $";
  EXPECT_EQ(render_compact(k_shell), k_shell);
}

TEST(CompactPlaceholder, TakesOnlyAName) {
  EXPECT_THAT(error_of("${gpus + 1}", PlaceholderStyle::compact), HasSubstr("one name"));
  EXPECT_THAT(error_of("${HOME:-x}", PlaceholderStyle::compact), HasSubstr("${{NAME}}"));
  EXPECT_THAT(error_of("${modle}", PlaceholderStyle::compact), HasSubstr("did you mean 'model'?"));
}

TEST(PlaceholderNames, AreAllNamesOnceInOrder) {
  EXPECT_THAT(placeholder_names("{b} {a if c is not None else b} {{d}} {e*} ${f}"),
              ElementsAre("b", "a", "c", "f"));
  EXPECT_THAT(placeholder_names("{a} ${b} ${{C}} $D", PlaceholderStyle::compact), ElementsAre("b"));
}

TEST(PlaceholderScope, LaterNamesCountAmongManyToo) {
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) names.push_back("p" + std::to_string(i));
  const auto old = Value::of_string("old");
  const auto later = Value::of_string("later");
  PlaceholderScope scope;
  for (const auto& name : names) scope.add(name, &old);
  scope.add("p7", &later);
  EXPECT_EQ(scope.find("p7"), &later);
  EXPECT_EQ(scope.find("p199"), &old);
  EXPECT_EQ(scope.find("p200"), nullptr);
}

TEST(PlaceholderScope, LaterNamesCount) {
  const Value one = Value::of_integer(1);
  const Value two = Value::of_integer(2);
  PlaceholderScope scope;
  scope.add("n", &one);
  scope.add("n", &two);
  EXPECT_EQ(scope.find("n"), &two);
  EXPECT_EQ(scope.find("m"), nullptr);
}

}  // namespace
}  // namespace assay
