// `assay report`: the records of a run as CTest's Test.xml.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "base/files.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/record_query.h"
#include "report/test_xml.h"

namespace assay {

namespace {

struct ReportOptions {
  HistoryOptions history;
  RecordQueryOptions query;
  TestXmlOptions xml;
  std::string file;
};

int write_report(const ReportOptions& options) {
  const auto history = options.history.open();
  auto records = select_records(history, options.query, now());
  if (records.empty()) {
    std::cerr << "assay: no record in " << options.history.path().string() << " matches\n";
    return exit_usage;
  }
  std::reverse(records.begin(), records.end());
  const auto text = test_xml(records, options.xml);
  if (options.file == "-") {
    std::cout << text << std::flush;
  } else {
    write_file_atomically(options.file, text);
  }
  return exit_passed;
}

}  // namespace

void add_report_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("report", "Write the records of a run as CTest's Test.xml");
  auto options = std::make_shared<ReportOptions>();
  command
      ->add_option("--ctest-xml", options->file,
                   "File to write, - for stdout; submit it as\n"
                   "ctest does its own, also when ctest was killed")
      ->type_name("FILE")
      ->required();
  command->add_option("--site-name", options->xml.site, "The machine's name on the dashboard")
      ->type_name("NAME")
      ->required();
  command->add_option("--build-name", options->xml.build_name, "The build's name, stable over time")
      ->type_name("NAME")
      ->required();
  command->add_option("--group", options->xml.group, "The dashboard's group")
      ->type_name("NAME")
      ->capture_default_str();
  options->query.add_to(*command);
  options->history.add_to(*command);
  command->callback([options, &exit_code] { exit_code = write_report(*options); });
}

}  // namespace assay
