#include "cli/results_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>

#include "base/files.h"
#include "base/text.h"
#include "cli/command_line.h"

namespace assay {

namespace {

constexpr std::size_t k_most_script_lines = 40;
constexpr std::size_t k_most_listed = 5;

std::string name_of(const std::string& key) { return key.substr(key.find('/') + 1); }

std::string duration(double seconds) {
  return format_duration(std::chrono::milliseconds(static_cast<long long>(seconds * 1000)));
}

bool is_excused(const HistoryRow& row) { return row.allowed_failure || row.quarantined; }

std::string verdict_text(const HistoryRow& row) {
  std::string text = to_string(row.verdict);
  if (row.verdict == Verdict::failed && row.quarantined) return text + " (quarantined)";
  if (row.verdict == Verdict::failed && row.allowed_failure) return text + " (allowed)";
  if (row.flaky) text += " (flaky)";
  return text;
}

std::string label_of(const HistoryRow& row, std::string_view name) {
  for (const auto& [label, value] : row.labels) {
    if (label == name) return value;
  }
  return {};
}

std::string minute_of(TimePoint time) {
  auto text = to_iso8601(time).substr(0, 16);
  text[10] = ' ';
  return text;
}

bool has_several_runs(std::span<const HistoryRow> rows) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const HistoryRow& row) { return row.run_id != rows.front().run_id; });
}

