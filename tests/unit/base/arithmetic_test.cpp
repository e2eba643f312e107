#include "base/arithmetic.h"

#include <gmock/gmock.h>

#include <cmath>

#include "../error_of.h"

namespace assay {
namespace {

double evaluate(std::string_view text) {
  return Arithmetic::parse(text).evaluate([](const std::string& name) {
    if (name == "two") return 2.0;
    if (name == "gpu.util.mean") return 90.0;
    if (name == "train/loss (x)") return 0.5;
    ADD_FAILURE() << name;
    return 0.0;
  });
}

TEST(Arithmetic, FollowsPrecedenceAndAssociativity) {
  EXPECT_EQ(evaluate("1 + 2 * 3"), 7);
  EXPECT_EQ(evaluate("(1 + 2) * 3"), 9);
  EXPECT_EQ(evaluate("8 - 4 - 2"), 2);
  EXPECT_EQ(evaluate("8 / 4 / 2"), 1);
  EXPECT_EQ(evaluate("-2 * -3 + +1"), 7);
  EXPECT_EQ(evaluate("1.5e2-.5"), 149.5);
}

TEST(Arithmetic, NamesMayHoldDotsOrStandBetweenBackticks) {
  EXPECT_EQ(evaluate("gpu.util.mean/two"), 45);
  EXPECT_EQ(evaluate("`train/loss (x)` * 4"), 2);
}

TEST(Arithmetic, ListsEachNameOnce) {
  EXPECT_THAT(Arithmetic::parse("a / b + a * `c d`").names(),
              testing::ElementsAre("a", "b", "c d"));
}

TEST(Arithmetic, DivisionByZeroIsNoNumber) {
  EXPECT_TRUE(std::isnan(evaluate("1 / (two - 2)")));
  EXPECT_TRUE(std::isnan(evaluate("1 / 0")));
}

TEST(Arithmetic, SaysWhatIsWrongAndWhere) {
  const auto message = [](std::string_view text) {
    return test::error_of([&] { Arithmetic::parse(text, {"r.yaml", 4, 10}); });
  };
  using testing::HasSubstr;
  EXPECT_THAT(message("a +"), HasSubstr("r.yaml:4:10: in the expression 'a +': a number or a name "
                                        "expected at the end at character 4"));
  EXPECT_THAT(message("a b"), HasSubstr("an operator expected at character 3"));
  EXPECT_THAT(message("(a"), HasSubstr("')' expected"));
  EXPECT_THAT(message("`a"), HasSubstr("closing '`'"));
  EXPECT_THAT(message("2a"), HasSubstr("a number expected"));
  EXPECT_THAT(message("a % b"), HasSubstr("an operator expected"));
  EXPECT_THAT(message(""), HasSubstr("expected at the end"));
  EXPECT_THAT(message(std::string(1000, '(')), HasSubstr("nested too deeply"));
}

}  // namespace
}  // namespace assay
