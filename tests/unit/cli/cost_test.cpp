#include "cli/cost.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "../model/sample_record.h"
#include "../temporary_directory.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* k_recipes = R"yaml(
type: recipe
format_version: 1
spec: {model: esm2, nodes: 2, gpus: 4, time_limit: 1800, n_repeat: 2, script: "true"}
products:
  - {precision: [fp32, bf16, fp8]}
---
type: recipe
format_version: 1
spec: {model: openfold, gpus: 8, script: "true"}
---
type: recipe
format_version: 1
spec: {model: digits, gpus: 0, script: "true"}
)yaml";

class Costs : public testing::Test {
 protected:
  Costs()
      : history_(directory_.path() / "history.sqlite"),
        file_(parse_recipes(k_recipes, "recipes.yaml")) {
    launcher_.name = "local";
    launcher_.type = "local";
    for (const auto& recipe : file_.recipes) {
      for (auto& product : expand(recipe)) products_.push_back(std::move(product));
    }
  }

  void add(const GridProduct& product, Verdict verdict, int hour, double seconds,
           const std::string& digest = {}) {
    auto record = test::passed_record();
    record.run_id = "r" + std::to_string(hour);
    record.key = product.key;
    record.verdict = verdict;
    record.created += std::chrono::hours(hour);
    record.recipe_digest = digest.empty() ? product.recipe->digest : digest;
    record.run_seconds = seconds;
    record.attempts[0].started.reset();
    history_.append(record);
  }

  std::vector<ProductCost> costs() const {
    ResolveOptions options;
    options.launcher = &launcher_;
    return costs_of(products_, file_.recipes, options, history_);
  }

  static std::vector<std::string> models(std::span<const ProductCost> costs) {
    std::vector<std::string> out;
    for (const auto& cost : costs) out.push_back(cost.product->name());
    return out;
  }

  test::TemporaryDirectory directory_;
  History history_;
  RecipeFile file_;
  LauncherConfig launcher_;
  std::vector<GridProduct> products_;
};

TEST_F(Costs, AreTheMeanOfPastRunsElseTheTimeLimit) {
  add(products_[0], Verdict::passed, 1, 900);
  add(products_[0], Verdict::failed, 2, 1800);
  add(products_[0], Verdict::errored, 3, 7);  // says nothing of how long it takes
  const auto all = costs();
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(cost_text(all[0]), "3.00 GPU-hours (mean of 2 runs)");
  EXPECT_EQ(cost_text(all[1]), "8.00 GPU-hours (time limit)");  // 8 GPUs, twice half an hour
  EXPECT_EQ(cost_text(all[3]), "unknown (no run yet, no time limit)");
  EXPECT_EQ(cost_text(all[4]), "0.00 GPU-hours (no GPU)");
}

TEST_F(Costs, OfAProductThatDoesNotResolveAreUnknownWithItsReason) {
  auto file = parse_recipes(
      "type: recipe\nformat_version: 1\nspec: {model: x, gpus: two, script: \"true\"}\n", "x.yaml");
  const auto product = expand(file.recipes.at(0)).at(0);
  ResolveOptions options;
  options.launcher = &launcher_;
  const auto all = costs_of(std::span(&product, 1), file.recipes, options, history_);
  EXPECT_FALSE(all.at(0).gpu_hours.has_value());
  EXPECT_THAT(all.at(0).from, HasSubstr("gpus"));
}

TEST_F(Costs, ABudgetTakesFailingThenChangedThenLongestUnrun) {
  add(products_[0], Verdict::passed, 5, 450);
  add(products_[1], Verdict::failed, 2, 450);
  add(products_[2], Verdict::passed, 1, 450);
  add(products_[3], Verdict::passed, 6, 450, std::string(64, '0'));
  const auto names = models(costs());
  const auto all = pick_within(costs(), 100);
  EXPECT_THAT(models(all.taken), ElementsAre(names[1], names[4], names[3], names[2], names[0]));
  EXPECT_DOUBLE_EQ(all.gpu_hours, 4);
  const auto some = pick_within(costs(), 2);
  EXPECT_THAT(models(some.taken), ElementsAre(names[1], names[4], names[3]));
  EXPECT_EQ(left_out_text(some, 2), "assay: left out, as the budget is 2 GPU-hours:\n  " +
                                        names[2] + ": 1.00 GPU-hours (one run), ran 2026-11-21\n" +
                                        "  " + names[0] +
                                        ": 1.00 GPU-hours (one run), ran 2026-11-21\n");
}

TEST_F(Costs, ABudgetOfNothingTakesWhatNeedsNoGpu) {
  const auto names = models(costs());
  const auto budget = pick_within(costs(), 0);
  EXPECT_THAT(models(budget.taken), ElementsAre(names[4]));
  EXPECT_EQ(budget.left_out.size(), 4U);
  EXPECT_THAT(left_out_text(budget, 0), HasSubstr("unknown (no run yet, no time limit), new\n"));
  EXPECT_EQ(left_out_text(pick_within({}, 1), 1), "");
}

TEST_F(Costs, WhatIsTooLargeDoesNotKeepSmallerOnesOut) {
  add(products_[0], Verdict::failed, 1, 4500);
  add(products_[1], Verdict::passed, 2, 450);
  const auto names = models(costs());
  EXPECT_THAT(models(pick_within(costs(), 1.5).taken), ElementsAre(names[4], names[1]));
}

TEST_F(Costs, TablesSayTheTotalAndWhatIsUnknown) {
  const auto all = costs();
  EXPECT_THAT(costs_table(all), HasSubstr("5 products, 24.00 GPU-hours, and 1 of unknown cost\n"));
  const auto json = nlohmann::json::parse(costs_json(all));
  EXPECT_EQ(json[1]["gpu_hours"], 8.0);
  EXPECT_TRUE(json[3]["gpu_hours"].is_null());
  EXPECT_TRUE(json[0]["changed"]);
  EXPECT_THAT(costs_json({}), "[]\n");
}

}  // namespace
}  // namespace assay
