// `assay history`: the history file itself: check, prune, export, import.
#include <fstream>
#include <iostream>
#include <memory>

#include "cli/arguments.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/history_cdash.h"
#include "cli/record_query.h"

namespace assay {

namespace {

struct HistoryCommandOptions {
  HistoryOptions history;
  std::string file = "-";
  std::string since;
  std::string until;
  std::string before;
  CdashHistoryOptions cdash;
};

int check_history(const HistoryCommandOptions& options) {
  const auto history = options.history.open();
  const auto problems = history.check();
  for (const auto& problem : problems) std::cout << problem << '\n';
  if (problems.empty()) std::cout << options.history.path().string() << ": all is well\n";
  return problems.empty() ? exit_passed : exit_failed;
}

int prune_history(const HistoryCommandOptions& options) {
  auto history = options.history.open();
  const auto removed = history.prune(parse_period(options.before, now(), "--before"));
  history.vacuum();
  std::cout << "removed " << removed << (removed == 1 ? " record\n" : " records\n");
  return exit_passed;
}

int vacuum_history(const HistoryCommandOptions& options) {
  auto history = options.history.open();
  const auto file = options.history.path();
  std::error_code code;
  const auto before = std::filesystem::file_size(file, code);
  history.vacuum();
  const auto after = std::filesystem::file_size(file, code);
  if (!code) std::cout << file.string() << ": " << before << " -> " << after << " bytes\n";
  return exit_passed;
}

int export_history(const HistoryCommandOptions& options) {
  const auto history = options.history.open();
  History::Query query;
  query.all = true;
  if (!options.since.empty()) query.since = parse_period(options.since, now(), "--since");
  if (!options.until.empty()) query.until = parse_period(options.until, now(), "--until");
  std::size_t count = 0;
  if (options.file == "-") {
    count = history.export_lines(std::cout, query);
    std::cout.flush();
    if (!std::cout) throw Error("cannot write the records to stdout");
  } else {
    std::ofstream out(options.file);
    count = history.export_lines(out, query);
    out.close();
    if (!out) throw Error("cannot write " + options.file);
  }
  std::cerr << count << (count == 1 ? " record\n" : " records\n");
  return exit_passed;
}

int push_history(const HistoryCommandOptions& options) {
  const auto history = options.history.open();
  History::Query query;
  if (!options.since.empty()) query.since = parse_period(options.since, now(), "--since");
  if (!options.until.empty()) query.until = parse_period(options.until, now(), "--until");
  const auto records = history.find(query);
  if (records.empty()) {
    std::cerr << "assay: no record in " << options.history.path().string() << " matches\n";
    return exit_usage;
  }
  const auto count = push_records(options.cdash, records);
  std::cerr << records.size() << (records.size() == 1 ? " record in " : " records in ") << count
            << (count == 1 ? " build\n" : " builds\n");
  return exit_passed;
}

int import_history(const HistoryCommandOptions& options) {
  History history(options.history.path());  // it may be new
  std::size_t count = 0;
  if (!options.cdash.url.empty()) {
    count = import_from_cdash(options.cdash, history);
  } else if (options.file == "-") {
    count = history.import_lines(std::cin, "stdin");
  } else {
    std::ifstream in(options.file);
    if (!in) throw InputError({"FILE", 0, 0}, "cannot open " + options.file);
    count = history.import_lines(in, options.file);
  }
  std::cerr << count << (count == 1 ? " record\n" : " records\n");
  return exit_passed;
}

}  // namespace

void add_history_command(CliCommand app, int& exit_code) {
  auto command = app.add_subcommand("history", "Check, prune, export or import the history");
  command.require_subcommand();
  auto options = std::make_shared<HistoryCommandOptions>();
  const auto add = [&](const char* name, const char* what,
                       int (*run)(const HistoryCommandOptions&)) {
    auto part = command.add_subcommand(name, what);
    options->history.add_to(part);
    part.callback([options, &exit_code, run] { exit_code = run(*options); });
    return part;
  };
  add("check", "Say what is wrong with it (then exit code 1)", check_history);
  auto prune = add("prune", "Take out old records and shrink the file", prune_history);
  prune.add_option("--before", options->before, "Older than a period (90d, 6M) or a UTC time")
      .type_name("TIME")
      .required();
  add("vacuum", "Shrink the file to what it needs", vacuum_history);
  auto to = add("export", "Write records as JSON lines, oldest first", export_history);
  to.add_option("FILE", options->file, "File to write, - for stdout").show_default();
  to.add_option("--since", options->since, "From a period or time on").type_name("TIME");
  to.add_option("--until", options->until, "Before a period or time").type_name("TIME");
  auto from = add("import", "Add records from JSON lines, or from a CDash server", import_history);
  from.add_option("FILE", options->file, "File to read, - for stdin").show_default();
  options->cdash.add_to_import(from);
  auto push = add("push", "Send records to a CDash server as past builds", push_history);
  push.add_option("--since", options->since, "From a period or time on").type_name("TIME");
  push.add_option("--until", options->until, "Before a period or time").type_name("TIME");
  options->cdash.add_to_push(push);
}

}  // namespace assay
