#include <gmock/gmock.h>

#include "../model/sample_record.h"
#include "../temporary_directory.h"
#include "base/files.h"
#include "report/curve.h"

namespace assay {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

std::vector<Series> curves(std::initializer_list<const char*> names) {
  std::vector<Series> all;
  for (const auto* name : names) {
    Series series;
    series.name = name;
    series.points = {{1, 3}, {2, 2}, {3, 1}};
    all.push_back(std::move(series));
  }
  return all;
}

class CurveFiles : public testing::Test {
 protected:
  CurveFiles() { record_.attempts.back().directory = directory_.path().string(); }

  test::TemporaryDirectory directory_;
  Record record_ = test::passed_record();
};

TEST_F(CurveFiles, OfAFailedCaseAreAtMostFourAndTheFailedMetricsFirst) {
  record_.verdict = Verdict::failed;
  record_.findings.resize(1);
  record_.findings[0].metric = "e";
  record_.findings[0].status = Finding::Status::failed;
  const auto attached = write_curves(record_, curves({"a", "b", "c", "d", "e"}), false);
  ASSERT_THAT(attached, SizeIs(4));
  EXPECT_EQ(attached[0].name, "curve e");
  EXPECT_EQ(attached[0].type, "image/png");
  for (const auto& one : attached) {
    EXPECT_TRUE(read_file(one.file).starts_with("\x89PNG"));
    EXPECT_EQ(one.file.parent_path(), directory_.path());
  }
}

TEST_F(CurveFiles, OfAPassedCaseAreThereOnlyWhenAskedFor) {
  EXPECT_THAT(write_curves(record_, curves({"a"}), false), IsEmpty());
  EXPECT_THAT(write_curves(record_, curves({"a"}), true), SizeIs(1));
}

TEST_F(CurveFiles, WhereNothingRanThereAreNone) {
  record_.verdict = Verdict::errored;
  record_.attempts.clear();
  EXPECT_THAT(write_curves(record_, curves({"a"}), true), IsEmpty());
}

}  // namespace
}  // namespace assay
