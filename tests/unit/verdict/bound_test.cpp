#include "verdict/bound.h"

#include <gtest/gtest.h>

#include <cmath>

namespace assay {
namespace {

using Operator = Bound::Operator;
using Status = Finding::Status;

Bound bound_of(Operator op, double value) {
  Bound bound;
  bound.op = op;
  bound.value = value;
  return bound;
}

Bound range(std::optional<double> minimum, std::optional<double> maximum) {
  Bound bound;
  bound.op = Operator::range;
  bound.minimum = minimum;
  bound.maximum = maximum;
  return bound;
}

Finding judged(const Bound& bound, double value, bool is_float32 = false) {
  return judge_bound("x", bound, value, is_float32);
}

TEST(JudgeBound, RangeHoldsItsEnds) {
  EXPECT_EQ(judged(range(1, 2), 1).status, Status::passed);
  EXPECT_EQ(judged(range(1, 2), 2).status, Status::passed);
  EXPECT_EQ(judged(range(1, 2), 0.999).status, Status::failed);
  EXPECT_EQ(judged(range(1, 2), 2.001).status, Status::failed);
}

TEST(JudgeBound, ReasonNamesTheBoundThatWasBroken) {
  const auto above = judge_bound("val_loss", range(2.48, 2.5905), 2.61, false);
  EXPECT_EQ(above.reason, "val_loss 2.61 above max 2.5905 (+0.8 %)");
  EXPECT_EQ(above.check, "val_loss.range");
  EXPECT_EQ(above.expected, "[2.48, 2.5905]");
  EXPECT_EQ(above.actual, "2.61");
  EXPECT_EQ(judge_bound("TFLOPS", bound_of(Operator::geq, 140), 130, false).reason,
            "TFLOPS 130 below min 140 (-7.1 %)");
  EXPECT_EQ(judged(range(1, 2), 1.5).reason, "x 1.5 in [1, 2]");
  EXPECT_EQ(judged(bound_of(Operator::geq, 140), 150).reason, "x 150 >= 140");
}

TEST(JudgeBound, ReasonShowsDigitsEnoughToTellValueAndBoundApart) {
  EXPECT_EQ(judged(range(0, 2.59), 2.590000001).reason, "x 2.590000001 above max 2.59 (+4e-08 %)");
  EXPECT_EQ(judged(bound_of(Operator::eq, 4341760), 4341761).reason,
            "x 4341761 is not 4341760 (+2e-05 %)");
}

TEST(JudgeBound, BoundOfZeroGivesTheDifferenceInsteadOfPercent) {
  EXPECT_EQ(judged(bound_of(Operator::leq, 0), 0.3).reason, "x 0.3 above max 0 (+0.3)");
}

TEST(JudgeBound, EveryOperatorAtBelowAndAboveItsValue) {
  const struct {
    Operator op;
    bool below, at, above;
  } cases[] = {{Operator::eq, false, true, false}, {Operator::neq, true, false, true},
               {Operator::geq, false, true, true}, {Operator::leq, true, true, false},
               {Operator::gt, false, false, true}, {Operator::lt, true, false, false}};
  for (const auto& expected : cases) {
    const auto bound = bound_of(expected.op, 3);
    EXPECT_EQ(judged(bound, 2).status == Status::passed, expected.below) << to_string(expected.op);
    EXPECT_EQ(judged(bound, 3).status == Status::passed, expected.at) << to_string(expected.op);
    EXPECT_EQ(judged(bound, 4).status == Status::passed, expected.above) << to_string(expected.op);
    EXPECT_FALSE(judged(bound, 2).reason.empty());
    EXPECT_FALSE(judged(bound, 3).reason.empty());
  }
  EXPECT_EQ(judged(bound_of(Operator::gt, 3), 3).reason, "x 3 not above 3");
  EXPECT_EQ(judged(bound_of(Operator::neq, 3), 3).reason, "x is 3, which it must not be");
}

TEST(JudgeBound, ApproxAddsBothTolerances) {
  auto bound = bound_of(Operator::approx, -10);
  bound.rtol = 0.1;
  bound.atol = 0.5;
  EXPECT_EQ(judged(bound, -11.5).status, Status::passed);
  EXPECT_EQ(judged(bound, -8.5).status, Status::passed);
  EXPECT_EQ(judged(bound, -11.6).status, Status::failed);
  EXPECT_EQ(judged(bound, -8.4).status, Status::failed);
  EXPECT_EQ(judged(bound, -8.4).expected, "-10 ± 1.5");
  EXPECT_EQ(judged(bound, -8.4).maximum, -8.5);
}

TEST(JudgeBound, Float32ValuesEqualWhatTheyWereRoundedFrom) {
  const double stored = static_cast<float>(0.1);
  EXPECT_EQ(judged(bound_of(Operator::eq, 0.1), stored).status, Status::failed);
  EXPECT_EQ(judged(bound_of(Operator::eq, 0.1), stored, true).status, Status::passed);
  EXPECT_EQ(judged(bound_of(Operator::neq, 0.1), stored, true).status, Status::failed);
  EXPECT_EQ(judged(range(0, 0.1), stored, true).status, Status::passed);
  EXPECT_EQ(judged(range(0, 0.1), stored, true).distance, 0);
  EXPECT_EQ(judged(bound_of(Operator::gt, 0.1), stored, true).status, Status::failed);
  EXPECT_EQ(judged(bound_of(Operator::eq, 0.1), stored, true).actual, "0.1");
}

TEST(JudgeBound, NanFailsEveryOperator) {
  for (const auto op : {Operator::eq, Operator::neq, Operator::geq, Operator::leq, Operator::gt,
                        Operator::lt, Operator::approx}) {
    EXPECT_EQ(judged(bound_of(op, 3), NAN).status, Status::failed) << to_string(op);
    EXPECT_EQ(judged(bound_of(op, 3), NAN).reason, "x is NaN");
  }
  EXPECT_EQ(judged(range({}, 3), NAN).distance, std::nullopt);
}

TEST(JudgeBound, InfinityIsBeyondAFiniteBound) {
  const auto finding = judged(range(0, 3), INFINITY);
  EXPECT_EQ(finding.status, Status::failed);
  EXPECT_EQ(finding.reason, "x inf above max 3 (+inf)");
}

TEST(JudgeBound, DistanceIsToTheNearestBoundAndNegativeBeyond) {
  EXPECT_EQ(judged(range(1, 4), 2).distance, 1);
  EXPECT_EQ(judged(range(1, 4), 5).distance, -1);
  EXPECT_EQ(judged(range(1, {}), 0.5).distance, -0.5);
  EXPECT_EQ(judged(bound_of(Operator::eq, 3), 5).distance, -2);
  EXPECT_EQ(judged(bound_of(Operator::neq, 3), 5).distance, std::nullopt);
}

TEST(JudgeBound, ARangeThatBoundsNothingFails) {
  EXPECT_EQ(judged(range({}, {}), 1).status, Status::failed);
}

}  // namespace
}  // namespace assay
