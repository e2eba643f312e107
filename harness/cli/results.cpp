// `assay results`: what the history says of runs and cases.
#include <iostream>
#include <memory>

#include "base/files.h"
#include "cli/arguments.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/image_origin.h"
#include "cli/record_query.h"
#include "cli/results_statistics.h"
#include "cli/results_text.h"
#include "report/report.h"

namespace assay {

namespace {

constexpr std::size_t k_most_failures_shown = 10;
constexpr std::size_t k_most_failing_listed = 10;

struct ResultsOptions {
  HistoryOptions history;
  RecordQueryOptions query;
  std::string format = "table";
  std::string save_dir;
  int verbosity = 0;
  bool statistics = false;
  bool exit_code = false;
};

// The verdicts of a table's lines, coloured: only the first word, so that columns stay aligned.
std::string coloured(std::string text) {
  if (!wants_colour()) return text;
  std::string out;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    const auto line = text.substr(begin, end - begin);
    const auto word = line.substr(0, line.find(' '));
    const char* style = word == "passed"    ? "32"
                        : word == "failed"  ? "31"
                        : word == "errored" ? "33"
                        : word == "skipped" ? "36"
                                            : nullptr;
    out += style == nullptr
               ? line
               : "\x1b[" + std::string(style) + "m" + word + "\x1b[0m" + line.substr(word.size());
    begin = end;
  }
  return out;
}

// The records as they were written, newest first.
std::string json_array(const History& history, const std::vector<HistoryRow>& rows) {
  std::string out = "[";
  history.visit(rows, [&](std::string_view json) {
    out += out.size() > 1 ? ",\n" : "\n";
    out += json;
  });
  out += out.size() == 1 ? "]\n" : "\n]\n";
  return out;
}

std::string failures_text(const History& history, const std::vector<HistoryRow>& rows) {
  std::string out;
  std::size_t shown = 0;
  std::size_t left = 0;
  for (const auto& row : rows) {
    if (row.verdict != Verdict::failed && row.verdict != Verdict::errored) continue;
    const auto record = shown < k_most_failures_shown ? history.record(row.id) : std::nullopt;
    if (!record) {
      ++left;
      continue;
    }
    out += "\n" + failure_details(*record, image_origin(*record));
    ++shown;
  }
  if (left > 0) {
    out += "\n... and " + std::to_string(left) +
           " more that did not pass: name one as KEY, or see --format json\n";
  }
  return out;
}

std::string statistics(const History& history, const std::vector<HistoryRow>& rows) {
  const auto since = [&](const HistoryRow& row) { return history.failing_since(row); };
  return "\n" + statistics_text(rows) +
         failing_text(failing_cases(rows, since, k_most_failing_listed)) +
         nodes_text(bad_nodes(history.nodes(rows)));
}

std::string table_text(const History& history, const ResultsOptions& options,
                       const std::vector<HistoryRow>& rows) {
  std::string out =
      coloured(render(results_table(rows, options.verbosity), TableFormat::text, terminal_width()));
  if (options.verbosity >= 3) {
    for (const auto& row : rows) {
      if (const auto record = history.record(row.id)) {
        out += "\n" + console_report(*record, wants_colour());
      }
    }
  } else {
    out += failures_text(history, rows);
  }
  if (options.statistics) out += statistics(history, rows);
  out += "\n" + counts_line(rows);
  return out;
}

std::string text_of(const History& history, const ResultsOptions& options,
                    const std::vector<HistoryRow>& rows) {
  if (options.format == "json") return json_array(history, rows);
  if (options.format == "table") return table_text(history, options, rows);
  if (options.format == "csv") {
    return render(results_data(rows, history.values(rows)), TableFormat::csv);
  }
  return render(results_table(rows, options.verbosity), TableFormat::markdown);
}

void save(const History& history, const std::vector<HistoryRow>& rows,
          const std::string& directory) {
  make_directories(directory);
  auto stamp = to_iso8601(now());
  std::erase(stamp, ':');
  const auto path = std::filesystem::path(directory) / ("results-" + stamp + ".json");
  write_file_atomically(path, json_array(history, rows));
  std::cerr << "saved " << path.string() << "\n";
}

int show_results(const ResultsOptions& options) {
  const auto history = options.history.open();
  const auto rows = select_rows(history, options.query, now());
  if (!options.save_dir.empty()) save(history, rows, options.save_dir);
  if (rows.empty()) {
    if (options.format == "json") std::cout << "[]\n";
    std::cerr << no_record_text(options.history, history, options.query);
    return options.exit_code ? exit_errored : exit_usage;
  }
  show_paged(text_of(history, options, rows));
  return options.exit_code ? status_of(rows) : exit_passed;
}

}  // namespace

void add_results_command(CliCommand app, int& exit_code) {
  auto command = app.add_subcommand("results", "Show results from the history");
  auto options = std::make_shared<ResultsOptions>();
  options->query.add_to(command);
  options->history.add_to(command);
  command.add_option("--format", options->format, "table, json, csv or markdown")
      .one_of({"table", "json", "csv", "markdown"})
      .show_default();
  command.add_flag("-v", options->verbosity,
                   "Also durations; -vv also jobs, GPUs, commits;\n"
                   "-vvv whole records");
  command.add_flag("--stats", options->statistics,
                   "Also statistics: times, pass rates, slowest,\n"
                   "flakiest, longest failing with the first bad\n"
                   "commit, nodes that fail more than their share");
  command.add_option("--save-dir", options->save_dir, "Also write the records there as JSON")
      .type_name("DIR");
  command.add_flag("--exit-code", options->exit_code,
                   "Exit as the run did: 1 a case failed,\n"
                   "3 a case errored");
  command.footer(
      "Without --run, --pipeline, --ref, --commit, --job, --since, --until or KEY: the\n"
      "newest run (of the branch). Of a case that was retried or run again only the\n"
      "newest record counts, unless --all is given. On a terminal, long output goes\n"
      "through $PAGER (default: less).");
  command.callback([options, &exit_code] { exit_code = show_results(*options); });
}

}  // namespace assay
