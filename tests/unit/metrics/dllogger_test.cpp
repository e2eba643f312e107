#include <gmock/gmock.h>

#include <cmath>

#include "metrics/readers.h"
#include "reading.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Dllogger, ReadsRecordsOfEveryStepKind) {
  const auto read = read_with(
      read_dllogger,
      R"(DLLL {"timestamp": "1570716921.84", "datetime": "x", "elapsedtime": "5.68", "type": "LOG", "step": [1], "data": {"loss": 3.5}}
DLLL {"timestamp": "1570716921.84", "type": "LOG", "step": [1, 20], "data": {"loss": 3.25}}
DLLL {"type": "LOG", "step": [1, 30, 7], "data": {"loss": 3}}
DLLL {"type": "LOG", "step": 40, "data": {"loss": 2.5}}
DLLL {"type": "LOG", "step": "50", "data": {"loss": 2.25}}
DLLL {"type": "LOG", "step": "last", "data": {"loss": 2}}
)");
  EXPECT_THAT(read["loss"].points, ElementsAre(Point{1, 3.5}, Point{20, 3.25}, Point{30, 3},
                                               Point{40, 2.5}, Point{50, 2.25}, Point{50, 2}));
  EXPECT_FALSE(read["loss"].summary);
  EXPECT_THAT(read.warnings, IsEmpty());
}

TEST(Dllogger, FinalValueIsTheLastSummaryThatHoldsIt) {
  const auto read =
      read_with(read_dllogger, R"(DLLL {"type": "LOG", "step": [], "data": {"a": 1, "b": 2}}
DLLL {"type": "LOG", "step": [], "data": {"a": 3}}
DLLL {"type": "LOG", "step": [4], "data": {"a": 9, "c": 5}}
)");
  EXPECT_EQ(read["a"].summary, 3);
  EXPECT_EQ(read["b"].summary, 2);
  EXPECT_FALSE(read["c"].summary);
  EXPECT_EQ(reduce(read["a"], {}), 3);
  EXPECT_EQ(reduce(read["c"], {}), 5);
}

TEST(Dllogger, ParametersAreNoMetrics) {
  const auto read = read_with(
      read_dllogger, "DLLL {\"type\": \"LOG\", \"step\": \"PARAMETER\", \"data\": {\"lr\": 1}}\n");
  EXPECT_THAT(read.series, IsEmpty());
  EXPECT_THAT(read.warnings, IsEmpty());
}

TEST(Dllogger, MetadataGivesUnitAndGoal) {
  const auto read = read_with(
      read_dllogger,
      R"(DLLL {"type": "METADATA", "metric": "speed", "metadata": {"unit": "samples/s", "format": ":.2f", "GOAL": "MAXIMIZE", "STAGE": "TRAIN"}}
DLLL {"type": "METADATA", "metric": "loss", "metadata": {"unit": null, "GOAL": "MINIMIZE"}}
DLLL {"type": "METADATA", "metric": "never logged", "metadata": {"unit": "s"}}
DLLL {"type": "LOG", "step": [0], "data": {"speed": 100.5, "loss": 1}}
)");
  EXPECT_THAT(read.names(), ElementsAre("speed", "loss"));
  EXPECT_EQ(read["speed"].unit, "samples/s");
  EXPECT_EQ(read["speed"].goal, Goal::maximize);
  EXPECT_EQ(read["loss"].unit, "");
  EXPECT_EQ(read["loss"].goal, Goal::minimize);
}

TEST(Dllogger, TakesEveryKindOfValue) {
  const auto read = read_with(
      read_dllogger,
      R"(DLLL {"type": "LOG", "step": [1], "data": {"nan": NaN, "inf": Infinity, "neg": -Infinity, "yes": true, "text": "4.5", "word": "done", "none": null, "in": {"a": 1, "b": [2, 3]}, "big": 1e999, "exp": -1.5E-3}}
)");
  EXPECT_THAT(read.names(), ElementsAre("nan", "inf", "neg", "yes", "text", "in.a", "in.b.0",
                                        "in.b.1", "big", "exp"));
  EXPECT_TRUE(std::isnan(read["nan"].points.at(0).value));
  EXPECT_EQ(read["inf"].points.at(0).value, HUGE_VAL);
  EXPECT_EQ(read["neg"].points.at(0).value, -HUGE_VAL);
  EXPECT_EQ(read["yes"].points.at(0).value, 1);
  EXPECT_EQ(read["text"].points.at(0).value, 4.5);
  EXPECT_EQ(read["in.b.1"].points.at(0).value, 3);
  EXPECT_EQ(read["big"].points.at(0).value, HUGE_VAL);
  EXPECT_EQ(read["exp"].points.at(0).value, -0.0015);
  EXPECT_THAT(read.warnings, IsEmpty());
}

TEST(Dllogger, KeepsWhatCameBeforeACutRecordAndSaysWhere) {
  const auto read = read_with(read_dllogger,
                              "DLLL {\"type\": \"LOG\", \"step\": [1], \"data\": {\"a\": 1}}\n"
                              "DLLL {\"type\": \"LOG\", \"step\": [2], \"data\": {\"a\": 2");
  EXPECT_THAT(read["a"].points, ElementsAre(Point{1, 1}));
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("file: byte 52: the file ends within")));
}

TEST(Dllogger, ReadsOnBehindABrokenRecord) {
  const auto read =
      read_with(read_dllogger,
                "DLLL {\"type\": \"LOG\", \"step\": [1], \"data\": {\"a\" 1}}\n"
                "NCCL \xff\xfe says something\n"
                "node7: DLLL {\"type\": \"LOG\", \"step\": [2], \"data\": {\"a\xff\": 2}}\n");
  EXPECT_THAT(read["a\xEF\xBF\xBD"].points, ElementsAre(Point{2, 2}));
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("byte 47: broken DLLogger record: ':' expected"),
                                         HasSubstr("byte 51: no DLLogger record")));
}

TEST(Dllogger, ReadsTheSameInPiecesOfAnySize) {
  const std::string text =
      R"(DLLL {"type": "LOG", "step": [1, 2], "data": {"loss": -12.75, "caf\u00e9 \"x\"": 2e3}})"
      "\r\n";
  for (std::size_t piece = 1; piece < 40; ++piece) {
    const auto read = read_with(read_dllogger, text, piece);
    EXPECT_THAT(read["loss"].points, ElementsAre(Point{2, -12.75})) << piece;
    EXPECT_THAT(read["caf\xC3\xA9 \"x\""].points, ElementsAre(Point{2, 2000})) << piece;
  }
}

TEST(Dllogger, CountsFurtherWarningsOfAFile) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "no record\n";
  const auto read = read_with(read_dllogger, text);
  ASSERT_EQ(read.warnings.size(), 5U);
  EXPECT_EQ(read.warnings.back(), "file: 96 more places could not be read");
}

}  // namespace
}  // namespace assay
