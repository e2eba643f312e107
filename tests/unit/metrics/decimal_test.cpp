#include "metrics/decimal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>
#include <string>

namespace assay {
namespace {

TEST(Decimal, ReadsWhatLogsHold) {
  EXPECT_EQ(parse_decimal("0"), 0);
  EXPECT_EQ(parse_decimal("-12.5"), -12.5);
  EXPECT_EQ(parse_decimal("7.835842E+00"), 7.835842);
  EXPECT_EQ(parse_decimal("1e-4"), 1e-4);
  EXPECT_EQ(parse_decimal("1.7976931348623157e308"), 1.7976931348623157e308);
  EXPECT_EQ(parse_decimal("1e400"), HUGE_VAL);
  EXPECT_EQ(parse_decimal("-1e400"), -HUGE_VAL);
  EXPECT_EQ(parse_decimal("1e-400"), 0);
  EXPECT_TRUE(std::signbit(*parse_decimal("-0")));
}

TEST(Decimal, RefusesWhatIsNoNumber) {
  for (const auto* text : {"", "-", ".", "1e", "1e+", "1.5x", "--1", "e5", "1 ", "0x10", "1.2.3"}) {
    EXPECT_FALSE(parse_decimal(text)) << text;
  }
}

TEST(Decimal, RoundsAsTheLibraryDoes) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = std::to_string(random() >> random() % 64);
    if (random() % 2 == 0) text.insert(random() % text.size() + 1, ".");
    if (random() % 2 == 0) text += "e" + std::to_string(static_cast<int>(random() % 80) - 40);
    ASSERT_EQ(parse_decimal(text), std::strtod(text.c_str(), nullptr)) << text;
  }
}

}  // namespace
}  // namespace assay
