#include <gmock/gmock.h>

#include <algorithm>

#include "../model/sample_record.h"
#include "../temporary_directory.h"
#include "approved.h"
#include "base/text.h"
#include "report/report.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// A case that failed on a cluster, with its logs in `directory`.
Record failed_record(const std::filesystem::path& directory) {
  Record record = test::full_record();
  record.allowed_failure = false;
  record.quarantined = false;
  record.quarantine.clear();
  record.cause = {"stderr.log:1: ValueError"};
  record.parameters.resize(2);
  auto& finding = record.findings.back();
  finding.status = Finding::Status::failed;
  finding.actual = "2.61";
  finding.distance = -0.0194;
  finding.reason = "val_loss 2.61 above max 2.5906 (+0.7 %)";
  record.summary = finding.reason;
  record.directory = directory;
  record.attempts.back().directory = directory / "2";
  make_directories(directory / "2");
  std::string log;
  for (int i = 1; i <= 200; ++i) log += "step " + std::to_string(i) + " loss 2.6\n";
  write_file_atomically(directory / "2/stdout.log", log);
  write_file_atomically(directory / "2/stderr.log", "\x1B[31mTraceback\x1B[0m\n\n  ValueError\n");
  record.logs = {directory / "2/stdout.log", directory / "2/stderr.log"};
  return record;
}

std::vector<std::string> lines_of(const std::string& text) {
  return split(text.substr(0, text.size() - 1), '\n');
}

