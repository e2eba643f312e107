#include "recipe/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "../error_of.h"

namespace assay {
namespace {

using testing::HasSubstr;

Value scalar(Value::Kind kind, std::string text) {
  Value value;
  value.kind = kind;
  value.text = std::move(text);
  return value;
}

Value list(std::vector<Value> items) {
  Value value;
  value.kind = Value::Kind::list;
  value.items = std::move(items);
  return value;
}

Value map(std::vector<std::pair<std::string, Value>> entries) {
  Value value;
  value.kind = Value::Kind::map;
  value.entries = std::move(entries);
  return value;
}

// A product made by hand: the filter knows nothing of how products come about.
class Products {
 public:
  GridProduct& add(std::string key, std::vector<std::pair<std::string, Value>> bindings,
                   std::vector<std::pair<std::string, Value>> labels = {}) {
    auto recipe = std::make_shared<Recipe>();
    recipe->document =
        map({{"labels", map(std::move(labels))},
             {"spec", map({{"script", Value::of_string("python train.py")},
                           {"source", map({{"image", Value::of_string("img")}})}})}});
    GridProduct product;
    product.recipe = recipe;
    product.key = std::move(key);
    for (auto& [name, value] : bindings) {
      names_.push_back(std::move(name));
      values_.push_back(std::move(value));
      product.bindings.emplace_back(&names_.back(), &values_.back());
    }
    all.push_back(std::move(product));
    return all.back();
  }

  void add_scope(GridProduct& product, std::string scope) {
    values_.push_back(Value::of_string(std::move(scope)));
    product.scopes.push_back(&values_.back());
  }

  std::vector<GridProduct> all;

