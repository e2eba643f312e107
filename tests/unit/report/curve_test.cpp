#include "report/curve.h"

#include <gtest/gtest.h>

#include <cmath>

namespace assay {
namespace {

using Status = Finding::Status;

Series curve_of(std::string name, std::size_t count) {
  Series series;
  series.name = std::move(name);
  for (std::size_t i = 0; i < count; ++i) {
    const auto step = static_cast<std::int64_t>(i);
    series.points.push_back({step, std::sin(static_cast<double>(i * i))});
  }
  return series;
}

Finding finding_of(std::string metric, Status status) {
  Finding finding;
  finding.metric = std::move(metric);
  finding.status = status;
  finding.reason = finding.metric + " is <what> it is";
  finding.minimum = -0.5;
  return finding;
}

using Indices = std::vector<std::size_t>;

TEST(ChooseCurves, PassedCasesHaveNoneUnlessAllAreAskedFor) {
  const std::vector<Series> series{curve_of("a", 2), curve_of("b", 2)};
  EXPECT_EQ(choose_curves(series, {}, Verdict::passed, false), Indices{});
  EXPECT_EQ(choose_curves(series, {}, Verdict::passed, true), (Indices{0, 1}));
  EXPECT_EQ(choose_curves(series, {}, Verdict::skipped, true), Indices{});
}

TEST(ChooseCurves, FailedChecksComeFirstAndFourAreEnough) {
  const std::vector<Series> series{curve_of("a", 2), curve_of("b", 2), curve_of("c", 2),
                                   curve_of("d", 2), curve_of("e", 2), curve_of("f", 2)};
  const std::vector<Finding> findings{finding_of("f", Status::passed),
                                      finding_of("e", Status::failed),
                                      finding_of("d", Status::regressed)};
  EXPECT_EQ(choose_curves(series, findings, Verdict::failed, false), (Indices{4, 3, 5, 0}));
}

TEST(ChooseCurves, OnePointIsNoCurveAndOneSourceIsEnough) {
  const std::vector<Series> series{curve_of("a", 1), curve_of("a", 2), curve_of("a", 3)};
  EXPECT_EQ(choose_curves(series, {}, Verdict::failed, false), (Indices{1}));
}

void expect_png(const std::string& bytes) {
  EXPECT_TRUE(bytes.starts_with("\x89PNG\r\n\x1a\n"));
  EXPECT_LE(bytes.size(), 40'000U);
  EXPECT_GT(bytes.size(), 1'000U);
}

TEST(DrawCurve, IsASmallPngWhateverTheCurve) {
  for (const std::size_t count : {0U, 1U, 2U, 30U, 500U, 1000U, 100000U}) {
    const std::vector<Finding> findings{finding_of("loss", Status::failed)};
    expect_png(draw_curve(curve_of("loss", count), findings, {"", "case"}));
  }
}

TEST(DrawCurve, TakesWhatIsNoNumber) {
  auto series = curve_of("loss", 200);
  series.points[100].value = NAN;
  series.points[150].value = INFINITY;
  expect_png(draw_curve(series, {}, {}));
  for (auto& point : series.points) point.value = NAN;
  expect_png(draw_curve(series, {}, {}));
}

TEST(DrawCurve, TakesAnyTextAndAnyBounds) {
  auto finding = finding_of("\xff\xfe name", Status::failed);
  finding.reason = std::string(5000, '\xc3');
  finding.minimum = -1e300;
  finding.maximum = INFINITY;
  auto series = curve_of("\xff\xfe name", 20);
  series.unit = std::string(500, 'u');
  expect_png(draw_curve(series, std::vector{finding}, {std::string(500, 'x'), "\xf0\x9f"}));
}

TEST(DrawCurve, TakesHugeAndTinyValues) {
  Series series;
  series.name = "x";
  series.points = {
      {-9'000'000'000'000'000'000, -1e308}, {0, 1e-308}, {9'000'000'000'000'000'000, 1e308}};
  expect_png(draw_curve(series, {}, {}));
}

}  // namespace
}  // namespace assay
