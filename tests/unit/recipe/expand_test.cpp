#include "sample_recipe.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string k_basic =
    "type: basic\nspec:\n  name: '{test_case}_{environment}'\n  script: x\n  test_case: t\n"
    "  environment: dev\n";

TEST(Expand, NoProductsOrEmptyOnesAreOneProduct) {
  for (const auto* products : {"", "products:\n", "products: []\n", "products: [null]\n",
                               "products:\n  - # nothing yet\n"}) {
    EXPECT_THAT(keys_of(k_basic + products), ElementsAre("basic/t-dev")) << products;
  }
}

TEST(Expand, AMapIsTheProductOfItsListsWithTheLastKeyFastest) {
  const auto keys = keys_of(
      "type: recipe\nspec: {model: m}\nkey_segments: {a: a, b: b}\n"
      "products:\n- b: [1, 2]\n  a: [x, y]\n");
  EXPECT_THAT(keys, ElementsAre("recipe/m_a-x_b-1", "recipe/m_a-y_b-1", "recipe/m_a-x_b-2",
                                "recipe/m_a-y_b-2"));
}

TEST(Expand, TheMapsOfTheListFollowEachOther) {
  const auto keys =
      keys_of("type: recipe\nspec: {model: m}\nproducts:\n- nodes: [2]\n- nodes: [1]\n");
  EXPECT_THAT(keys, ElementsAre("recipe/m_nodes-2", "recipe/m_nodes-1"));
}

TEST(Expand, AScalarOrAMapCountsAsAListOfOne) {
  const auto products =
      products_of(k_basic + "products:\n- environment: lts\n  env: {A: 1}\n  x: 3\n");
  ASSERT_EQ(products.size(), 1U);
  EXPECT_EQ(products[0].key, "basic/t-lts");
  EXPECT_EQ(bound_text(products[0], "env"), "{'A': 1}");
  EXPECT_EQ(bound_text(products[0], "x"), "3");
}

TEST(Expand, ProductValuesReplaceThoseOfTheSpecInPlaceAndNewOnesFollow) {
  const auto products = products_of(k_basic + "products:\n- new: [1]\n  environment: [lts]\n");
  std::vector<std::string> names;
  for (const auto& [name, value] : products.at(0).bindings) names.push_back(*name);
  EXPECT_THAT(names, ElementsAre("name", "script", "test_case", "environment", "new"));
  EXPECT_EQ(bound_text(products[0], "environment"), "lts");
}

TEST(Expand, ChildrenInheritListsAndReplaceThoseOfTheSameName) {
  const auto keys = keys_of(k_basic +
                            "products:\n"
                            "- test_case: [a, b]\n"
                            "  environment: [dev]\n"
                            "  products:\n"
                            "  - environment: [lts]\n"
                            "  - x: [1]\n");
  EXPECT_THAT(keys, ElementsAre("basic/a-lts", "basic/b-lts", "basic/a-dev", "basic/b-dev"));
}

TEST(Expand, GridsNestFiveLevelsDeep) {
  const auto keys = keys_of(
      "type: recipe\nkey_segments: {a: a, b: b, c: c, d: d, e: e}\nspec: {model: m}\n"
      "products:\n- a: [1]\n  products:\n  - b: [1]\n    products:\n    - c: [1]\n"
      "      products:\n      - d: [1]\n        products:\n        - e: [1, 2]\n");
  EXPECT_THAT(keys, ElementsAre("recipe/m_a-1_b-1_c-1_d-1_e-1", "recipe/m_a-1_b-1_c-1_d-1_e-2"));
}

TEST(Expand, NullItemsAreSkipped) {
  const auto keys = keys_of(k_basic +
                            "products:\n-\n- test_case: [a]\n  products:\n  -\n"
                            "  - environment: [lts]\n-\n");
  EXPECT_THAT(keys, ElementsAre("basic/a-lts"));
}