 private:
  std::deque<std::string> names_;
  std::deque<Value> values_;
};

GridProduct& add_openfold(Products& products) {
  return products.add("recipe/openfold_train_nodes-1",
                      {{"model", Value::of_string("openfold")},
                       {"gpus", Value::of_integer(8)},
                       {"lr", scalar(Value::Kind::real, "1e-3")},
                       {"precision", Value::of_string("32")},
                       {"kalignu", scalar(Value::Kind::boolean, "False")},
                       {"time_limit", Value{}},
                       {"scope", Value::of_string("perf-train")},
                       {"platforms", list({Value::of_string("a100"), Value::of_string("h100")})}},
                      {{"origin", Value::of_string("bionemo")},
                       {"version", Value::of_integer(2)},
                       {"my-label", Value::of_string("x")},
                       {"nothing", Value{}}});
}

bool matches(const std::string& expression) {
  Products products;
  return Filter::parse(expression, "--filter").matches(add_openfold(products));
}

std::string error_of(const std::string& expression) {
  return test::error_of([&] { Filter::parse(expression, "--filter"); });
}

TEST(Filter, ComparesPathsWithStrings) {
  EXPECT_TRUE(matches("type == 'recipe' and spec.model == 'openfold'"));
  EXPECT_TRUE(matches("spec.model == \"openfold\""));
  EXPECT_FALSE(matches("type == 'basic'"));
  EXPECT_TRUE(matches("type != 'basic'"));
  EXPECT_TRUE(matches("key == 'recipe/openfold_train_nodes-1'"));
  EXPECT_TRUE(matches("labels.origin == 'bionemo'"));
  EXPECT_TRUE(matches("labels.my-label == 'x'"));
}

TEST(Filter, ComparesNumbersNumerically) {
  EXPECT_TRUE(matches("spec.gpus == 8"));
  EXPECT_TRUE(matches("spec.gpus == 8.0"));
  EXPECT_TRUE(matches("spec.gpus <= 8 and spec.gpus >= 8"));
  EXPECT_FALSE(matches("spec.gpus < 8 or spec.gpus > 8"));
  EXPECT_TRUE(matches("spec.gpus < 10"));
  EXPECT_TRUE(matches("spec.gpus > -1"));
  EXPECT_TRUE(matches("spec.lr == 0.001"));
  EXPECT_TRUE(matches("1 <= spec.gpus <= 8"));
  EXPECT_FALSE(matches("1 <= spec.gpus < 8"));
}

TEST(Filter, StringIsNoNumber) {
  EXPECT_FALSE(matches("spec.precision == 32"));
  EXPECT_TRUE(matches("spec.precision == '32'"));
  EXPECT_FALSE(matches("spec.precision < 64"));
  EXPECT_FALSE(matches("spec.precision >= 64"));
}

TEST(Filter, ComparesBooleansAndNoneAsPython) {
  EXPECT_TRUE(matches("spec.kalignu == False"));
  EXPECT_TRUE(matches("spec.kalignu == 0"));
  EXPECT_FALSE(matches("spec.kalignu == 'False'"));
  EXPECT_TRUE(matches("spec.time_limit == None"));
  EXPECT_FALSE(matches("spec.time_limit == 'None'"));
  EXPECT_FALSE(matches("spec.time_limit < 5"));
  EXPECT_FALSE(matches("spec.time_limit >= 5"));
}

TEST(Filter, StringsHaveAnOrder) {
  EXPECT_TRUE(matches("spec.model > 'esm2'"));
  EXPECT_FALSE(matches("spec.model < 'esm2'"));
}

TEST(Filter, LabelsAreStrings) {
  EXPECT_TRUE(matches("labels.version == '2'"));
  EXPECT_FALSE(matches("labels.version == 2"));
  EXPECT_TRUE(matches("labels.nothing == ''"));
}

TEST(Filter, AndBindsTighterThanOrAndNotTighterThanBoth) {
  EXPECT_TRUE(matches("True or False and False"));
  EXPECT_FALSE(matches("(True or False) and False"));
  EXPECT_TRUE(matches("not False and True"));
  EXPECT_FALSE(matches("not (False and True) and False"));
  EXPECT_TRUE(matches("not spec.gpus == 4"));
  EXPECT_TRUE(matches("not not True"));
}

TEST(Filter, ConstantFalseSelectsNothing) {
  EXPECT_FALSE(matches("False"));
  EXPECT_TRUE(matches("True"));
}

TEST(Filter, BareValueCountsByItsTruth) {
  EXPECT_TRUE(matches("spec.gpus"));
  EXPECT_FALSE(matches("spec.kalignu"));
  EXPECT_FALSE(matches("spec.time_limit"));
}

TEST(Filter, InIsMembershipOnAList) {
  EXPECT_TRUE(matches("'a100' in spec.platforms"));
  EXPECT_FALSE(matches("'a10' in spec.platforms"));
  EXPECT_TRUE(matches("'a10' not in spec.platforms"));
  EXPECT_TRUE(matches("spec.model in ['esm2', 'openfold']"));
  EXPECT_TRUE(matches("spec.model in ('esm2', 'openfold',)"));
  EXPECT_FALSE(matches("spec.gpus in ['8']"));
  EXPECT_TRUE(matches("spec.gpus in [8]"));
  EXPECT_FALSE(matches("spec.gpus in []"));
}

TEST(Filter, InIsSubstringOnAScalar) {
  EXPECT_TRUE(matches("'fold' in spec.model"));
  EXPECT_TRUE(matches("'perf' in spec.scope"));
  EXPECT_FALSE(matches("'esm' in spec.model"));
  EXPECT_TRUE(matches("'esm' not in spec.model"));
}

TEST(Filter, NothingIsInNone) {
  EXPECT_FALSE(matches("'None' in spec.time_limit"));
  EXPECT_TRUE(matches("'x' not in spec.time_limit"));
}

TEST(Filter, PathsReachBelowSpec) {
  EXPECT_TRUE(matches("spec.source.image == 'img'"));
  EXPECT_TRUE(matches("'train.py' in spec.script"));
  EXPECT_TRUE(matches("spec.source.image.tag == None"));
}

TEST(Filter, QuotesMayBeEscaped) {
  EXPECT_TRUE(matches("'a\\'b' == \"a'b\""));
  EXPECT_TRUE(matches("'\\\\' in 'a\\\\b'"));
}

TEST(Filter, ScopeOfSeveralIsAList) {
  Products products;
  auto& product = products.add("basic/gpt", {{"scope", Value::of_string("mr")}});
  products.add_scope(product, "mr");
  EXPECT_TRUE(Filter::parse("spec.scope == 'mr'", "f").matches(product));
  products.add_scope(product, "nightly");
  EXPECT_FALSE(Filter::parse("spec.scope == 'mr'", "f").matches(product));
  EXPECT_TRUE(Filter::parse("'mr' in spec.scope", "f").matches(product));
  EXPECT_TRUE(Filter::parse("'nightly' in spec.scope", "f").matches(product));
  EXPECT_FALSE(Filter::parse("'night' in spec.scope", "f").matches(product));
}

TEST(Filter, TypeIsTheKeysFirstPart) {
  Products products;
  EXPECT_TRUE(Filter::parse("type == 'basic'", "f").matches(products.add("basic/a/b", {})));
}

TEST(FilterError, PointsIntoTheExpression) {
  try {
    Filter::parse("spec.gpus = 8", "--filter");
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_EQ(error.place(), (Place{.file = "--filter", .line = 1, .column = 11}));
    EXPECT_THAT(error.what(), HasSubstr("spec.gpus = 8\n"));
    EXPECT_THAT(error.what(), HasSubstr("|           ^"));
  }
}

TEST(FilterError, PointsIntoItsLine) {
  try {
    Filter::parse("spec.gpus == 8\n  and gpus", "--filter");
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_EQ(error.place(), (Place{.file = "--filter", .line = 2, .column = 7}));
    EXPECT_THAT(error.what(), HasSubstr("  and gpus\n"));
  }
}

TEST(FilterError, IsEveryThingThatIsNoExpression) {
  for (const auto* text : {"",
                           "  ",
                           "spec.gpus ==",
                           "== 8",
                           "(True",
                           "True)",
                           "spec.gpus == 8 8",
                           "'open",
                           "not",
                           "spec.gpus not 8",
                           "True and",
                           "or True",
                           "[1, 2",
                           "[1 2]",
                           "spec.gpus === 8",
                           "a if b",
                           "8x",
                           "1..2",
                           "spec.gpus + 1 == 9",
                           "-",
                           "- spec.gpus",
                           "'a\\n'",
                           "()",
                           "(,)",
                           "not in",
                           "spec..gpus",
                           "spec.",
                           "\x01",
                           "spec.gpus == 8;"}) {
    EXPECT_THAT(error_of(text), HasSubstr("--filter:1:")) << text;
  }
}

TEST(FilterError, UnknownRootSuggestsAPath) {
  EXPECT_THAT(error_of("model == 'x'"), HasSubstr("did you mean 'spec.model'"));
  EXPECT_THAT(error_of("typ == 'x'"), HasSubstr("did you mean 'type'?"));
  EXPECT_THAT(error_of("specs.model == 'x'"), HasSubstr("did you mean 'spec.model'?"));
  EXPECT_THAT(error_of("product.model == 'x'"), HasSubstr("spec.NAME or labels.NAME"));
}

TEST(FilterError, IsSaysHowToCompare) {
  EXPECT_THAT(error_of("spec.gpus is None"), HasSubstr("compare with == or !="));
}

TEST(FilterPaths, PathThatNoProductHasIsAnError) {
  Products products;
  add_openfold(products);
  try {
    Filter::parse("spec.model == 'x' or spec.gpu == 8", "--filter").check_paths(products.all);
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_EQ(error.place().column, 22);
    EXPECT_THAT(error.what(), HasSubstr("no product has 'spec.gpu'; did you mean 'spec.gpus'?"));
  }
  EXPECT_THROW(Filter::parse("labels.orign == ''", "f").check_paths(products.all), InputError);
}

TEST(FilterPaths, PathThatOneProductHasIsNone) {
  Products products;
  products.add("recipe/a", {{"gpus", Value::of_integer(1)}});
  products.add("recipe/b", {{"nodes", Value::of_integer(1)}});
  const auto filter = Filter::parse("spec.nodes != 1", "f");
  EXPECT_NO_THROW(filter.check_paths(products.all));
  EXPECT_TRUE(filter.matches(products.all[0]));
  EXPECT_FALSE(filter.matches(products.all[1]));
}

TEST(FilterPaths, NullIsThere) {
  Products products;
  add_openfold(products);
  EXPECT_NO_THROW(Filter::parse("spec.time_limit == None", "f").check_paths(products.all));
}

TEST(FilterLimits, DeepNestingIsAnErrorNotACrash) {
  EXPECT_THAT(error_of(std::string(10'000, '(') + "True" + std::string(10'000, ')')),
              HasSubstr("nested more than"));
  std::string nots;
  for (int i = 0; i < 10'000; ++i) nots += "not ";
  EXPECT_THAT(error_of(nots + "True"), HasSubstr("nested more than"));
  EXPECT_THAT(error_of(std::string(10'000, '[')), HasSubstr("nested more than"));
}

TEST(FilterLimits, LongChainsAreFine) {
  std::string chain = "False";
  for (int i = 0; i < 5'000; ++i) chain += " or False";
  EXPECT_FALSE(matches(chain));
  EXPECT_TRUE(matches(chain + " or True"));
}

}  // namespace
}  // namespace assay
