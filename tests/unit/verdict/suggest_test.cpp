#include "verdict/suggest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace assay {
namespace {

using Operator = Bound::Operator;
using Outcome = Comparison::Outcome;
using Values = std::vector<double>;

Bound like(Operator op) {
  Bound bound;
  bound.op = op;
  return bound;
}

TEST(SuggestBound, RangeIsMeanAndDeviationsRoundedOutwards) {
  const Values values{2.50, 2.52, 2.54};
  const auto suggestion = suggest_bound(like(Operator::range), values, {});
  EXPECT_EQ(suggestion.runs, 3U);
  EXPECT_DOUBLE_EQ(suggestion.mean, 2.52);
  EXPECT_NEAR(suggestion.deviation, 0.02, 1e-12);
  EXPECT_EQ(suggestion.bound->minimum, 2.42);
  EXPECT_EQ(suggestion.bound->maximum, 2.62);
}

TEST(SuggestBound, KeepsTheSidesThatABoundHas) {
  const Values values{99, 100, 101};
  auto one_sided = like(Operator::range);
  one_sided.minimum = 5;
  EXPECT_EQ(suggest_bound(one_sided, values, {}).bound->minimum, 95);
  EXPECT_EQ(suggest_bound(one_sided, values, {}).bound->maximum, std::nullopt);
  EXPECT_EQ(suggest_bound(like(Operator::geq), values, {}).bound->value, 95);
  EXPECT_EQ(suggest_bound(like(Operator::leq), values, {}).bound->value, 105);
  EXPECT_EQ(suggest_bound(like(Operator::approx), values, {}).bound->value, 100);
}

TEST(SuggestBound, EqualRunsStillGetATenthOfAPercent) {
  const auto suggestion = suggest_bound(like(Operator::range), Values{1000, 1000, 1000}, {});
  EXPECT_EQ(suggestion.bound->minimum, 999);
  EXPECT_EQ(suggestion.bound->maximum, 1001);
}

TEST(SuggestBound, EqNeedsEqualRuns) {
  EXPECT_EQ(suggest_bound(like(Operator::eq), Values{7}, {}).bound->value, 7);
  const auto differing = suggest_bound(like(Operator::eq), Values{7, 8}, {});
  EXPECT_EQ(differing.bound, std::nullopt);
  EXPECT_EQ(differing.reason, "'eq' cannot hold: runs differ, 7 to 8");
}

TEST(SuggestBound, SaysWhyThereIsNone) {
  EXPECT_EQ(suggest_bound(like(Operator::range), Values{1, 2}, {}).reason, "too few runs: 2 of 3");
  EXPECT_EQ(suggest_bound(like(Operator::range), Values{}, {}).reason, "no runs");
  EXPECT_EQ(suggest_bound(like(Operator::range), Values{1, 2, NAN}, {}).reason,
            "a run's value is no number");
}

TEST(SuggestBound, LargeAndSmallNumbersAreRoundedLikeTheirWidth) {
  const auto large = suggest_bound(like(Operator::geq), Values{123456, 124456, 125456}, {});
  EXPECT_EQ(large.bound->value, 119400);
  const auto small = suggest_bound(like(Operator::leq), Values{1.1e-7, 1.2e-7, 1.3e-7}, {});
  EXPECT_DOUBLE_EQ(small.bound->value, 1.7e-7);
}

TEST(CompareRuns, SaysWhenRunsAreTooFew) {
  const auto comparison = compare_runs(Values{1, 2, 3}, Values{4, 5, 6}, Goal::minimize);
  EXPECT_EQ(comparison->outcome, Outcome::too_few);
  EXPECT_EQ(comparison->text, "2 to 5 (+150 %, too few runs to tell: 3 against 3)");
}

TEST(CompareRuns, TheGoalSaysWhatIsWorse) {
  const Values low{1, 2, 3, 4};
  const Values high{5, 6, 7, 8};
  EXPECT_EQ(compare_runs(low, high, Goal::minimize)->outcome, Outcome::worse);
  EXPECT_EQ(compare_runs(low, high, Goal::maximize)->outcome, Outcome::better);
  EXPECT_EQ(compare_runs(high, low, Goal::maximize)->outcome, Outcome::worse);
  EXPECT_EQ(compare_runs(low, high, Goal::none)->outcome, Outcome::changed);
  EXPECT_EQ(compare_runs(low, high, Goal::none)->text, "2.5 to 6.5 (+160 %, p = 0.029)");
}

TEST(CompareRuns, EqualRunsAreTheSame) {
  const Values values{2, 2, 2, 2, 2};
  EXPECT_EQ(compare_runs(values, values, Goal::none)->outcome, Outcome::same);
  EXPECT_EQ(compare_runs(values, {}, Goal::none), std::nullopt);
}

}  // namespace
}  // namespace assay
