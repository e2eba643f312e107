#include "cli/results_statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "cli/results_text.h"
#include "cli/table.h"

namespace assay {

namespace {

using detail::duration_text;
using detail::minute_of;
using detail::name_of;

constexpr std::size_t k_most_listed = 5;
constexpr int k_least_failures = 3;  // of a node, before it is called bad
constexpr double k_chance = 0.01;    // that one of all nodes is called bad and is not

std::string_view label_of(const HistoryRow& row, std::string_view name) {
  for (const auto& [label, value] : row.labels) {
    if (label == name) return value;
  }
  return {};
}

double harness_seconds(const HistoryRow& row) {
  return std::max(0.0, row.total_seconds - row.queue_seconds - row.run_seconds);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void add_times(Table& table, std::string_view name, const std::vector<double>& values) {
  const double total = std::accumulate(values.begin(), values.end(), 0.0);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  table.add_cells({name, duration_text(total),
                   duration_text(total / static_cast<double>(values.size())),
                   duration_text(median(values)), duration_text(*least), duration_text(*most)});
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
  Table table({"TIME", "TOTAL", "MEAN", "MEDIAN", "MIN", "MAX"});
  add_times(table, "queue", queue);
  add_times(table, "run", run);
  add_times(table, "harness", harness);
  return render(table, TableFormat::text);
}

struct Tally {
  int passed = 0;
  int total = 0;
  int flaky = 0;
  int changes = 0;  // of the verdict, from one record to the next
  double seconds = 0;
  std::map<std::string_view, Verdict> last{};  // by launcher

  void add(const HistoryRow& row) {
    ++total;
    passed += row.verdict == Verdict::passed ? 1 : 0;
    flaky += row.flaky ? 1 : 0;
    const auto [before, is_first] = last.try_emplace(row.launcher, row.verdict);
    changes += !is_first && before->second != row.verdict ? 1 : 0;
    before->second = row.verdict;
    seconds += row.run_seconds;
  }
  // The share of passes, in a hundred.
  double rate() const { return 100.0 * passed / total; }
};

std::map<std::string_view, Tally> tally_by(
    std::span<const HistoryRow> rows,
    const std::function<std::string_view(const HistoryRow&)>& group) {
  std::map<std::string_view, Tally> out;
  for (const auto& row : rows) {
    if (row.verdict != Verdict::skipped) out[group(row)].add(row);
  }
  return out;
}

std::string models_text(std::span<const HistoryRow> rows) {
  Table table({"MODEL", "PASSED", "OF", "RATE"});
  for (const auto& [model, tally] :
       tally_by(rows, [](const HistoryRow& row) { return label_of(row, "model"); })) {
    table.add_cells({model.empty() ? "(none)" : model, std::to_string(tally.passed),
                     std::to_string(tally.total), fmt::format("{:.1f} %", tally.rate())});
  }
  return table.row_count() == 0 ? std::string{} : "\n" + render(table, TableFormat::text);
}

// The cases with the most of something, of those that have any.
template <typename Measure>
std::vector<std::pair<std::string_view, Tally>> top(const std::map<std::string_view, Tally>& cases,
                                                    Measure measure) {
  std::vector<std::pair<std::string_view, Tally>> out;
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
    out += "  " + duration_text(tally.seconds / tally.total) + "  " + std::string(name) + "\n";
  }
  const auto flakiest = top(cases, [](const Tally& tally) { return tally.flaky + tally.changes; });
  if (!flakiest.empty()) out += "\nFlakiest (passed by retry, or verdict changed)\n";
  for (const auto& [name, tally] : flakiest) {
    out += fmt::format("  {} of {}  {}\n", tally.flaky + tally.changes, tally.total, name);
  }
  return out;
}

// How likely `failed` or more of `attempts` are when each fails with probability `share`.
double tail(int attempts, int failed, double share) {
  if (share <= 0) return failed > 0 ? 0 : 1;
  if (share >= 1) return 1;
  double sum = 0;
  for (int i = failed; i <= attempts; ++i) {
    sum += std::exp(std::lgamma(attempts + 1.0) - std::lgamma(i + 1.0) -
                    std::lgamma(attempts - i + 1.0) + i * std::log(share) +
                    (attempts - i) * std::log1p(-share));
  }
  return sum;
}

double share_of(const NodeTally& tally) {
  return tally.attempts == 0 ? 0 : static_cast<double>(tally.failed) / tally.attempts;
}

}  // namespace

std::string statistics_text(std::span<const HistoryRow> rows) {
  double gpu_hours = 0;
  for (const auto& row : rows) gpu_hours += row.gpus * row.job_seconds / 3600;
  auto out = times_text(rows) + models_text(rows) + cases_text(rows);
  if (gpu_hours > 0) out += fmt::format("\nGPU-hours: {:.2f}\n", gpu_hours);
  return out;
}

std::vector<FailingCase> failing_cases(
    std::span<const HistoryRow> rows,
    const std::function<FailingSince(const HistoryRow& row)>& since, std::size_t most) {
  std::vector<FailingCase> out;
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const auto& row : rows) {
    if (!seen.emplace(row.key, row.launcher).second || row.verdict != Verdict::failed) continue;
    out.push_back({std::string(row.key), since(row)});
  }
  std::stable_sort(out.begin(), out.end(), [](const FailingCase& a, const FailingCase& b) {
    return a.since.since < b.since.since;
  });
  if (out.size() > most) out.resize(most);
  return out;
}

