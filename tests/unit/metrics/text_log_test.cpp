#include <gmock/gmock.h>

#include "metrics/readers.h"
#include "reading.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ReadResult read_log(std::string_view text, std::vector<LogPattern> patterns = {}, bool known = true,
                    std::size_t piece = 1 << 20) {
  return read_with(
      [&](Input& input, SeriesSink& sink) { read_text_log(input, patterns, known, sink); }, text,
      piece);
}

TEST(TextLog, ReadsMegatronsLinesWithoutAPattern) {
  const auto read = read_log(
      " [2024-05-01 12:00:00] iteration  391/ 159576 | consumed samples: 6256 | elapsed time per "
      "iteration (ms): 13663.4 | learning rate: 1.735E-06 | lm loss: 7.835842E+00 | grad norm: "
      "48700.287 | number of nan iterations:   0 |\n"
      "iteration 392/ 159576 | lm loss: nan |\n"
      " validation loss at iteration 400 | lm loss value: 7.1E+00 | lm loss PPL: 1.2E+03 | \n");
  EXPECT_EQ(read["lm loss"].points.at(0), (Point{391, 7.835842}));
  EXPECT_EQ(read["lm loss"].points.at(1).step, 392);
  EXPECT_THAT(read["consumed samples"].points, ElementsAre(Point{391, 6256}));
  EXPECT_THAT(read["elapsed time per iteration (ms)"].points, ElementsAre(Point{391, 13663.4}));
  EXPECT_EQ(read["elapsed time per iteration (ms)"].unit, "ms");
  EXPECT_THAT(read["lm loss PPL"].points, ElementsAre(Point{400, 1200}));
  EXPECT_THAT(read.warnings, IsEmpty());
}

TEST(TextLog, ReadsNemosLines) {
  const auto read = read_log(
      "Training epoch 0, iteration 5/99 | lr: 1.2e-05 | global_step: 5 | reduced_train_loss: "
      "11.03 | train_step_timing in s: 6.5 | consumed_samples: 48\n");
  EXPECT_THAT(read["reduced_train_loss"].points, ElementsAre(Point{5, 11.03}));
  EXPECT_THAT(read["consumed_samples"].points, ElementsAre(Point{5, 48}));
}

TEST(TextLog, ReadsDlloggersLines) {
  const auto read = read_log(
      "DLL 2019-10-10 19:02:01.843322 - PARAMETER lr : 0.5 \n"
      "DLL 2019-10-10 19:02:01.843322 - (0, 10) loss : 0.5  speed : 100.5 images/s acc : 7 %\n"
      "DLL 2019-10-10 19:02:01.843322 - [1] loss : 0.25 \n"
      "DLL 2019-10-10 19:02:01.843322 - () speed : 101 images/s\n");
  EXPECT_THAT(read["loss"].points, ElementsAre(Point{10, 0.5}, Point{1, 0.25}));
  EXPECT_THAT(read["speed"].points, ElementsAre(Point{10, 100.5}));
  EXPECT_EQ(read["speed"].unit, "images/s");
  EXPECT_EQ(read["speed"].summary, 101);
  EXPECT_EQ(read["acc"].unit, "%");
  EXPECT_THAT(read.names(), ElementsAre("loss", "speed", "acc"));
}

TEST(TextLog, APatternsGroupIsTheValue) {
  const auto read = read_log("start\nloss=2.5\nother\nloss=1.5e0 \nloss=nan\n",
                             {{"loss", R"(loss=(\S+))"}}, false);
  ASSERT_EQ(read["loss"].points.size(), 3U);
  EXPECT_EQ(read["loss"].points[0], (Point{0, 2.5}));
  EXPECT_EQ(read["loss"].points[1], (Point{1, 1.5}));
}

TEST(TextLog, APatternsStepIsItsGroupElseTheIteration) {
  const auto read =
      read_log("step 7: a 1.5\niteration 8/10: b=2.5\n",
               {{"a", R"(step (?P<step>\d+): a ([\d.]+))"}, {"b", R"(b=([\d.]+))"}}, false);
  EXPECT_THAT(read["a"].points, ElementsAre(Point{7, 1.5}));
  EXPECT_THAT(read["b"].points, ElementsAre(Point{8, 2.5}));
}

TEST(TextLog, EachStateOfAProgressBarIsALine) {
  const auto read =
      read_log(" 10%| | loss=3.5\r 20%| | loss=2.5\r\n", {{"loss", R"(loss=([\d.]+))"}}, false);
  EXPECT_THAT(read["loss"].points, ElementsAre(Point{0, 3.5}, Point{1, 2.5}));
}

TEST(TextLog, BadBytesDoNotHinderAPattern) {
  const auto read =
      read_log("\xff\xfe loss=1 \xff\n\0loss=2\n", {{"loss", R"(loss=([\d.]+))"}}, false);
  EXPECT_THAT(read["loss"].points, ElementsAre(Point{0, 1}));
}

TEST(TextLog, SaysWhichPatternCannotBeUsed) {
  const auto read = read_log("a\n", {{"x", "("}, {"y", "no group"}}, false);
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("metric 'x' cannot be used: missing )"),
                                         HasSubstr("metric 'y' cannot be used: it has no group")));
}

TEST(TextLog, ReportsACaptureThatIsNoNumber) {
  const auto read = read_log("ok\nloss=abc\n", {{"loss", R"(loss=(\S+))"}}, false);
  EXPECT_THAT(read.series, IsEmpty());
  EXPECT_THAT(read.warnings, ElementsAre("file: byte 3: metric 'loss': 'abc' is no number"));
}

TEST(TextLog, ReadsTheSameInPiecesOfAnySize) {
  for (std::size_t piece = 1; piece < 30; ++piece) {
    const auto read = read_log("iteration 3/ 4 | x: 1 |\nloss=2.5\nrest",
                               {{"loss", R"(loss=([\d.]+)$)"}}, true, piece);
    EXPECT_THAT(read["x"].points, ElementsAre(Point{3, 1})) << piece;
    EXPECT_THAT(read["loss"].points, ElementsAre(Point{0, 2.5})) << piece;
  }
}

}  // namespace
}  // namespace assay
