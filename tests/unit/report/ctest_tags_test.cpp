#include <gmock/gmock.h>

#include <limits>

#include "../model/sample_record.h"
#include "../temporary_directory.h"
#include "approved.h"
#include "base/process.h"
#include "base/text.h"
#include "report/report.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();
constexpr double k_infinity = std::numeric_limits<double>::infinity();

std::vector<std::string> lines_with(const std::string& text, const std::string& part) {
  std::vector<std::string> out;
  for (const auto& line : split(text, '\n')) {
    if (line.find(part) != std::string::npos) out.push_back(line);
  }
  return out;
}

std::string tags_of_metric(const std::string& name, double value, bool is_float32 = false) {
  Record record;
  Metric metric;
  metric.name = name;
  metric.value = value;
  metric.is_float32 = is_float32;
  record.metrics = {metric};
  return ctest_tags(record);
}

std::string measured(const std::string& type, const std::string& name, const std::string& value) {
  return "<CTestMeasurement type=\"" + type + "\" name=\"" + name + "\">" + value +
         "</CTestMeasurement>\n";
}

TEST(CtestTags, OfAPassedCase) {
  test::expect_approved(ctest_tags(test::passed_record()), "report/tags_passed.txt");
}

TEST(CtestTags, OfACaseWithEverything) {
  test::expect_approved(ctest_tags(test::full_record()), "report/tags_full.txt");
}

TEST(CtestTags, OneTagPerLineWhateverTheValuesHold) {
  Record record = test::full_record();
  record.summary = "two\nlines\r\nand\ttab";
  record.launcher = "lau\nncher";
  record.metrics[0].name = "new\nline";
  const auto tags = ctest_tags(record);
  ASSERT_TRUE(tags.ends_with('\n'));
  for (const auto& line : split(tags.substr(0, tags.size() - 1), '\n')) {
    EXPECT_TRUE(line.starts_with("<CTest")) << line;
    EXPECT_TRUE(line.ends_with(">")) << line;
    EXPECT_EQ(line.find("<CTest", 1), std::string::npos) << line;
  }
}

TEST(CtestTags, ValuesAndNamesAreEscaped) {
  EXPECT_THAT(tags_of_metric("a<b>&\"c\"'", 1),
              HasSubstr(measured("numeric/double", "a&lt;b&gt;&amp;&quot;c&quot;&apos;", "1")));
  Record record;
  record.launcher = "x & <y>";
  EXPECT_THAT(ctest_tags(record),
              HasSubstr(measured("text/string", "launcher", "x &amp; &lt;y&gt;")));
}

TEST(CtestTags, ControlBytesAndBadUtf8AreReplaced) {
  Record record;
  record.launcher =
      "a\x1B[31mb\x01"
      "c\xFF"
      "d\xEF\xBF\xBF";
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_THAT(ctest_tags(record),
              HasSubstr(">a" + r + "[31mb" + r + "c" + r + "d" + r + "</CTestMeasurement>"));
}

TEST(CtestTags, NumbersHaveNoExponentWherePossible) {
  const std::vector<std::pair<double, std::string>> cases = {
      {1.44, "1.44"}, {1.5e-9, "0.0000000015"}, {1e18, "1000000000000000000"}, {-0.25, "-0.25"},
      {0, "0"},       {1e-300, "1e-300"},       {123456789, "123456789"}};
  for (const auto& [value, text] : cases) {
    EXPECT_THAT(tags_of_metric("m", value), HasSubstr(measured("numeric/double", "m", text)));
  }
}

TEST(CtestTags, FloatsAreWrittenAsShortAsAFloatIs) {
  const double stored = static_cast<double>(2.61F);
  EXPECT_THAT(tags_of_metric("m", stored, true), HasSubstr(">2.61<"));
  EXPECT_THAT(tags_of_metric("m", stored, false), HasSubstr(">2.609999895095825"));
}

TEST(CtestTags, WhatIsNoFiniteNumberIsText) {
  EXPECT_THAT(tags_of_metric("m", k_nan), HasSubstr(measured("text/string", "m", "nan")));
  EXPECT_THAT(tags_of_metric("m", k_infinity), HasSubstr(measured("text/string", "m", "inf")));
  EXPECT_THAT(tags_of_metric("m", -k_infinity), HasSubstr(measured("text/string", "m", "-inf")));
}

