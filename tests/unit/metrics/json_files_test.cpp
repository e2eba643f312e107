#include <gmock/gmock.h>

#include <cmath>

#include "metrics/readers.h"
#include "reading.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(JsonLines, TakesTheStepUnderAnyOfItsNames) {
  const auto read = read_with(read_json_lines, R"({"step": 1, "global_step": 100, "a": 1}
{"a": 2, "global_step": 2}
{"iteration": 3, "a": 3}

{"_step": 4, "_runtime": 7.5, "a": 4}
)");
  EXPECT_THAT(read["a"].points, ElementsAre(Point{1, 1}, Point{2, 2}, Point{3, 3}, Point{4, 4}));
  EXPECT_THAT(read["global_step"].points, ElementsAre(Point{1, 100}));
  EXPECT_THAT(read.warnings, IsEmpty());
}

TEST(JsonLines, CountsRecordsThatHaveNoStep) {
  const auto read = read_with(read_json_lines, "{\"a\": 1}\n{\"a\": NaN}\n{\"a\": 3}");
  ASSERT_EQ(read["a"].points.size(), 3U);
  EXPECT_EQ(read["a"].points[2], (Point{2, 3}));
  EXPECT_TRUE(std::isnan(read["a"].points[1].value));
}

TEST(JsonLines, ReportsWhatIsNoRecord) {
  const auto read =
      read_with(read_json_lines, "{\"a\": 1}\n[1]\n{\"a\": 2,}\n{\"a\": 3} {}\n{\"a\": 4}\n{\"a\"");
  EXPECT_THAT(read["a"].points, ElementsAre(Point{0, 1}, Point{1, 4}));
  EXPECT_THAT(read.warnings,
              ElementsAre(HasSubstr("byte 9: no JSON object"), HasSubstr("a key in double quotes"),
                          HasSubstr("more text behind"), HasSubstr("the file ends within")));
}

TEST(JsonDocument, ReadsHuggingFaceTrainerState) {
  const auto read = read_with(read_json_document, R"({
  "best_metric": null, "epoch": 2.0, "global_step": 20, "is_hyper_param_search": false,
  "log_history": [
    {"epoch": 1.0, "step": 10, "loss": 2.5, "grad_norm": NaN},
    {"epoch": 1.0, "step": 10, "eval_loss": 2.25},
    {"epoch": 2.0, "step": 20, "loss": 1.5}
  ],
  "max_steps": 20, "trial_params": null})");
  EXPECT_THAT(read["loss"].points, ElementsAre(Point{10, 2.5}, Point{20, 1.5}));
  EXPECT_THAT(read["eval_loss"].points, ElementsAre(Point{10, 2.25}));
  EXPECT_EQ(read["max_steps"].summary, 20);
  EXPECT_TRUE(std::isnan(read["grad_norm"].points.at(0).value));
  EXPECT_THAT(read.warnings, IsEmpty());
}

TEST(JsonDocument, ReadsMapsFromStepToValue) {
  const auto read = read_with(read_json_document,
                              R"({"lm loss": {"1": 10.5, "2": "nan", "10": 9}, "x": {"y": 2}})");
  ASSERT_EQ(read["lm loss"].points.size(), 3U);
  EXPECT_EQ(read["lm loss"].points[2], (Point{10, 9}));
  EXPECT_TRUE(std::isnan(read["lm loss"].points[1].value));
  EXPECT_EQ(read["x.y"].summary, 2);
}

TEST(JsonDocument, ReadsFinalValuesAndCurves) {
  const auto read =
      read_with(read_json_document, R"({"val_loss": 2.5, "curve": [3, 2, 1], "name": "run"})");
  EXPECT_EQ(read["val_loss"].summary, 2.5);
  EXPECT_THAT(read["curve"].points, ElementsAre(Point{0, 3}, Point{1, 2}, Point{2, 1}));
  EXPECT_THAT(read.names(), ElementsAre("val_loss", "curve"));
}

TEST(JsonDocument, ReadsAListOfRecords) {
  const auto read = read_with(read_json_document, R"([{"step": 3, "a": 1}, {"step": 4, "a": 2}])");
  EXPECT_THAT(read["a"].points, ElementsAre(Point{3, 1}, Point{4, 2}));
}

TEST(JsonDocument, KeepsWhatCameBeforeTheCut) {
  const auto read =
      read_with(read_json_document, R"({"a": 1, "log_history": [{"step": 1, "b": 2}, {"b")");
  EXPECT_EQ(read["a"].summary, 1);
  EXPECT_THAT(read["b"].points, ElementsAre(Point{1, 2}));
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("cut off")));
}

TEST(JsonDocument, ReadsTheSameInPiecesOfAnySize) {
  const std::string text =
      R"({"a\ud83d\ude00b" : {"1" : -1.25e2 , "2":Infinity}, "flag": true, "n": -Infinity, "s": "x\\"} )";
  for (std::size_t piece = 1; piece < 20; ++piece) {
    const auto read = read_with(read_json_document, text, piece);
    const auto& series = read
        ["a\xF0\x9F\x98\x80"
         "b"];
    EXPECT_THAT(series.points, ElementsAre(Point{1, -125}, Point{2, HUGE_VAL})) << piece;
    EXPECT_EQ(read["flag"].summary, 1);
    EXPECT_EQ(read["n"].summary, -HUGE_VAL);
    EXPECT_THAT(read.warnings, IsEmpty()) << piece;
  }
}

TEST(JsonDocument, NestingHasALimit) {
  const auto read = read_with(read_json_document, std::string(100'000, '['));
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("nested too deeply")));
}

TEST(JsonDocument, EmptyFileIsReported) {
  EXPECT_THAT(read_with(read_json_document, "").warnings, ElementsAre(HasSubstr("empty")));
}

}  // namespace
}  // namespace assay