std::string failing_text(std::span<const FailingCase> cases) {
  if (cases.empty()) return {};
  std::string out = "\nLongest failing\n";
  for (const auto& one : cases) {
    const auto& since = one.since;
    out += fmt::format("  {} record{} since {}  {}", since.records, since.records == 1 ? "" : "s",
                       minute_of(since.since), name_of(one.key));
    if (!since.first_commit.empty()) {
      out += ", first bad commit " + since.first_commit.substr(0, 10);
    }
    if (!since.passed_commit.empty()) {
      out += ", passed with " + since.passed_commit.substr(0, 10);
    }
    out += "\n";
  }
  return out;
}

std::vector<BadNode> bad_nodes(const std::map<std::string, NodeTally>& nodes) {
  NodeTally all;
  for (const auto& [name, tally] : nodes) {
    all.attempts += tally.attempts;
    all.failed += tally.failed;
  }
  std::vector<BadNode> out;
  for (const auto& [name, tally] : nodes) {
    const NodeTally elsewhere{all.attempts - tally.attempts, all.failed - tally.failed};
    if (tally.failed < k_least_failures || elsewhere.attempts == 0) continue;
    // A share of nothing would make any failure impossible: elsewhere might have had one more.
    const double share = std::max(share_of(elsewhere), 1.0 / (elsewhere.attempts + 1));
    if (share_of(tally) <= share) continue;
    const double chance =
        tail(tally.attempts, tally.failed, share) * static_cast<double>(nodes.size());
    if (chance < k_chance) out.push_back({name, tally, elsewhere});
  }
  std::stable_sort(out.begin(), out.end(), [](const BadNode& a, const BadNode& b) {
    return share_of(a.here) > share_of(b.here);
  });
  return out;
}

std::string nodes_text(std::span<const BadNode> nodes) {
  if (nodes.empty()) return {};
  std::string out = "\nNodes that fail more than their share\n";
  for (const auto& node : nodes) {
    out +=
        fmt::format("  {}: {} of {} attempts failed ({:.0f} %), elsewhere {} of {} ({:.0f} %)\n",
                    node.name, node.here.failed, node.here.attempts, 100 * share_of(node.here),
                    node.elsewhere.failed, node.elsewhere.attempts, 100 * share_of(node.elsewhere));
  }
  return out;
}

}  // namespace assay