TEST(CtestTags, NamesAreUniqueAndTheHarnessKeepsItsOwn) {
  Record record;
  for (const char* name : {"loss", "loss", "queue_seconds", "Execution Time", " ", "loss#2"}) {
    Metric metric;
    metric.name = name;
    record.metrics.push_back(metric);
  }
  const auto tags = ctest_tags(record);
  std::vector<std::string> names;
  for (const auto& line : lines_with(tags, "<CTestMeasurement ")) {
    const auto begin = line.find("name=\"") + 6;
    names.push_back(line.substr(begin, line.find('"', begin) - begin));
  }
  EXPECT_THAT(names, ElementsAre("queue_seconds", "run_seconds", "loss", "loss#2",
                                 "queue_seconds#2", "Execution Time#2", "unnamed", "loss#2#2"));
  EXPECT_EQ(tags, ctest_tags(record));
}

TEST(CtestTags, ABaselineGivesItsBoundsAndTheDistanceToTheNearest) {
  const auto tags = ctest_tags(test::passed_record());
  EXPECT_THAT(tags, HasSubstr(measured("numeric/double", "val_loss.range.min", "2.48")));
  EXPECT_THAT(tags, HasSubstr(measured("numeric/double", "val_loss.range.max", "2.5906")));
  EXPECT_THAT(tags, HasSubstr(measured("numeric/double", "val_loss.range.distance", "0.03")));
  EXPECT_THAT(tags, Not(HasSubstr("exit_code.")));
}

TEST(CtestTags, WhatIsNotKnownHasNoMeasurement) {
  const auto tags = ctest_tags(Record{});
  for (const char* name : {"launcher", "job_id", "nodes", "gpu_model", "commit"}) {
    EXPECT_THAT(tags, Not(HasSubstr("name=\"" + std::string(name) + "\"")));
  }
}

TEST(CtestTags, DetailsAreRawAndOfOneLine) {
  Record record;
  record.summary = "loss 3 > 2 & \"bad\"\nsecond";
  EXPECT_THAT(ctest_tags(record),
              HasSubstr("<CTestDetails>loss 3 > 2 & \"bad\" second</CTestDetails>\n"));
  record.summary = "</CTestDetails><CTestMeasurement name=\"x\">1</CTestMeasurement>";
  EXPECT_THAT(lines_with(ctest_tags(record), "<CTestMeasurement name"), ElementsAre());
  record.summary.clear();
  EXPECT_THAT(ctest_tags(record), HasSubstr("<CTestDetails>errored</CTestDetails>"));
}

std::vector<std::string> labels_of(const Record& record) {
  std::vector<std::string> out;
  for (const auto& line : lines_with(ctest_tags(record), "<CTestLabel>")) {
    out.push_back(line.substr(12, line.find("</") - 12));
  }
  return out;
}

TEST(CtestTags, LabelsSayWhatKindOfEndItWas) {
  Record record = test::passed_record();
  EXPECT_THAT(labels_of(record), ElementsAre());
  record.verdict = Verdict::failed;
  EXPECT_THAT(labels_of(record), ElementsAre("failed"));
  record.findings[1].status = Finding::Status::regressed;
  EXPECT_THAT(labels_of(record), ElementsAre("failed", "regression"));
  record.allowed_failure = true;
  EXPECT_THAT(labels_of(record), ElementsAre("regression", "allowed-failure"));
  record.quarantined = true;
  record.allowed_failure = false;
  EXPECT_THAT(labels_of(record), ElementsAre("regression", "quarantined"));
  record.quarantined = false;
  record.verdict = Verdict::errored;
  EXPECT_THAT(labels_of(record), ElementsAre("infra", "regression"));
  record.verdict = Verdict::passed;
  record.findings[1].status = Finding::Status::improved;
  record.attempts.insert(record.attempts.begin(), record.attempts.front());
  record.attempts.front().class_ = "infra";
  EXPECT_THAT(labels_of(record), ElementsAre("improvement", "flaky"));
}

TEST(CtestTags, OnlyFilesThatAreThereAndNotEmptyAreNamed) {
  const test::TemporaryDirectory directory;
  const auto empty = directory.path() / "empty.png";
  const auto full = directory.path() / "full.png";
  write_file_atomically(empty, "");
  write_file_atomically(full, "x");
  const std::vector<Attachment> attachments = {{"absent", "image/png", directory.path() / "no"},
                                               {"empty", "image/png", empty},
                                               {"folder", "file", directory.path()},
                                               {"val_loss", "image/png", full}};
  EXPECT_THAT(lines_with(ctest_tags(test::passed_record(), attachments), "MeasurementFile"),
              ElementsAre("<CTestMeasurementFile type=\"image/png\" name=\"val_loss#2\">" +
                          full.string() + "</CTestMeasurementFile>"));
}

