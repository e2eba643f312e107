#include <gmock/gmock.h>

#include <cmath>

#include "metrics/readers.h"
#include "reading.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(YamlValues, ReadsFinalValues) {
  const auto read = read_with(read_yaml_values,
                              "loss: 2.5\nflag: true\nname: run\nbad: .nan\nup: .inf\n"
                              "down: -.inf\ntext: \"3\"\nin: {a: 1, b: [2]}\nnone:\n");
  EXPECT_EQ(read["loss"].summary, 2.5);
  EXPECT_EQ(read["flag"].summary, 1);
  EXPECT_TRUE(std::isnan(*read["bad"].summary));
  EXPECT_EQ(read["up"].summary, HUGE_VAL);
  EXPECT_EQ(read["down"].summary, -HUGE_VAL);
  EXPECT_EQ(read["text"].summary, 3);
  EXPECT_EQ(read["in.a"].summary, 1);
  EXPECT_EQ(read["in.b.0"].summary, 2);
  EXPECT_EQ(read.series.size(), 8U);
  EXPECT_THAT(read.warnings, IsEmpty());
}

TEST(YamlValues, SaysWhereItIsBroken) {
  const auto read = read_with(read_yaml_values, "loss: 2.5\nx: [1,\n");
  EXPECT_EQ(read["loss"].summary, 2.5);
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("file: line 3, column 1")));
}

TEST(YamlValues, AListIsNoMap) {
  EXPECT_THAT(read_with(read_yaml_values, "- 1\n").warnings, ElementsAre(HasSubstr("no map")));
}

TEST(YamlValues, AliasesCannotMultiplyWithoutEnd) {
  std::string text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 9; ++i) {
    const auto below = std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 9; ++k) text += "*a" + below + ", ";
    text += "*a" + below + "]\n";
  }
  const auto read = read_with(read_yaml_values, text);
  EXPECT_LE(read.series.size(), SeriesSink::k_most_series);
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("too many values")));
}

TEST(MlflowMetric, ReadsValueAndStep) {
  const auto read = read_with(
      [](Input& input, SeriesSink& sink) { read_mlflow_metric(input, "val/loss", sink); },
      "1700000000000 2.5 10\n1700000001000 nan 20\nrubbish\n1700000002000 1.5 30\n17000000");
  ASSERT_EQ(read["val/loss"].points.size(), 3U);
  EXPECT_EQ(read["val/loss"].points[0], (Point{10, 2.5}));
  EXPECT_TRUE(std::isnan(read["val/loss"].points[1].value));
  EXPECT_EQ(read["val/loss"].points[2], (Point{30, 1.5}));
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("byte 42: no 'timestamp value step'"),
                                         HasSubstr("the file ends within")));
}

}  // namespace
}  // namespace assay
