#include "report/packed_column.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace assay {
namespace {

using Json = nlohmann::ordered_json;
constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();
constexpr double k_infinity = std::numeric_limits<double>::infinity();

// As the site's data.js reads it.
std::vector<double> unpacked(const Json& column, std::size_t count) {
  std::vector<double> values;
  if (column.is_null()) return std::vector<double>(count, k_nan);
  if (column.is_number()) return std::vector<double>(count, column.get<double>());
  if (column.is_object()) {
    for (const auto& each : column.at("plain")) {
      values.push_back(each.is_null() ? k_nan : each.get<double>());
    }
    return values;
  }
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const auto exponent = column[0].get<int>();
  const auto offset = column[1].get<double>();
  const auto width = column[2].get<std::size_t>();
  const auto text = column[3].get<std::string>();
  EXPECT_EQ(text.size(), width * count);
  for (std::size_t at = 0; at < count; ++at) {
    double code = 0;
    for (std::size_t i = at * width; i < (at + 1) * width; ++i) {
      code = code * 64 + static_cast<double>(digits.find(text[i]));
    }
    values.push_back(code == 0 ? k_nan : (code - 1 + offset) * std::pow(10, exponent));
  }
  return values;
}

void expect_kept(const std::vector<double>& values, double relative = 0.0005) {
  const auto column = packed_column(values);
  const auto read = unpacked(column, values.size());
  ASSERT_EQ(read.size(), values.size()) << column;
  for (std::size_t at = 0; at < values.size(); ++at) {
    if (!std::isfinite(values[at])) {
      EXPECT_TRUE(std::isnan(read[at])) << column;
    } else {
      EXPECT_NEAR(read[at], values[at], relative * std::fabs(values[at]) + 1e-300) << column;
    }
  }
}

TEST(PackedColumn, NothingIsNullAndAConstantOneNumber) {
  EXPECT_TRUE(packed_column({}).is_null());
  EXPECT_TRUE(packed_column(std::vector{k_nan, k_infinity}).is_null());
  EXPECT_EQ(packed_column(std::vector{2.5, 2.5, 2.5}), Json(2.5));
  EXPECT_EQ(packed_column(std::vector{0.0, 0.0}), Json(0.0));
}

TEST(PackedColumn, ValuesComeBackWithSixDigitsOfTheLargest) {
  expect_kept({2.51234, 2.51235, 2.48, 2.6}, 1e-6);
  expect_kept({812.345, 790.001, 830.5}, 1e-6);
  expect_kept({-1.5, 0, 1.5, -0.25}, 1e-6);
  expect_kept({3840000, 3840001, 3839999}, 1e-6);
}

TEST(PackedColumn, MissingValuesStayMissing) { expect_kept({1, k_nan, 3, k_infinity, 2}); }

TEST(PackedColumn, NearbyValuesTakeTwoOrThreeCharacters) {
  EXPECT_EQ(packed_column(std::vector{2.51234, 2.51236, 2.51299})[2], 2);
  EXPECT_EQ(packed_column(std::vector{2.51234, 2.6, 2.7})[2], 3);
}

TEST(PackedColumn, SmallValuesBesideLargeOnesKeepTheirDigits) {
  const std::vector<double> values{1e9, 2.5, 0.00123456};
  EXPECT_TRUE(packed_column(values).is_object());
  expect_kept(values, 1e-5);
}

TEST(PackedColumn, ExtremesAreKept) {
  expect_kept({1e-300, 2e-300, 0});
  expect_kept({1e300, -1e300});
  expect_kept({std::numeric_limits<double>::denorm_min(), 1});
  expect_kept({std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest()});
}

TEST(PackedColumn, EveryWidthIsReadBack) {
  for (const double range : {10.0, 3000.0, 200'000.0, 900'000.0}) {
    std::vector<double> values;
    for (int i = 0; i <= 100; ++i) values.push_back(std::round(100'000 + range * i / 100));
    expect_kept(values, 1e-5);
  }
}

}  // namespace
}  // namespace assay