TEST(Expand, NullIsAValueLikeAnyOther) {
  const auto products = products_of(
      "type: recipe\nkey_segments: {v: v}\nspec: {model: m}\nproducts:\n- v: [null, None]\n");
  ASSERT_EQ(products.size(), 2U);
  EXPECT_EQ(products[0].key, "recipe/m");
  EXPECT_EQ(products[1].key, "recipe/m_v-none");
  EXPECT_EQ(bound_text(products[0], "v"), "None");
}

TEST(Expand, AProductKnowsTheLineOfItsGridMap) {
  const auto products =
      products_of(k_basic + "products:\n- test_case: [a]\n  products:\n  - x: [1]\n");
  EXPECT_EQ(products.at(0).line, 10);
  EXPECT_EQ(products_of("---\n" + k_basic).at(0).line, 2);
}

TEST(Expand, CadenceIsAnAttributeAndNoAxis) {
  const auto products = products_of(k_basic +
                                    "  cadence: [weekly]\nproducts:\n"
                                    "- test_case: [a]\n"
                                    "- test_case: [b]\n  cadence: [pr, nightly]\n"
                                    "  products:\n  - x: [1]\n  - cadence: pr\n    x: [1]\n"
                                    "    test_case: c\n");
  ASSERT_EQ(products.size(), 3U);
  EXPECT_EQ(bound_text(products[0], "cadence"), "['weekly']");
  EXPECT_EQ(bound_text(products[1], "cadence"), "['pr', 'nightly']");
  EXPECT_EQ(bound_text(products[2], "cadence"), "pr");
}

TEST(Expand, ExcludeDropsThePointsThatMatchAllEntriesOfAMap) {
  const auto keys = keys_of(
      "type: recipe\nspec: {model: m}\nproducts:\n"
      "- nodes: [1, 2]\n  gpus: [1, 8]\n"
      "  exclude:\n  - {nodes: 2, gpus: '8'}\n  - {nodes: 1, gpus: [1, 4]}\n");
  EXPECT_THAT(keys, ElementsAre("recipe/m_nodes-1_gpus-8", "recipe/m_nodes-2_gpus-1"));
}

TEST(Expand, ExcludeHoldsForNestedMapsAndMayNameTheSpec) {
  const auto keys = keys_of(
      "type: recipe\nspec: {model: m}\nproducts:\n"
      "- nodes: [1, 2]\n  exclude: {model: m, nodes: 2, gpus: 8}\n"
      "  products:\n  - gpus: [8]\n  - gpus: [1]\n");
  EXPECT_THAT(keys, ElementsAre("recipe/m_nodes-1_gpus-8", "recipe/m_nodes-1_gpus-1",
                                "recipe/m_nodes-2_gpus-1"));
}

TEST(Expand, ExcludeOfAnUnknownParameterIsAnErrorWithTheNearestName) {
  const auto error = error_of([] {
    products_of(k_basic + "products:\n- test_case: [a]\n  exclude: [{enviroment: dev}]\n");
  });
  EXPECT_THAT(error, HasSubstr("r.yaml:9:14: no product has the parameter 'enviroment'; did you "
                               "mean 'environment'?"));
}

TEST(Expand, AnEmptyGridIsAnError) {
  EXPECT_THAT(error_of([] { products_of(k_basic + "products:\n- test_case: []\n"); }),
              HasSubstr("r.yaml:8:14: the grid is empty: 'test_case' has no values"));
  EXPECT_THAT(error_of([] { products_of(k_basic + "products:\n- x: [1]\n  exclude: [{x: 1}]\n"); }),
              HasSubstr("the grid is empty: 'exclude' drops every point"));
}

TEST(Expand, AnEmptyListThatChildrenReplaceIsNoError) {
  EXPECT_THAT(keys_of(k_basic + "products:\n- test_case: []\n  products:\n  - test_case: [a]\n"),
              ElementsAre("basic/a-dev"));
}