TEST(FailureAttachments, AreTheLogsTailsAndTheRecord) {
  const test::TemporaryDirectory directory;
  Record record = test::passed_record();
  record.directory = directory.path();
  record.attempts.back().directory = directory.path() / "1";
  make_directories(directory.path() / "1");
  const auto log = directory.path() / "1/stdout.log";
  const auto other = directory.path() / "1/stderr.log";
  std::string text;
  while (text.size() < 200'000) text += "a line of output\n";
  write_file_atomically(log, text + "the end\n");
  write_file_atomically(other, "short\n");
  write_file_atomically(directory.path() / "1/record.json", "{}");
  record.logs = {log, other};

  EXPECT_TRUE(failure_attachments(record).empty());
  record.verdict = Verdict::failed;
  const auto attachments = failure_attachments(record);
  ASSERT_EQ(attachments.size(), 3U);
  EXPECT_EQ(attachments[0].name, "stdout.tail.log");
  const auto tail = read_file(attachments[0].file);
  EXPECT_TRUE(tail.ends_with("the end\n"));
  EXPECT_LE(tail.size(), 65536U);
  EXPECT_EQ(attachments[1].file, other);
  EXPECT_EQ(attachments[2].name, "record.json");
}

// What CTest itself makes of the tags of a record full of traps.
TEST(CtestTags, CtestReadsThemAll) {
  const auto ctest = find_program("ctest");
  ASSERT_TRUE(ctest) << "ctest is part of CMake";
  const test::TemporaryDirectory directory;
  const auto& path = directory.path();
  Record record = test::full_record();
  record.launcher = "a & <b> \"c\" 'd'\nsecond";
  record.summary = "val_loss 2.61 > max & \"bad\" <CTestLabel>x</CTestLabel>";
  make_directories(path / "odd & <dir>");
  write_file_atomically(path / "odd & <dir>/log.txt", "log\n");
  const std::vector<Attachment> attachments = {{"log.txt", "file", path / "odd & <dir>/log.txt"},
                                               {"gone", "file", path / "gone"}};
  write_file_atomically(path / "out.txt", ctest_tags(record, attachments));
  write_file_atomically(path / "CTestTestfile.cmake",
                        "add_test(t cat \"" + (path / "out.txt").string() + "\")\n");
  write_file_atomically(path / "DartConfiguration.tcl",
                        "Site: s\nBuildName: b\nSourceDirectory: .\nBuildDirectory: .\n"
                        "ConfigureCommand: x\nMakeCommand: x\n");
  Command command{{ctest->string(), "-T", "Test"}};
  command.directory = path;
  const auto result = run_command(command);
  ASSERT_TRUE(result.succeeded()) << result.out << result.err;
  EXPECT_THAT(result.err, Not(HasSubstr("Error parsing XML")));
  std::string xml;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path / "Testing")) {
    if (entry.path().filename() == "Test.xml") xml = read_file(entry.path());
  }
  EXPECT_THAT(xml, HasSubstr("<Value>a &amp; &lt;b&gt; \"c\" 'd'\nsecond</Value>"));
  EXPECT_THAT(xml, HasSubstr("<Value>val_loss 2.61 &gt; max &amp; \"bad\" "
                             "&lt; CTestLabel&gt;x&lt; /CTestLabel&gt;</Value>"));
  EXPECT_THAT(xml, HasSubstr("filename=\"log.txt\" type=\"file\""));
  EXPECT_THAT(xml, HasSubstr("<Label>quarantined</Label>"));
  EXPECT_THAT(xml, Not(HasSubstr("<Label>x</Label>")));
  EXPECT_THAT(xml, Not(HasSubstr("not found")));
  EXPECT_THAT(xml, HasSubstr("<NamedMeasurement type=\"numeric/double\" name=\"val_loss\">\n"
                             "\t\t\t\t\t<Value>2.51</Value>"));
  EXPECT_THAT(xml, HasSubstr("<NamedMeasurement type=\"text/string\" name=\"grad_norm\">\n"
                             "\t\t\t\t\t<Value>nan</Value>"));
}

}  // namespace
}  // namespace assay
