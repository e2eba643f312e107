// `assay diff`: what changed between two runs.
#include <iostream>
#include <memory>

#include "cli/arguments.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/record_diff.h"
#include "cli/record_query.h"
#include "cli/table.h"

namespace assay {

namespace {

struct DiffOptions {
  HistoryOptions history;
  std::string before;
  std::string after;
  std::string format = "text";
};

std::vector<Record> records_of(const History& history, const std::string& run) {
  History::Query query;
  query.run_id = run;
  auto records = history.find(query);
  if (records.empty()) {
    throw InputError({"RUN", 0, 0},
                     "the history has no run '" + run + "'" + did_you_mean(run, history.runs()));
  }
  return records;
}

int show_diff(const DiffOptions& options) {
  const auto history = options.history.open();
  const auto before = records_of(history, options.before);
  const auto after = records_of(history, options.after);
  const auto diffs = diff_runs(before, after);
  if (options.format == "json") {
    std::cout << diff_json(diffs);
  } else {
    std::size_t on_both_sides = 0;
    for (const auto& diff : diffs) on_both_sides += diff.is_only_after ? 0 : 1;
    show_paged(diff_text(diffs, before.size() - on_both_sides));
  }
  return exit_passed;
}

}  // namespace

void add_diff_command(CliCommand app, int& exit_code) {
  auto command = app.add_subcommand("diff", "Show what changed between two runs");
  auto options = std::make_shared<DiffOptions>();
  command.add_option("BEFORE", options->before, "Run id").required();
  command.add_option("AFTER", options->after, "Run id").required();
  options->history.add_to(command);
  command.add_option("--format", options->format, "text or json")
      .one_of({"text", "json"})
      .show_default();
  command.callback([options, &exit_code] { exit_code = show_diff(*options); });
}

}  // namespace assay
