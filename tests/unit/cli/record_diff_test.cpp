#include "cli/record_diff.h"

#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "../model/sample_record.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(RecordDiff, EqualRecordsDoNotDiffer) {
  auto record = test::full_record();
  EXPECT_THAT(changes_between(record, record), IsEmpty());  // its NaN equals itself
}

TEST(RecordDiff, NamesVerdictMetricsParametersAndEnvironment) {
  const auto before = test::passed_record();
  auto after = before;
  after.verdict = Verdict::failed;
  after.summary = "too high";
  after.metrics[0].value = 2.761;
  after.metrics.push_back(after.metrics[0]);
  after.metrics[1].name = "accuracy";
  after.parameters = {{"model", Value::of_string("digits")}, {"lr", Value::of_string("0.1")}};
  after.git_commit = "beef";
  after.attempts[0].nodes = {"node02"};
  EXPECT_THAT(
      changes_between(before, after),
      ElementsAre(Change{"verdict", "passed", "failed", {}},
                  Change{"summary", "2 checks passed", "too high", {}},
                  Change{"metric val_loss", "2.51", "2.761", 100 * (2.761 - 2.51) / 2.51},
                  Change{"metric accuracy", "", "2.761", {}}, Change{"parameter lr", "", "0.1", {}},
                  Change{"parameter gpus", "0", "", {}},
                  Change{"commit", before.git_commit, "beef", {}},
                  Change{"nodes", "node01", "node02", {}}));
}

TEST(RecordDiff, NoPercentOfZeroOrOfWhatIsNoNumber) {
  auto before = test::passed_record();
  auto after = before;
  before.metrics[0].value = 0;
  EXPECT_FALSE(changes_between(before, after)[0].percent.has_value());
  before.metrics[0].value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(changes_between(before, after)[0].percent.has_value());
}

TEST(RecordDiff, OfTextsOfManyLinesOnlyThoseThatDifferAreShown) {
  const std::vector<CaseDiff> diffs{
      {"recipe/a",
       "local",
       false,
       false,
       {{"parameter script", "cd x\nexit 1\n", "cd x\nexit 0\n", {}}}}};
  EXPECT_EQ(diff_text(diffs, 0),
            "a (local)\n  parameter script:\n    - exit 1\n    + exit 0\n"
            "1 case differs, 0 are the same\n");
}

TEST(RecordDiff, RunsAreComparedByKeyAndLauncher) {
  std::vector<Record> before(3, test::passed_record());
  before[1].key = "recipe/gone";
  before[2].key = "recipe/same";
  std::vector<Record> after(3, test::passed_record());
  after[0].metrics[0].value = 9;
  after[1].launcher = "dgxa100";
  after[2].key = "recipe/same";
  const auto diffs = diff_runs(before, after);
  ASSERT_EQ(diffs.size(), 3U);
  EXPECT_TRUE(diffs[0].is_only_after);
  EXPECT_EQ(diffs[0].launcher, "dgxa100");
  EXPECT_EQ(diffs[1].changes.size(), 1U);
  EXPECT_TRUE(diffs[2].is_only_before);
  const auto text = diff_text(diffs, 1);
  EXPECT_THAT(text, HasSubstr("gone (local): only in the first\n"));
  EXPECT_THAT(text, HasSubstr("  metric val_loss: 2.51 -> 9 (+258.57 %)\n"));
  EXPECT_THAT(text, HasSubstr("3 cases differ, 1 is the same\n"));
  const auto json = nlohmann::json::parse(diff_json(diffs));
  EXPECT_EQ(json[1]["changes"][0]["what"], "metric val_loss");
  EXPECT_EQ(json[2]["only_before"], true);
}

}  // namespace
}  // namespace assay
