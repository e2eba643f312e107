#include "cli/baseline_compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/baseline_runs.h"
#include "cli/command_line.h"
#include "cli/options.h"
#include "cli/record_query.h"
#include "verdict/suggest.h"

namespace assay {

namespace {

struct CompareOptions {
  SiteOptions site;
  HistoryOptions history;
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
  std::optional<Comparison> comparison;  // nothing where a side lacks it, or has no number
  std::string problem;
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
    for (const auto& row : rows) keys_.emplace_back(row.key);
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

// A metric that got lost, or became NaN, is the worst that can become of it.
std::string problem_of(std::span<const double> before, std::span<const double> after,
                       const CompareOptions& options) {
  if (after.empty()) return "not logged by " + options.second;
  if (before.empty()) return "new: not logged by " + options.first;
  const auto is_nan = [](double value) { return std::isnan(value); };
  const bool is_new = std::any_of(after.begin(), after.end(), is_nan);
  return (is_new ? options.second : options.first) + " has NaN";
}

std::vector<Row> compare_product(const std::string& key, const Runs& first, const Runs& second,
                                 const CompareOptions& options) {
  std::vector<Row> rows;
  auto names = metrics_of(second.records);
  for (auto& name : metrics_of(first.records)) {
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  }
  const auto& wanted = options.metrics;
  for (const auto& metric : names) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), metric) == wanted.end()) {
      continue;
    }
    const auto before = values_of(first.records, metric);
    const auto after = values_of(second.records, metric);
    Row row{key, second.series, metric, before.size(), after.size(), {}, {}};
    row.comparison = compare_runs(before, after, goal_of(second, metric));
    if (!row.comparison) row.problem = problem_of(before, after, options);
    rows.push_back(std::move(row));
  }
  return rows;
}

bool is_lost(const Row& row) {
  return !row.comparison && row.first_runs > 0 && !row.problem.starts_with("new: ");
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
    nlohmann::ordered_json one{{"key", row.key},
                               {"series", row.series},
                               {"metric", row.metric},
                               {"first_runs", row.first_runs},
                               {"second_runs", row.second_runs}};
    if (row.comparison) {
      const auto outcome = row.comparison->outcome;
      one["outcome"] = outcome == Comparison::Outcome::too_few ? "too-few"
                       : outcome == Comparison::Outcome::worse ? "worse"
                                                               : to_string(outcome);
      one["first"] = row.comparison->first;
      one["second"] = row.comparison->second;
      one["p"] = row.comparison->p;
    } else {
      one["outcome"] = is_lost(row) ? "lost" : "new";
      one["problem"] = row.problem;
    }
    json.push_back(std::move(one));
  }
  std::cout << json.dump(2) << '\n';
}

void print_table(const std::vector<Row>& rows) {
  std::string key;
  for (const Row& row : rows) {
    if (row.key != key) std::cout << fmt::format("{} ({})\n", row.key, row.series);
    key = row.key;
    if (row.comparison) {
      std::cout << fmt::format("  {:<8}{}: {}\n", to_string(row.comparison->outcome), row.metric,
                               row.comparison->text);
    } else {
      std::cout << fmt::format("  {:<8}{}: {}\n", is_lost(row) ? "LOST" : "new", row.metric,
                               row.problem);
    }
  }
}

int compare(const CompareOptions& options) {
  const auto site = options.site.load();
  const History history(history_file(options.history.file, site));
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
      const auto of_product = compare_product(key, before, after, options);
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
    return is_lost(row) ||
           (row.comparison && row.comparison->outcome == Comparison::Outcome::worse);
  });
  return any_worse ? exit_failed : exit_passed;
}

}  // namespace

void add_baseline_compare_command(CliCommand baseline, int& exit_code) {
  auto options = std::make_shared<CompareOptions>();
  auto command =
      baseline.add_subcommand("compare", "Compare two runs or branches metric by metric");
  command.add_option("A", options->first, "Run id, or branch").required();
  command.add_option("B", options->second, "What is held against A").required();
  options->site.add_to(command);
  options->history.add_to(command);
  command.add_option("--metric", options->metrics, "Only these metrics").type_name("NAME");
  command.add_option("--key", options->key, "Only this product").type_name("KEY");
  command.add_option("--runs", options->runs, "How many of each product's newest runs count")
      .positive()
      .type_name("N")
      .show_default();
  command.add_option("--format", options->format, "table or json")
      .type_name("FORMAT")
      .one_of({"table", "json"})
      .show_default();
  command.footer(
      "Repeated runs are compared by their ranks (Mann-Whitney) at p < 0.05; too few\n"
      "runs for that are named. Exit code 1 where a metric is worse, or got lost.");
  command.callback([options, &exit_code] { exit_code = compare(*options); });
}

}  // namespace assay
