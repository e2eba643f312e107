#include "report/dashboard_result.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "../model/sample_record.h"
#include "base/error.h"

namespace assay {
namespace {

TEST(DashboardReader, SaysWhatTheRecordSays) {
  auto record = test::passed_record();
  record.verdict = Verdict::failed;
  record.summary = "val_loss 3 above max 2";
  record.image = "image:1";
  record.assay_version = "0.9";
  record.launcher = "dgx";
  record.launcher_type = "slurm";
  record.pipeline_id = "77";
  record.git_dirty = true;
  record.attempts.back().gpus = {{"GPU-1", "H100", "550"}, {"GPU-2", "A100", "550"}};
  Metric metric;
  metric.name = "speed";
  metric.unit = "1/s";
  metric.goal = Goal::maximize;
  metric.value = std::numeric_limits<double>::infinity();
  record.metrics = {metric};
  Finding finding;
  finding.metric = "speed";
  finding.minimum = 3.5;
  record.findings = {Finding{}, finding};

  DashboardReader reader;
  for (const auto& text : {to_json_line(record), to_json(record)}) {
    const auto& result = reader.read(text);
    EXPECT_EQ(result.run_id, record.run_id);
    EXPECT_EQ(result.key, record.key);
    EXPECT_EQ(result.launcher, "dgx");
    EXPECT_EQ(result.branch, record.git_branch);
    EXPECT_EQ(result.commit, record.git_commit);
    EXPECT_EQ(result.pipeline_id, "77");
    EXPECT_TRUE(result.is_dirty);
    EXPECT_EQ(result.created, record.created);
    EXPECT_EQ(result.verdict, 'f');
    EXPECT_EQ(result.summary, record.summary);
    EXPECT_EQ(result.queue_seconds, record.queue_seconds);
    EXPECT_EQ(result.run_seconds, record.run_seconds);
    EXPECT_EQ(result.job_id, record.attempts.back().job_id);
    EXPECT_EQ(result.directory, record.attempts.back().directory);
    EXPECT_EQ(result.environment,
              (DashboardEnvironment{"H100", "550", "image:1", "dgx (slurm)", "0.9"}));
    ASSERT_EQ(result.values.size(), 1U);
    EXPECT_EQ(result.values[0].name, "speed");
    EXPECT_EQ(result.values[0].unit, "1/s");
    EXPECT_EQ(result.values[0].goal, Goal::maximize);
    EXPECT_TRUE(std::isinf(result.values[0].value));
    ASSERT_EQ(result.bands.size(), 1U);
    EXPECT_EQ(result.bands[0].metric, "speed");
    EXPECT_EQ(result.bands[0].minimum, 3.5);
    EXPECT_FALSE(result.bands[0].maximum);
  }
}

TEST(DashboardReader, EveryVerdictHasItsLetter) {
  DashboardReader reader;
  const auto letter = [&](Verdict verdict, bool allowed, bool quarantined) {
    auto record = test::passed_record();
    record.verdict = verdict;
    record.allowed_failure = allowed;
    record.quarantined = quarantined;
    return reader.read(to_json_line(record)).verdict;
  };
  EXPECT_EQ(letter(Verdict::passed, false, false), 'p');
  EXPECT_EQ(letter(Verdict::failed, false, false), 'f');
  EXPECT_EQ(letter(Verdict::failed, true, false), 'a');
  EXPECT_EQ(letter(Verdict::failed, false, true), 'a');
  EXPECT_EQ(letter(Verdict::errored, true, false), 'e');
  EXPECT_EQ(letter(Verdict::skipped, false, false), 's');
}

TEST(DashboardReader, RecordWithLittleInItIsRead) {
  DashboardReader reader;
  const auto& result = reader.read(
      R"({"version":1,"run_id":"r","key":"recipe/a","verdict":"errored","created":"2026-11-21"})");
  EXPECT_EQ(result.verdict, 'e');
  EXPECT_EQ(result.environment, DashboardEnvironment{});
  EXPECT_TRUE(result.values.empty());
}

TEST(DashboardReader, WhatIsNoRecordIsRefusedByName) {
  DashboardReader reader;
  const auto why = [&](const char* text) -> std::string {
    try {
      reader.read(text);
    } catch (const Error& error) {
      return error.what();
    }
    return "it was read";
  };
  EXPECT_THAT(why("{"), testing::HasSubstr("not a JSON object"));
  EXPECT_THAT(why(""), testing::HasSubstr("not a JSON object"));
  EXPECT_THAT(why("[]"), testing::HasSubstr("not a JSON object"));
  EXPECT_THAT(why("{}"), testing::HasSubstr("no record of assay"));
  EXPECT_THAT(why(R"({"version":99})"), testing::HasSubstr("newer assay"));
  EXPECT_THAT(why(R"({"version":1,"key":"k"})"), testing::HasSubstr("'run_id' is missing"));
  EXPECT_THAT(why(R"({"version":1,"run_id":"r"})"), testing::HasSubstr("'key' is missing"));
  EXPECT_THAT(why(R"({"version":1,"run_id":"r","key":"k"})"), testing::HasSubstr("'created'"));
  EXPECT_THAT(
      why(R"({"version":1,"run_id":"r","key":"k","created":"2026-11-21","verdict":"good"})"),
      testing::HasSubstr("unknown verdict 'good'"));
}

}  // namespace
}  // namespace assay
