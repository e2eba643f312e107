#include "metrics/golden.h"

#include <gmock/gmock.h>

#include <cmath>

#include "../error_of.h"
#include "base/error.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(GoldenFile, ReadsMegatronsFormat) {
  const auto golden = parse_golden(R"({
    "lm loss": {"start_step": 1, "end_step": 50, "step_interval": 1,
                "values": {"1": 10.94919, "50": 10.20072, "2": "nan"}},
    "iteration-time": {"start_step": 1, "end_step": 50, "step_interval": 5, "values": {"1": 4.5}}
  })",
                                   "g.json");
  ASSERT_EQ(golden.size(), 2U);
  EXPECT_EQ(golden[0].metric, "lm loss");
  EXPECT_EQ(golden[0].file, "g.json");
  EXPECT_EQ(golden[0].start_step, 1);
  EXPECT_EQ(golden[0].end_step, 50);
  EXPECT_EQ(golden[0].step_interval, 1);
  ASSERT_EQ(golden[0].points.size(), 3U);
  EXPECT_EQ(golden[0].points[0], (Point{1, 10.94919}));
  EXPECT_TRUE(std::isnan(golden[0].points[1].value));
  EXPECT_EQ(golden[0].points[2], (Point{50, 10.20072}));
  EXPECT_THAT(golden[1].points, ElementsAre(Point{1, 4.5}));
}

TEST(GoldenFile, AListTakesItsStepsFromStartAndInterval) {
  const auto golden =
      parse_golden(R"({"a": {"values": [3, NaN, 1], "start_step": 10, "step_interval": 5}})", "g");
  ASSERT_EQ(golden.at(0).points.size(), 3U);
  EXPECT_EQ(golden[0].points[0], (Point{10, 3}));
  EXPECT_EQ(golden[0].points[2], (Point{20, 1}));
}

std::string error_of(std::string_view text) {
  return test::error_of([&] { parse_golden(text, "g.json"); });
}

TEST(GoldenFile, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(error_of("{\n  \"a\": {\"values\": {\"1\": \"x\"}}\n}"),
              HasSubstr("g.json:2:25: golden values: a number or \"nan\" expected\n  2 |"));
  EXPECT_THAT(error_of("{"), HasSubstr("g.json:1:2: golden values: it ends too early"));
  EXPECT_THAT(error_of("[]"), HasSubstr("an object of metrics expected"));
  EXPECT_THAT(error_of("{}"), HasSubstr("no metric in this file"));
  EXPECT_THAT(error_of(R"({"a": 1})"), HasSubstr("an object with 'values' expected for 'a'"));
  EXPECT_THAT(error_of(R"({"a": {"values": {}}})"), HasSubstr("'a' has no values"));
  EXPECT_THAT(error_of(R"({"a": {"value": {}}})"), HasSubstr("did you mean 'values'?"));
  EXPECT_THAT(error_of(R"({"a": {"values": {"x": 1}}})"), HasSubstr("'x' is no step"));
  EXPECT_THAT(error_of(R"({"a": {"values": {"1": null}}})"), HasSubstr("a number or \"nan\""));
  EXPECT_THAT(error_of(R"({"a": {"values": {"1": 1, "01": 2}}})"), HasSubstr("step 1 twice"));
  EXPECT_THAT(error_of(R"({"a": {"start_step": 1.5}})"), HasSubstr("no whole number"));
  EXPECT_THAT(error_of(R"({"a": {"values": [1]}, "a": {"values": [1]}})"),
              HasSubstr("stands twice"));
}

}  // namespace
}  // namespace assay