std::size_t width_of(const std::string& line) {
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

TEST(ConsoleReport, OfAPassedCaseIsShort) {
  test::expect_approved(console_report(test::passed_record(), false), "report/passed.txt");
}

TEST(ConsoleReport, OfAFailedCaseExplainsIt) {
  const test::TemporaryDirectory directory;
  const auto text = console_report(failed_record(directory.path()), false);
  test::expect_approved(replaced(text, directory.path().string(), "/work"), "report/failed.txt");
}

TEST(ConsoleReport, BesideAMissingMetricStandsWhatWasLogged) {
  const test::TemporaryDirectory directory;
  auto record = failed_record(directory.path());
  record.findings.back().status = Finding::Status::missing;
  record.metrics.resize(1);
  record.metrics.front().name = "val_loss/dataloader_idx_0";
  EXPECT_THAT(console_report(record, false),
              HasSubstr("\n  the job logged 1 metric: val_loss/dataloader_idx_0\n"));
  record.metrics.resize(9, record.metrics.front());
  EXPECT_THAT(console_report(record, false), HasSubstr("  the job logged 9 metrics: val_loss"));
  record.metrics.clear();
  EXPECT_THAT(console_report(record, false), HasSubstr("\n  the job logged no metric at all\n"));
}

TEST(ConsoleReport, NamesVariablesAsTheJobHasThem) {
  const test::TemporaryDirectory directory;
  auto record = failed_record(directory.path());
  record.parameters.resize(1);
  record.parameters.front().first = "micro-batch";
  EXPECT_THAT(console_report(record, false), HasSubstr(" ASSAY_PARAM_MICRO_BATCH="));
}

TEST(ConsoleReport, OfAnErroredCaseThatNeverStarted) {
  Record record = test::passed_record();
  record.verdict = Verdict::errored;
  record.summary = "could not be started: sbatch: invalid partition 'gpu'";
  record.attempts.clear();
  record.metrics.clear();
  record.findings.clear();
  record.started.reset();
  test::expect_approved(console_report(record, false), "report/errored.txt");
}

TEST(ConsoleReport, OfASkippedCaseIsOneLine) {
  Record record = test::passed_record();
  record.verdict = Verdict::skipped;
  record.summary = "asks for 8 GPUs, this machine has none";
  EXPECT_EQ(console_report(record, false),
            "SKIPPED digits_train_fp32: asks for 8 GPUs, this machine has none\n");
}

TEST(ConsoleReport, FitsAScreenWhateverTheRecordHolds) {
  const test::TemporaryDirectory directory;
  Record record = failed_record(directory.path());
  const auto finding = record.findings.back();
  for (int i = 0; i < 100; ++i) {
    record.findings.push_back(finding);
    record.findings.back().reason = std::string(300, 'r');
    record.attempts.push_back(record.attempts.back());
    record.warnings.push_back(std::string(500, 'w'));
    record.parameters.emplace_back("p" + std::to_string(i), Value::of_integer(i));
    record.logs.push_back(record.logs.front());
  }
  record.cause.assign(50, std::string(400, 'c'));
  const auto lines = lines_of(console_report(record, false));
  EXPECT_LE(lines.size(), 50U);
  for (const auto& line : lines) {
    if (line.find(directory.path().string()) == std::string::npos) {
      EXPECT_LE(width_of(line), 100U) << line;
    }
  }
}

TEST(ConsoleReport, LogsFillTheRestOfTheScreen) {
  const test::TemporaryDirectory directory;
  const auto text = console_report(failed_record(directory.path()), false);
  EXPECT_THAT(text, HasSubstr("  step 200 loss 2.6\n"));
  EXPECT_THAT(text, HasSubstr("  step 189 loss 2.6\n"));
  EXPECT_THAT(text, Not(HasSubstr("step 188 loss")));
  EXPECT_THAT(text, HasSubstr("Last lines of stderr.log\n  Traceback\n    ValueError\n"));
}

TEST(ConsoleReport, AMissingOrEmptyLogIsSaid) {
  const test::TemporaryDirectory directory;
  Record record = failed_record(directory.path());
  record.logs = {directory.path() / "gone.log"};
  EXPECT_THAT(console_report(record, false), HasSubstr("Last lines of gone.log: empty"));
}

TEST(ConsoleReport, AJobsOwnTagsNeverReachCtest) {
  const test::TemporaryDirectory directory;
  Record record = failed_record(directory.path());
  write_file_atomically(directory.path() / "2/stdout.log",
                        "<CTestMeasurement type=\"numeric/double\" name=\"x\">1"
                        "</CTestMeasurement>\nCTEST_FULL_OUTPUT\n<DartMeasurement name='y'>\n");
  const auto text = console_report(record, false);
  EXPECT_THAT(text, Not(HasSubstr("<CTest")));
  EXPECT_THAT(text, Not(HasSubstr("<Dart")));
  EXPECT_THAT(text, Not(HasSubstr("CTEST_FULL_OUTPUT")));
  EXPECT_THAT(text, HasSubstr("< CTestMeasurement"));
}

TEST(ConsoleReport, ColourOnlyWhenAsked) {
  const test::TemporaryDirectory directory;
  const Record record = failed_record(directory.path());
  EXPECT_THAT(console_report(record, false), Not(HasSubstr("\x1B")));
  EXPECT_THAT(console_report(record, true), HasSubstr("\x1B[1;31mFAILED\x1B[0m digits"));
}

TEST(ConsoleReport, APassedRetryIsCalledFlaky) {
  Record record = test::passed_record();
  record.attempts.insert(record.attempts.begin(), record.attempts.front());
  record.attempts.front().class_ = "infra";
  record.attempts.front().end = {EndKind::node_failed, -1, 0, "node07 down"};
  EXPECT_THAT(console_report(record, false),
              HasSubstr("flaky: attempt 1 ended with 'node failed: node07 down' [infra]"));
}

TEST(ConsoleReport, ExcusedFailuresAreMarked) {
  Record record = test::passed_record();
  record.verdict = Verdict::failed;
  record.allowed_failure = true;
  EXPECT_TRUE(console_report(record, false).starts_with("FAILED (allowed) digits"));
  record.allowed_failure = false;
  record.quarantined = true;
  EXPECT_TRUE(console_report(record, false).starts_with("FAILED (quarantined) digits"));
}

}  // namespace
}  // namespace assay