TEST(Expand, AGridItemThatIsNoMapIsAnError) {
  EXPECT_THAT(error_of([] { products_of(k_basic + "products:\n- 5\n"); }),
              HasSubstr("r.yaml:8:3: each item of 'products' must be a map"));
  EXPECT_THAT(error_of([] { products_of(k_basic + "products:\n- products: 5\n"); }),
              HasSubstr("must be a list of maps"));
}

TEST(Expand, AHugeGridIsAnError) {
  std::string text = k_basic + "products:\n-";
  for (int axis = 0; axis < 9; ++axis) {
    text += (axis == 0 ? " " : "  ") + std::string("a") + std::to_string(axis) +
            ": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n";
  }
  EXPECT_THAT(error_of([&] { products_of(text); }),
              HasSubstr("r.yaml:8:3: the grid has more than 250000 products"));
}

TEST(Expand, ManyParametersInManyProductsAreAnError) {
  std::string text = "type: recipe\nspec:\n  model: m\n";
  for (int i = 0; i < 2000; ++i) text += "  p" + std::to_string(i) + ": 1\n";
  text += "products:\n- a: [";
  for (int i = 0; i < 10'000; ++i) text += std::to_string(i) + ",";
  EXPECT_THAT(error_of([&] { products_of(text + "]\n"); }), HasSubstr("the grid is too large"));
}

// "[0, 1, ...]"
std::string list_of(int count) {
  std::string text = "[";
  for (int i = 0; i < count; ++i) text += (i > 0 ? ", " : "") + std::to_string(i);
  return text + "]";
}

// The error of a recipe that would cost more than it can be worth.
std::string error_of_recipe(const std::string& text) {
  return error_of([&] { products_of(text); });
}

TEST(Expand, WhateverMultipliesHasALimit) {
  EXPECT_THAT(error_of_recipe("type: basic\nspec: {name: n, script: x}\nproducts:\n- scope: " +
                              list_of(100'000) + "\n"),
              HasSubstr("'basic/n' is made more than 1000 times"));
  const std::string cadences = "  cadence: " + list_of(50'000) + "\n";
  EXPECT_THAT(error_of_recipe("type: basic\nspec: {name: n, script: x}\nproducts:\n- scope: a\n" +
                              cadences + "- scope: b\n  cadence: [daily]\n"),
              HasSubstr("more than 100 cadences"));
  std::string excludes =
      "type: recipe\nspec: {model: m, script: x}\nkey_segments: {a: a, b: b}\n"
      "products:\n- a: " +
      list_of(100) + "\n  b: " + list_of(100) + "\n  exclude:\n";
  for (int i = 0; i < 3000; ++i) excludes += "  - {a: " + std::to_string(i) + "}\n";
  EXPECT_THAT(error_of_recipe(excludes), HasSubstr("'exclude' takes more than"));
  EXPECT_THAT(
      error_of_recipe("type: recipe\nspec: {model: " + std::string(2000, 'm') + ", script: x}\n"),
      HasSubstr("at most 1000 can be a name"));
  EXPECT_THAT(error_of_recipe(
                  "type: basic\nspec:\n  name: \"{seed}{'" + std::string(1000, 'x') +
                  "' if 0 else ''}\"\n  script: x\nproducts:\n- seed: " + list_of(100'000) + "\n"),
              HasSubstr("MiB of text"));
}

TEST(Expand, OneProductMayHaveManyParameters) {
  std::string text = "type: recipe\nspec: {model: m, script: x}\nproducts:\n- first: 1\n";
  for (int i = 0; i < 50'000; ++i) text += "  p" + std::to_string(i) + ": 1\n";
  text += "  exclude: [{p49999: 2}]\n";
  EXPECT_EQ(products_of(text).size(), 1U);
}

TEST(Expand, TheSamePointUnderSeveralScopesIsOneProduct) {
  const auto products = products_of(k_basic +
                                    "products:\n"
                                    "- scope: [mr, nightly]\n  cadence: [pr]\n"
                                    "- scope: [weekly, mr]\n  cadence: [pr, weekly]\n");
  ASSERT_EQ(products.size(), 1U);
  std::vector<std::string> scopes;
  for (const Value* scope : products[0].scopes) scopes.push_back(scope->text);
  EXPECT_THAT(scopes, ElementsAre("mr", "nightly", "weekly"));
  EXPECT_EQ(bound_text(products[0], "scope"), "mr");
  EXPECT_EQ(bound_text(products[0], "cadence"), "['pr', 'weekly']");
  EXPECT_THAT(products[0].repeated_at, ElementsAre(10));
}

TEST(Expand, ScopesStayApartWhereTheKeyHasThem) {
  EXPECT_THAT(keys_of("type: recipe\nspec: {model: m}\nproducts:\n- scope: [a, b]\n"),
              ElementsAre("recipe/m_a", "recipe/m_b"));
}

TEST(Expand, TwoProductsOfOneKeyAreAnErrorThatNamesBothAndTheKeyToAdd) {
  const auto error = error_of([] {
    products_of("type: recipe\nspec: {model: m}\nproducts:\n- lr: [1]\n  x: [1]\n- lr: [2]\n");
  });
  EXPECT_THAT(error, HasSubstr("r.yaml:4 and r.yaml:6 have one key, 'recipe/m'"));
  EXPECT_THAT(error, HasSubstr("they differ in 'lr' (1 and 2)"));
  EXPECT_THAT(error, HasSubstr("add 'lr: lr' to 'key_segments'"));
  EXPECT_THAT(error_of([] { products_of(k_basic + "products:\n- lr: [1, 2]\n"); }),
              HasSubstr("grid at r.yaml:8 have one key, 'basic/t-dev'; they differ in 'lr' (1 and "
                        "2): put {lr} into 'spec.name'"));
}

TEST(Expand, TheCompactFormatsArgumentsAreBoundOneByOne) {
  const auto products = products_of(
      "scope: perf\ntime_limit: 60\nscript_args:\n  model: [esm2]\n  lr: {value: 0.1}\n"
      "  nodes: 1\n  products:\n  - {nodes: 2, pp: 1}\n  - {pp: 2}\nscript: run\n",
      "dir/esm2_pretrain.yaml");
  ASSERT_EQ(products.size(), 2U);
  EXPECT_EQ(products[0].key, "recipe/esm2_pretrain_lr-0-1_model-esm2_nodes-2_pp-1");
  EXPECT_EQ(products[1].key, "recipe/esm2_pretrain_lr-0-1_model-esm2_nodes-1_pp-2");
  EXPECT_EQ(bound_text(products[0], "scope"), "perf");
  EXPECT_EQ(bound_text(products[0], "lr"), "0.1");
  ASSERT_EQ(products[0].scopes.size(), 1U);
}

TEST(Expand, ALongArgumentWithAnUnknownKeyIsAnError) {
  EXPECT_THAT(error_of([] { products_of("script_args:\n  a: {value: 1, argh: x}\n"); }),
              HasSubstr("r.yaml:2:17: unknown key 'argh' of an argument"));
  EXPECT_THAT(error_of([] { products_of("script_args:\n  a: {key_segment: x}\n"); }),
              HasSubstr("needs 'value'"));
}

TEST(Expand, AGridMayHaveAHundredThousandProducts) {
  std::string text = k_basic + "  a: 0\nproducts:\n- a: [";
  for (int i = 0; i < 1000; ++i) text += std::to_string(i) + ", ";
  text += "]\n  test_case: [";
  for (int i = 0; i < 100; ++i) text += std::to_string(i) + ", ";
  text += "]\n";
  text.replace(text.find("{test_case}"), 11, "{test_case}_{a}");
  const auto recipe = recipe_of(text);
  EXPECT_EQ(expand(recipe).size(), 100'000U);
}

}  // namespace
}  // namespace assay
