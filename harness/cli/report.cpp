// `assay report`: the records of a run as CTest's Test.xml, and as what CI services show.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>

#include "base/files.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/record_query.h"
#include "report/ci_reports.h"
#include "report/test_xml.h"

namespace assay {

namespace {

struct ReportOptions {
  HistoryOptions history;
  RecordQueryOptions query;
  TestXmlOptions xml;
  std::string expected;
  std::string ctest_xml;
  std::string junit;
  std::string openmetrics;
  std::string markdown;
  std::string annotations;
};

// Names of `file`, one a line, that none of the records has.
std::vector<std::string> missing_cases(const std::string& file,
                                       const std::vector<Record>& records) {
  std::set<std::string> reported;
  for (const auto& record : records) reported.insert(case_name_of(record));
  std::vector<std::string> missing;
  for (const auto& line : split(read_file(file), '\n')) {
    const std::string name(trim(line));
    if (!name.empty() && !reported.contains(name)) missing.push_back(name);
  }
  return missing;
}

// The history may not be there yet where no case has ended: with names to expect that is an answer.
std::vector<Record> read_records(const ReportOptions& options) {
  const auto file = options.history.path();
  if (!options.expected.empty() && !std::filesystem::exists(file) &&
      !std::filesystem::exists(file.string() + ".pending")) {
    return {};
  }
  auto records = select_records(options.history.open(), options.query, now());
  std::reverse(records.begin(), records.end());
  return records;
}

void write_text(const std::string& file, const std::string& text) {
  if (file == "-") {
    std::cout << text << std::flush;
  } else {
    write_file_atomically(file, text);
  }
}

int write_report(ReportOptions& options) {
  if (!options.ctest_xml.empty() && (options.xml.site.empty() || options.xml.build_name.empty())) {
    throw InputError({"--ctest-xml", 0, 0}, "a dashboard needs --site-name and --build-name");
  }
  const auto records = read_records(options);
  if (!options.expected.empty()) options.xml.missing = missing_cases(options.expected, records);
  if (records.empty() && options.xml.missing.empty()) {
    std::cerr << "assay: no record in " << options.history.path().string() << " matches\n";
    return exit_usage;
  }
  const RunReport run{records, options.xml.missing};
  if (!options.ctest_xml.empty()) write_text(options.ctest_xml, test_xml(records, options.xml));
  if (!options.junit.empty()) write_text(options.junit, junit_xml(run));
  if (!options.openmetrics.empty()) write_text(options.openmetrics, openmetrics_text(run));
  if (!options.markdown.empty()) write_text(options.markdown, markdown_summary(run));
  if (!options.annotations.empty()) {
    write_text(options.annotations,
               github_annotations(run, std::filesystem::current_path().string()));
  }
  return exit_passed;
}

void add_formats(CliCommand command, ReportOptions& options) {
  auto formats = command.add_required_group("Formats", "At least one; - for stdout");
  formats
      .add_option("--ctest-xml", options.ctest_xml,
                  "CTest's Test.xml: submit it as ctest does its own,\n"
                  "also when ctest was killed")
      .type_name("FILE");
  formats.add_option("--junit", options.junit, "JUnit XML, with reasons and properties")
      .type_name("FILE");
  formats.add_option("--openmetrics", options.openmetrics, "Metrics, for GitLab's metrics reports")
      .type_name("FILE");
  formats.add_option("--markdown", options.markdown, "A summary, for GitHub's job summaries")
      .type_name("FILE");
  formats
      .add_option("--github-annotations", options.annotations,
                  "Commands that annotate recipes in GitHub")
      .type_name("FILE");
}

}  // namespace

void add_report_command(CliCommand app, int& exit_code) {
  auto command =
      app.add_subcommand("report", "Write the records of a run for CTest, GitLab or GitHub");
  auto options = std::make_shared<ReportOptions>();
  add_formats(command, *options);
  command
      .add_option("--expected", options->expected,
                  "File with the names of all cases that were selected:\n"
                  "one that left no record is an error in each format")
      .type_name("FILE");
  command
      .add_option("--site-name", options->xml.site,
                  "The machine's name on the dashboard\n(with --ctest-xml)")
      .type_name("NAME");
  command
      .add_option("--build-name", options->xml.build_name,
                  "The build's name, stable over time\n(with --ctest-xml)")
      .type_name("NAME");
  command.add_option("--group", options->xml.group, "The dashboard's group")
      .type_name("NAME")
      .show_default();
  command
      .add_option("--stamp", options->xml.stamp,
                  "The build's stamp, YYYYMMDD-HHMM-GROUP (default: of\nthe first record's time)")
      .type_name("TEXT");
  options->query.add_to(command);
  options->history.add_to(command);
  command.callback([options, &exit_code] { exit_code = write_report(*options); });
}

}  // namespace assay