double harness_seconds(const HistoryRow& row) {
  return std::max(0.0, row.total_seconds - row.queue_seconds - row.run_seconds);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::vector<std::string> times_row(const std::string& name, const std::vector<double>& values) {
  const double total = std::accumulate(values.begin(), values.end(), 0.0);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return {name,
          duration(total),
          duration(total / static_cast<double>(values.size())),
          duration(median(values)),
          duration(*least),
          duration(*most)};
}

std::string times_text(std::span<const HistoryRow> rows) {
  std::vector<double> queue;
  std::vector<double> run;
  std::vector<double> harness;
  for (const auto& row : rows) {
    if (row.verdict == Verdict::skipped) continue;
    queue.push_back(row.queue_seconds);
    run.push_back(row.run_seconds);
    harness.push_back(harness_seconds(row));
  }
  if (queue.empty()) return {};
  const Table table{
      {"TIME", "TOTAL", "MEAN", "MEDIAN", "MIN", "MAX"},
      {times_row("queue", queue), times_row("run", run), times_row("harness", harness)}};
  return render(table, TableFormat::text);
}

struct Tally {
  int passed = 0;
  int total = 0;
  int flaky = 0;
  int changes = 0;  // of the verdict, from one record to the next
  double seconds = 0;
  const HistoryRow* last = nullptr;

  void add(const HistoryRow& row) {
    ++total;
    passed += row.verdict == Verdict::passed ? 1 : 0;
    flaky += row.flaky ? 1 : 0;
    changes += last != nullptr && last->verdict != row.verdict ? 1 : 0;
    seconds += row.run_seconds;
    last = &row;
  }
  // The share of passes, in a hundred.
  double rate() const { return 100.0 * passed / total; }
};

std::map<std::string, Tally> tally_by(std::span<const HistoryRow> rows,
                                      const std::function<std::string(const HistoryRow&)>& group) {
  std::map<std::string, Tally> out;
  for (const auto& row : rows) {
    if (row.verdict != Verdict::skipped) out[group(row)].add(row);
  }
  return out;
}

std::string models_text(std::span<const HistoryRow> rows) {
  Table table{{"MODEL", "PASSED", "OF", "RATE"}, {}};
  for (const auto& [model, tally] :
       tally_by(rows, [](const HistoryRow& row) { return label_of(row, "model"); })) {
    table.rows.push_back({model.empty() ? "(none)" : model, std::to_string(tally.passed),
                          std::to_string(tally.total), fmt::format("{:.1f} %", tally.rate())});
  }
  return table.rows.empty() ? std::string{} : "\n" + render(table, TableFormat::text);
}

// The cases with the most of something, of those that have any.
template <typename Measure>
std::vector<std::pair<std::string, Tally>> top(const std::map<std::string, Tally>& cases,
                                               Measure measure) {
  std::vector<std::pair<std::string, Tally>> out;
  for (const auto& one : cases) {
    if (measure(one.second) > 0) out.push_back(one);
  }
  std::stable_sort(out.begin(), out.end(), [&](const auto& a, const auto& b) {
    return measure(a.second) > measure(b.second);
  });
  if (out.size() > k_most_listed) out.resize(k_most_listed);
  return out;
}

std::string cases_text(std::span<const HistoryRow> rows) {
  const auto cases = tally_by(rows, [](const HistoryRow& row) { return name_of(row.key); });
  std::string out;
  const auto slowest = top(cases, [](const Tally& tally) { return tally.seconds / tally.total; });
  if (!slowest.empty()) out += "\nSlowest\n";
  for (const auto& [name, tally] : slowest) {
    out += "  " + duration(tally.seconds / tally.total) + "  " + name + "\n";
  }
  const auto flakiest = top(cases, [](const Tally& tally) { return tally.flaky + tally.changes; });
  if (!flakiest.empty()) out += "\nFlakiest (passed by retry, or verdict changed)\n";
  for (const auto& [name, tally] : flakiest) {
    out += fmt::format("  {} of {}  {}\n", tally.flaky + tally.changes, tally.total, name);
  }
  return out;
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
  Table table{{"VERDICT"}, {}};
  auto& columns = table.columns;
  if (shows_runs) columns.insert(columns.end(), {"CREATED", "RUN"});
  columns.emplace_back("CASE");
  if (verbosity >= 1) columns.insert(columns.end(), {"QUEUE", "RUN TIME", "TOTAL"});
  if (verbosity >= 2) {
    columns.insert(columns.end(), {"JOB", "LAUNCHER", "GPU", "BRANCH", "COMMIT"});
  }
  columns.emplace_back("SUMMARY");
  for (const auto& row : rows) {
    std::vector<std::string> line{verdict_text(row)};
    if (shows_runs) line.insert(line.end(), {minute_of(row.created), row.run_id});
    line.push_back(name_of(row.key));
    if (verbosity >= 1) {
      line.insert(line.end(), {duration(row.queue_seconds), duration(row.run_seconds),
                               duration(row.total_seconds)});
    }
    if (verbosity >= 2) {
      line.insert(line.end(), {row.job_id, row.launcher, row.gpu_model, row.branch,
                               row.git_commit.substr(0, 10)});
    }
    line.push_back(row.summary);
    table.rows.push_back(std::move(line));
  }
  return table;
}

Table results_data(std::span<const HistoryRow> rows) {
  Table table{{"key", "verdict", "allowed_failure", "quarantined", "flaky", "run_id", "pipeline_id",
               "created", "launcher", "gpu_model", "gpus", "job_id", "branch", "commit",
               "queue_seconds", "run_seconds", "total_seconds", "summary"},
              {}};
  const auto truth = [](bool value) { return value ? "true" : "false"; };
  for (const auto& row : rows) {
    table.rows.push_back({row.key, to_string(row.verdict), truth(row.allowed_failure),
                          truth(row.quarantined), truth(row.flaky), row.run_id, row.pipeline_id,
                          to_iso8601(row.created), row.launcher, row.gpu_model,
                          std::to_string(row.gpus), row.job_id, row.branch, row.git_commit,
                          format_number(row.queue_seconds), format_number(row.run_seconds),
                          format_number(row.total_seconds), row.summary});
  }
  return table;
}

std::string counts_line(std::span<const HistoryRow> rows) {
  std::map<Verdict, int> counts;
  int excused = 0;
  std::set<std::string> runs;
  for (const auto& row : rows) {
    ++counts[row.verdict];
    excused += row.verdict == Verdict::failed && is_excused(row) ? 1 : 0;
    runs.insert(row.run_id);
  }
  std::vector<std::string> parts;
  for (const auto& [verdict, count] : counts) {
    parts.push_back(std::to_string(count) + " " + to_string(verdict));
    if (verdict == Verdict::failed && excused > 0) {
      parts.back() += fmt::format(" ({} excused)", excused);
    }
  }
  const auto where =
      runs.size() == 1 ? "run " + *runs.begin() : std::to_string(runs.size()) + " runs";
  return fmt::format("{} record{} of {}: {}\n", rows.size(), rows.size() == 1 ? "" : "s", where,
                     join(parts, ", "));
}

std::string failure_details(const Record& record) {
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
  for (const auto& log : record.logs) out += "  log: " + log + "\n";
  if (record.attempts.empty()) return out;
  const auto script = record.attempts.back().directory + "/script.sh";
  const auto text = read_file_if_exists(script);
  if (!text) return out + "  script: " + script + " (no longer there)\n";
  return out + "  script: " + script + "\n" + indented(*text, k_most_script_lines, script);
}

std::string statistics_text(std::span<const HistoryRow> rows) {
  double gpu_hours = 0;
  for (const auto& row : rows) gpu_hours += row.gpus * row.run_seconds / 3600;
  auto out = times_text(rows) + models_text(rows) + cases_text(rows);
  if (gpu_hours > 0) out += fmt::format("\nGPU-hours: {:.2f}\n", gpu_hours);
  return out;
}

std::vector<FailingCase> failing_cases(
    std::span<const HistoryRow> rows,
    const std::function<std::vector<HistoryRow>(const HistoryRow& row)>& past, std::size_t most) {
  std::vector<FailingCase> out;
  std::set<std::string> seen;
  for (const auto& row : rows) {
    if (!seen.insert(row.key + "\n" + row.launcher).second || row.verdict != Verdict::failed) {
      continue;
    }
    if (out.size() == most) break;
    FailingCase failing{row.key, 0, row.created, row.git_commit, {}};
    for (const auto& earlier : past(row)) {
      if (earlier.created > row.created || earlier.launcher != row.launcher) continue;
      if (earlier.verdict == Verdict::passed) {
        failing.passed_commit = earlier.git_commit;
        break;
      }
      if (earlier.verdict != Verdict::failed) continue;  // it says nothing of the code
      ++failing.runs;
      failing.since = earlier.created;
      failing.first_commit = earlier.git_commit;
    }
    out.push_back(failing);
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const FailingCase& a, const FailingCase& b) { return a.since < b.since; });
  return out;
}

std::string failing_text(std::span<const FailingCase> cases) {
  if (cases.empty()) return {};
  std::string out = "\nLongest failing\n";
  for (const auto& one : cases) {
    out += fmt::format("  {} run{} since {}  {}", one.runs, one.runs == 1 ? "" : "s",
                       minute_of(one.since), name_of(one.key));
    if (!one.first_commit.empty()) out += ", first bad commit " + one.first_commit.substr(0, 10);
    if (!one.passed_commit.empty()) out += ", passed with " + one.passed_commit.substr(0, 10);
    out += "\n";
  }
  return out;
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
