#include "report/ci_reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../model/sample_record.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Record failed_record() {
  auto record = test::passed_record();
  record.verdict = Verdict::failed;
  record.summary = "val_loss 2.61 above max 2.5906 (+0.7 %) <&\">";
  record.findings.back().status = Finding::Status::failed;
  record.findings.back().reason = "val_loss 2.61 above max 2.5906";
  record.logs = {"/work/stdout.log"};
  return record;
}

const std::vector<std::string> k_missing{"lost_case"};

struct Sample {
  std::vector<Record> records;
  RunReport run(std::span<const std::string> missing = {}) const { return {records, missing}; }
};

TEST(Junit, HasReasonsPropertiesAndCounts) {
  Record errored = test::passed_record();
  errored.verdict = Verdict::errored;
  errored.summary = "node failed";
  const Sample sample{{test::passed_record(), failed_record(), errored}};
  const auto xml = junit_xml(sample.run(k_missing));
  EXPECT_THAT(xml, HasSubstr(R"(<testsuite name="assay.run-1" tests="4" failures="1" errors="2")"));
  EXPECT_THAT(xml, HasSubstr(R"(<testcase name="digits_train_fp32" classname="digits.local")"));
  EXPECT_THAT(xml, HasSubstr(R"(<property name="metric.val_loss" value="2.51"/>)"));
  EXPECT_THAT(
      xml,
      HasSubstr(
          R"(<failure message="val_loss 2.61 above max 2.5906 (+0.7 %) &lt;&amp;&quot;&gt;")"));
  EXPECT_THAT(xml, HasSubstr("log: /work/stdout.log"));
  EXPECT_THAT(xml, HasSubstr(R"(<error message="node failed" type="errored">)"));
  EXPECT_THAT(xml, HasSubstr(R"(<testcase name="lost_case")"));
  EXPECT_THAT(xml, HasSubstr("left no record"));
}

TEST(Junit, AnAllowedFailureIsNoFailure) {
  auto record = failed_record();
  record.allowed_failure = true;
  const Sample sample{{record}};
  const auto xml = junit_xml(sample.run());
  EXPECT_THAT(xml, HasSubstr(R"(failures="0" errors="0" skipped="1")"));
  EXPECT_THAT(xml, HasSubstr("failed, which is allowed"));
}

TEST(CaseNameOf, KnowsThePrefixThatTheCaseHas) {
  auto record = test::passed_record();
  record.directory = "/work/run-1/bionemo.digits_train_fp32";
  EXPECT_EQ(case_name_of(record), "bionemo.digits_train_fp32");
  record.directory.clear();
  EXPECT_EQ(case_name_of(record), "digits_train_fp32");
}

TEST(Openmetrics, GroupsFamiliesAndEscapes) {
  auto second = test::full_record();
  second.launcher = "a\"b\\c";
  second.metrics[0].name = "val/loss 1";
  const Sample sample{{test::passed_record(), second}};
  EXPECT_EQ(
      openmetrics_text(sample.run()),
      "# TYPE val_loss gauge\n"
      "val_loss{case=\"digits_train_fp32\",launcher=\"local\"} 2.51\n"
      "# TYPE val_loss_1 gauge\n"
      "val_loss_1{case=\"digits_train_fp32\",launcher=\"a\\\"b\\\\c\",gpu=\"NVIDIA H200\"} 2.51\n"
      "# TYPE grad_norm gauge\n"
      "grad_norm{case=\"digits_train_fp32\",launcher=\"a\\\"b\\\\c\",gpu=\"NVIDIA H200\"} NaN\n"
      "# TYPE run_seconds gauge\n"
      "run_seconds{case=\"digits_train_fp32\",launcher=\"local\"} 3.2\n"
      "run_seconds{case=\"digits_train_fp32\",launcher=\"a\\\"b\\\\c\",gpu=\"NVIDIA H200\"} 3.2\n"
      "# EOF\n");
}

TEST(Markdown, SaysWhatDidNotPassAndWhy) {
  auto record = failed_record();
  record.summary = "a | b\n<script>";
  const Sample sample{{test::passed_record(), record}};
  const auto text = markdown_summary(sample.run(k_missing));
  EXPECT_THAT(text, HasSubstr("**1 passed**, 1 failed, 1 without a record"));
  EXPECT_THAT(text,
              HasSubstr("| digits\\_train\\_fp32 | failed | a \\| b &lt;script> | local 4711 |"));
  EXPECT_THAT(text, HasSubstr("| lost\\_case | errored |"));
  EXPECT_THAT(text, HasSubstr("| 2.51 | \\[2.48, 2.5906\\] | passed |"));
}

TEST(Markdown, StaysBelowGitHubsLimitAndSaysSo) {
  auto record = failed_record();
  record.summary.assign(2000, 'x');
  const Sample sample{std::vector<Record>(1000, record)};
  const auto text = markdown_summary(sample.run());
  EXPECT_LT(text.size(), std::size_t{1} << 20U);
  EXPECT_THAT(text, HasSubstr("more lines did not fit"));
}

TEST(GithubAnnotations, PointToTheRecipeInTheCheckout) {
  auto record = failed_record();
  record.recipe_file = "/repo/recipes/a,b.yaml";
  record.summary = "50% off:\nbad";
  const Sample sample{{test::passed_record(), record}};
  EXPECT_EQ(
      github_annotations(sample.run(k_missing), "/repo"),
      "::error file=recipes/a%2Cb.yaml,line=3,title=digits_train_fp32 failed::50%25 off:%0Abad\n"
      "::error title=lost_case::the case was selected, but it left no record\n");
}

TEST(GithubAnnotations, AnAllowedFailureIsAWarning) {
  auto record = failed_record();
  record.quarantined = true;
  const Sample sample{{record}};
  EXPECT_THAT(github_annotations(sample.run(), "/repo"), HasSubstr("::warning file="));
  EXPECT_THAT(github_annotations(sample.run(), "/repo"), Not(HasSubstr("::error")));
}

}  // namespace
}  // namespace assay
