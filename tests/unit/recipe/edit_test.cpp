#include "recipe/edit.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace assay {
namespace {

constexpr auto k_two_products = R"(# A recipe, with remarks.
type: recipe
format_version: 1
spec:
  model: esm2     # the model
  script: |-
    echo "min: 2.48" \
      --max 2.59
tests_spec:

  # What it must reach.
  - logic_type: static
    logic_spec:
      exit_codes: [0]
      baselines:
        val_loss: {operator: range, max: 2.59,   min: '2.48'}  # flow
        TFLOPS:
           operator: ">="
           value:    140   # measured in May
products:
  - precision: [16, bf16]
    nodes: [1]
)";

LauncherConfig local() {
  LauncherConfig launcher;
  launcher.name = "local";
  launcher.type = "local";
  return launcher;
}

struct Parsed {
  RecipeFile file;
  std::vector<GridProduct> products;

  explicit Parsed(const std::string& text) : file(parse_recipes(text, "esm2.yaml")) {
    for (const auto& recipe : file.recipes) {
      const auto own = expand(recipe);
      products.insert(products.end(), own.begin(), own.end());
    }
  }

  RecipeEdit edited(const std::vector<NewBound>& bounds) const {
    return edit_baselines(file, products, local(), bounds);
  }
};

Bound range(double minimum, double maximum) {
  Bound bound;
  bound.op = Bound::Operator::range;
  bound.minimum = minimum;
  bound.maximum = maximum;
  return bound;
}

Bound one_sided(Bound::Operator op, double value) {
  Bound bound;
  bound.op = op;
  bound.value = value;
  return bound;
}

std::string with(std::string text, const std::string& old, const std::string& replacement) {
  return text.replace(text.find(old), old.size(), replacement);
}

TEST(EditBaselines, NoBoundsChangeNoByte) {
  EXPECT_EQ(Parsed(k_two_products).edited({}).text, k_two_products);
}

TEST(EditBaselines, ANumberSharedByAllProductsIsReplacedInPlace) {
  const Parsed parsed(k_two_products);
  ASSERT_EQ(parsed.products.size(), 2U);
  std::vector<NewBound> bounds;
  for (const auto& product : parsed.products) {
    bounds.push_back({product.key, "val_loss", range(2.4, 2.5)});
    bounds.push_back({product.key, "TFLOPS", one_sided(Bound::Operator::geq, 150)});
  }
  auto expected = with(k_two_products, "max: 2.59,", "max: 2.5,");
  expected = with(expected, "'2.48'", "2.4");
  expected = with(expected, "value:    140 ", "value:    150 ");
  const auto edit = parsed.edited(bounds);
  EXPECT_EQ(edit.text, expected);
  EXPECT_TRUE(edit.refused.empty());
}

TEST(EditBaselines, DifferentBoundsGetItemsWithAProductIdentifier) {
  const Parsed parsed(k_two_products);
  const auto edit = parsed.edited({{parsed.products[0].key, "val_loss", range(2.4, 2.5)},
                                   {parsed.products[1].key, "val_loss", range(2.45, 2.6)}});
  auto expected = with(k_two_products, "max: 2.59,", "max: 2.6,");
  expected = with(expected, "'2.48'", "2.4");
  expected = with(expected, "products:\n", R"(  - logic_type: static
    logic_spec:
      baselines:
        val_loss:
          operator: range
          min: 2.4
          max: 2.5
    product_identifier:
      precision: 16
  - logic_type: static
    logic_spec:
      baselines:
        val_loss:
          operator: range
          min: 2.45
          max: 2.6
    product_identifier:
      precision: bf16
products:
)");
  EXPECT_EQ(edit.text, expected);

  // Once more: the items of their own are edited, none is added.
  const Parsed again(edit.text);
  const auto second = again.edited({{again.products[0].key, "val_loss", range(2.41, 2.5)},
                                    {again.products[1].key, "val_loss", range(2.45, 2.6)}});
  EXPECT_EQ(std::count(second.text.begin(), second.text.end(), '\n'),
            std::count(edit.text.begin(), edit.text.end(), '\n'));
  EXPECT_NE(second.text.find("min: 2.41\n"), std::string::npos);
}

TEST(EditBaselines, AProductWithoutNewBoundKeepsTheOldOne) {
  const Parsed parsed(k_two_products);
  const auto edit =
      parsed.edited({{parsed.products[0].key, "TFLOPS", one_sided(Bound::Operator::geq, 200)}});
  EXPECT_NE(edit.text.find("value:    140   # measured in May"), std::string::npos);
  EXPECT_NE(edit.text.find("value: 200\n    product_identifier:\n      precision: 16\n"),
            std::string::npos)
      << edit.text;
}

TEST(EditBaselines, AMetricWithoutBaselineGetsAnItem) {
  const Parsed parsed("type: basic\nspec:\n  name: x\n  script: echo\n# the end\n---\n# next\n");
  const auto edit = parsed.edited({{parsed.products[0].key, "loss", range(1, 2)}});
  EXPECT_EQ(edit.text,
            "type: basic\nspec:\n  name: x\n  script: echo\n"
            "tests_spec:\n- logic_type: static\n  logic_spec:\n    baselines:\n      loss:\n"
            "        operator: range\n        min: 1\n        max: 2\n# the end\n---\n# next\n");
}

TEST(EditBaselines, OneEqualityCannotHoldForProductsThatDiffer) {
  auto text = with(k_two_products, "operator: \">=\"", "operator: eq");
  const Parsed parsed(text);
  const auto edit =
      parsed.edited({{parsed.products[0].key, "TFLOPS", one_sided(Bound::Operator::eq, 1)},
                     {parsed.products[1].key, "TFLOPS", one_sided(Bound::Operator::eq, 2)}});
  EXPECT_EQ(edit.text, text);
  ASSERT_EQ(edit.refused.size(), 1U);
  EXPECT_NE(edit.refused[0].find("TFLOPS"), std::string::npos);
}

TEST(EditBaselines, ANumberThatIsSharedByAnAnchorIsNotEdited) {
  const Parsed parsed(R"(type: basic
spec: {name: x, script: echo, limit: &low 2}
tests_spec:
- logic_spec:
    baselines:
      loss: {operator: leq, value: *low}
)");
  EXPECT_THROW(
      parsed.edited({{parsed.products[0].key, "loss", one_sided(Bound::Operator::leq, 3)}}),
      std::runtime_error);
}

TEST(UnifiedDiff, ShowsThreeLinesAround) {
  EXPECT_EQ(unified_diff("a\nb\n", "a\nb\n", "f"), "");
  EXPECT_EQ(unified_diff("1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\nx\n6\n", "f"),
            "--- f\n+++ f\n@@ -2,5 +2,5 @@\n 2\n 3\n 4\n-5\n+x\n 6\n");
  EXPECT_EQ(unified_diff("a", "a\nb\n", "f"),
            "--- f\n+++ f\n@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n");
}

TEST(UnifiedDiff, ChangesFarApartAreHunksOfTheirOwn) {
  std::string before;
  for (int i = 0; i < 30; ++i) before += std::to_string(i) + "\n";
  auto after = with(before, "\n2\n", "\nx\n");
  after = with(after, "\n25\n", "\ny\n");
  EXPECT_EQ(unified_diff(before, after, "f"),
            "--- f\n+++ f\n@@ -1,6 +1,6 @@\n 0\n 1\n-2\n+x\n 3\n 4\n 5\n"
            "@@ -23,7 +23,7 @@\n 22\n 23\n 24\n-25\n+y\n 26\n 27\n 28\n");
}

}  // namespace
}  // namespace assay
