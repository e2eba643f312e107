#include "cli/baseline_compare.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/baseline_runs.h"
#include "cli/command_line.h"
#include "cli/options.h"
#include "verdict/suggest.h"

namespace assay {

namespace {

struct CompareOptions {
  SiteOptions site;
  std::string history;
  std::string first;
  std::string second;
  std::vector<std::string> metrics;
  std::string key;
  std::size_t runs = 20;
  std::string format = "table";
};

struct Row {
  std::string key;
  std::string series;
  std::string metric;
  std::size_t first_runs = 0;
  std::size_t second_runs = 0;
  Comparison comparison;
};

// The keys that a run or branch has records of.
class Side {
 public:
  Side(const History& history, const std::string& name, const CompareOptions& options)
      : history_(history), options_(options), name_(name) {
    auto rows = rows_of(true);
    if (rows.empty()) {
      is_run_ = false;
      rows = rows_of(false);
    }
    if (rows.empty()) {
      auto known = history.runs();
      throw InputError(
          {"baseline compare", 0, 0},
          "no run and no branch '" + name + "' in the history" + did_you_mean(name, known));
    }
    for (const auto& row : rows) keys_.push_back(row.key);
    std::sort(keys_.begin(), keys_.end());
    keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
  }

  const std::vector<std::string>& keys() const { return keys_; }

  Runs runs_of(const std::string& key) const {
    RunQuery query;
    query.key = key;
    query.launcher = options_.site.launcher;
    query.last = options_.runs;
    (is_run_ ? query.run_id : query.branch) = name_;
    return find_runs(history_, query);
  }

 private:
  std::vector<HistoryRow> rows_of(bool as_run) const {
    History::Query query;
    query.key = options_.key;
    query.launcher = options_.site.launcher;
    (as_run ? query.run_id : query.branch) = name_;
    return history_.rows(query);
  }

  const History& history_;
  const CompareOptions& options_;
  std::string name_;
  bool is_run_ = true;
  std::vector<std::string> keys_;
};

Goal goal_of(const Runs& runs, const std::string& metric) {
  for (const Record& record : runs.records) {
    for (const Metric& one : record.metrics) {
      if (one.name == metric) return one.goal;
    }
  }
  return Goal::none;
}

std::vector<Row> compare_product(const std::string& key, const Runs& first, const Runs& second,
                                 const std::vector<std::string>& metrics) {
  std::vector<Row> rows;
  for (const auto& metric : metrics_of(second.records)) {
    if (!metrics.empty() && std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) {
      continue;
    }
    const auto before = values_of(first.records, metric);
    const auto after = values_of(second.records, metric);
    const auto comparison = compare_runs(before, after, goal_of(second, metric));
    if (!comparison) continue;
    rows.push_back({key, second.series, metric, before.size(), after.size(), *comparison});
  }
  return rows;
}

std::string_view to_string(Comparison::Outcome outcome) {
  using Outcome = Comparison::Outcome;
  switch (outcome) {
    case Outcome::same:
      return "same";
    case Outcome::better:
      return "better";
    case Outcome::worse:
      return "WORSE";
    case Outcome::changed:
      return "changed";
    case Outcome::too_few:
      return "?";
  }
  return {};
}

void print_json(const std::vector<Row>& rows) {
  auto json = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    const auto outcome = row.comparison.outcome;
    json.push_back({{"key", row.key},
                    {"series", row.series},
                    {"metric", row.metric},
                    {"outcome", outcome == Comparison::Outcome::too_few ? "too-few"
                                : outcome == Comparison::Outcome::worse ? "worse"
                                                                        : to_string(outcome)},
                    {"first", row.comparison.first},
                    {"second", row.comparison.second},
                    {"first_runs", row.first_runs},
                    {"second_runs", row.second_runs},
                    {"p", row.comparison.p}});
  }
  std::cout << json.dump(2) << '\n';
}

void print_table(const std::vector<Row>& rows) {
  std::string key;
  for (const Row& row : rows) {
    if (row.key != key) std::cout << fmt::format("{} ({})\n", row.key, row.series);
    key = row.key;
    std::cout << fmt::format("  {:<8}{}: {}\n", to_string(row.comparison.outcome), row.metric,
                             row.comparison.text);
  }
}

int compare(const CompareOptions& options) {
  const auto site = options.site.load();
  const History history(history_file(options.history, site));
  const Side first(history, options.first, options);
  const Side second(history, options.second, options);
  std::vector<Row> rows;
  for (const auto& key : second.keys()) {
    const auto before = first.runs_of(key);
    const auto after = second.runs_of(key);
    if (before.records.empty() || after.records.empty()) {
      std::cerr << fmt::format("{}: no usable runs of {}\n", key,
                               before.records.empty() ? options.first : options.second);
    } else if (before.series != after.series) {
      std::cerr << fmt::format("{}: {} and {} are not compared\n", key, before.series,
                               after.series);
    } else {
      const auto of_product = compare_product(key, before, after, options.metrics);
      rows.insert(rows.end(), of_product.begin(), of_product.end());
    }
  }
  for (const auto& key : first.keys()) {
    const bool in_both = std::binary_search(second.keys().begin(), second.keys().end(), key);
    if (!in_both) std::cerr << fmt::format("{}: no runs of {}\n", key, options.second);
  }
  options.format == "json" ? print_json(rows) : print_table(rows);
  if (rows.empty()) {
    std::cerr << "assay: nothing to compare\n";
    return exit_failed;
  }
  const bool any_worse = std::any_of(rows.begin(), rows.end(), [](const Row& row) {
    return row.comparison.outcome == Comparison::Outcome::worse;
  });
  return any_worse ? exit_failed : exit_passed;
}

}  // namespace

void add_baseline_compare_command(CLI::App& baseline, int& exit_code) {
  auto options = std::make_shared<CompareOptions>();
  auto* command = baseline.add_subcommand(
      "compare", "Compare two runs or branches metric by metric; 1 when one is worse");
  command->add_option("A", options->first, "a run id or a branch")->required();
  command->add_option("B", options->second, "what is held against A")->required();
  options->site.add_to(*command);
  command->add_option("--history", options->history, "the history file");
  command->add_option("--metric", options->metrics, "only these metrics");
  command->add_option("--key", options->key, "only this product");
  command->add_option("--runs", options->runs, "the newest runs of each product that count")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--format", options->format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  command->callback([options, &exit_code] { exit_code = compare(*options); });
}

}  // namespace assay
