#include "cli/results_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/files.h"
#include "base/text.h"
#include "cli/command_line.h"

namespace assay {

namespace detail {

std::string_view name_of(std::string_view key) { return key.substr(key.find('/') + 1); }

std::string duration_text(double seconds) {
  return format_duration(std::chrono::milliseconds(static_cast<long long>(seconds * 1000)));
}

std::string minute_of(TimePoint time) {
  auto text = to_iso8601(time);
  text.resize(16);
  text[10] = ' ';
  return text;
}

}  // namespace detail

namespace {

using detail::duration_text;
using detail::minute_of;
using detail::name_of;

constexpr std::size_t k_most_script_lines = 40;

bool is_excused(const HistoryRow& row) { return row.allowed_failure || row.quarantined; }

std::string verdict_text(const HistoryRow& row) {
  std::string text = to_string(row.verdict);
  if (row.verdict == Verdict::failed && row.quarantined) return text + " (quarantined)";
  if (row.verdict == Verdict::failed && row.allowed_failure) return text + " (allowed)";
  if (row.flaky) text += " (flaky)";
  return text;
}

bool has_several_runs(std::span<const HistoryRow> rows) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const HistoryRow& row) { return row.run_id != rows.front().run_id; });
}

std::string indented(const std::string& text, std::size_t most_lines, const std::string& path) {
  auto lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  const auto shown = std::min(lines.size(), most_lines);
  std::string out;
  for (std::size_t i = 0; i < shown; ++i) out += "    " + lines[i] + "\n";
  if (lines.size() > shown) {
    out += fmt::format("    ... {} more lines in {}\n", lines.size() - shown, path);
  }
  return out;
}

}  // namespace

Table results_table(std::span<const HistoryRow> rows, int verbosity) {
  const bool shows_runs = has_several_runs(rows);
  std::vector<std::string> columns{"VERDICT"};
  if (shows_runs) columns.insert(columns.end(), {"CREATED", "RUN"});
  columns.emplace_back("CASE");
  if (verbosity >= 1) columns.insert(columns.end(), {"QUEUE", "RUN TIME", "TOTAL"});
  if (verbosity >= 2) {
    columns.insert(columns.end(), {"JOB", "LAUNCHER", "GPU", "BRANCH", "COMMIT"});
  }
  columns.emplace_back("SUMMARY");
  Table table(std::move(columns));
  for (const auto& row : rows) {
    table.add(verdict_text(row));
    if (shows_runs) table.add_cells({minute_of(row.created), row.run_id});
    table.add(name_of(row.key));
    if (verbosity >= 1) {
      for (const double seconds : {row.queue_seconds, row.run_seconds, row.total_seconds}) {
        table.add(duration_text(seconds));
      }
    }
    if (verbosity >= 2) {
      table.add_cells(
          {row.job_id, row.launcher, row.gpu_model, row.branch, row.git_commit.substr(0, 10)});
    }
    table.add(row.summary);
  }
  return table;
}

Table results_data(std::span<const HistoryRow> rows, std::span<const HistoryValue> values) {
  std::set<std::string_view> metrics;  // a column for each, in the order of their names
  for (const auto& value : values) metrics.insert(value.metric);
  std::vector<std::string> columns{
      "key",         "verdict", "allowed_failure", "quarantined", "flaky",         "run_id",
      "pipeline_id", "created", "launcher",        "gpu_model",   "gpus",          "job_id",
      "branch",      "commit",  "queue_seconds",   "run_seconds", "total_seconds", "summary"};
  for (const auto name : metrics) columns.push_back("metric." + std::string(name));
  Table table(std::move(columns));
  const auto truth = [](bool value) { return value ? "true" : "false"; };
  auto next = values.begin();
  for (const auto& row : rows) {
    table.add_cells({row.key, to_string(row.verdict), truth(row.allowed_failure),
                     truth(row.quarantined), truth(row.flaky), row.run_id, row.pipeline_id,
                     to_iso8601(row.created), row.launcher, row.gpu_model, std::to_string(row.gpus),
                     row.job_id, row.branch, row.git_commit, format_number(row.queue_seconds),
                     format_number(row.run_seconds), format_number(row.total_seconds),
                     row.summary});
    std::map<std::string_view, double> own;
    for (; next != values.end() && next->record == row.id; ++next) own[next->metric] = next->value;
    for (const auto name : metrics) {
      const auto found = own.find(name);
      table.add(found == own.end() ? std::string{} : format_number(found->second));
    }
  }
  return table;
}

std::string counts_line(std::span<const HistoryRow> rows) {
  std::map<Verdict, int> counts;
  int excused = 0;
  std::set<std::string_view> runs;
  std::string_view run;
  for (const auto& row : rows) {
    ++counts[row.verdict];
    excused += row.verdict == Verdict::failed && is_excused(row) ? 1 : 0;
    if (runs.empty() || row.run_id != run) runs.insert(run = row.run_id);
  }
  std::vector<std::string> parts;
  for (const auto& [verdict, count] : counts) {
    parts.push_back(std::to_string(count) + " " + to_string(verdict));
    if (verdict == Verdict::failed && excused > 0) {
      parts.back() += fmt::format(" ({} excused)", excused);
    }
  }
  const auto where = runs.size() == 1 ? "run " + std::string(*runs.begin())
                                      : std::to_string(runs.size()) + " runs";
  return fmt::format("{} record{} of {}: {}\n", rows.size(), rows.size() == 1 ? "" : "s", where,
                     join(parts, ", "));
}

std::string failure_details(const Record& record, const std::string& image_origin) {
  std::string out = to_iso8601(record.created) + " " + record.name + ": " +
                    to_string(record.verdict) + ": " + record.summary + "\n";
  out += "  run " + record.run_id;
  if (!record.pipeline_id.empty()) out += ", pipeline " + record.pipeline_id;
  if (!record.git_commit.empty()) {
    out += ", commit " + record.git_commit + (record.git_dirty ? " with changes" : "");
  }
  out += "\n";
  for (const auto& attempt : record.attempts) {
    out += fmt::format("  attempt {}: job {} on {}, {}\n", attempt.number,
                       attempt.job_id.empty() ? "(none)" : attempt.job_id,
                       attempt.nodes.empty() ? record.launcher : join(attempt.nodes, " "),
                       describe(attempt.end));
  }
  if (!record.image.empty()) out += "  image: " + record.image + "\n";
  if (!image_origin.empty()) out += "  made by: " + image_origin + "\n";
  for (const auto& log : record.logs) out += "  log: " + log + "\n";
  if (record.attempts.empty()) return out;
  out += "  again: assay rerun " + shell_quote(record.key) + " --run " +
         shell_quote(record.run_id) + "\n";
  const auto script = record.attempts.back().directory + "/script.sh";
  const auto text = read_file_if_exists(script);
  if (!text) return out + "  script: " + script + " (no longer there)\n";
  return out + "  script: " + script + "\n" + indented(*text, k_most_script_lines, script);
}

int status_of(std::span<const HistoryRow> rows) {
  int status = rows.empty() ? exit_errored : exit_passed;
  for (const auto& row : rows) {
    if (row.verdict == Verdict::failed && !is_excused(row)) return exit_failed;
    if (row.verdict == Verdict::errored) status = exit_errored;
  }
  return status;
}

}  // namespace assay
