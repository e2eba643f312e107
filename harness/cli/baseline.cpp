// `assay baseline`: bounds from runs (suggest), into recipe files (update), and runs compared.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/baseline_compare.h"
#include "cli/baseline_runs.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/record_query.h"
#include "recipe/edit.h"
#include "verdict/bound.h"
#include "verdict/suggest.h"

namespace assay {

namespace {

struct BaselineOptions {
  SiteOptions site;
  CallerOptions caller;
  SelectionOptions selection;
  HistoryOptions history;
  std::string branch;
  std::string since;
  std::vector<std::string> metrics;
  std::size_t runs = 10;
  SuggestOptions suggest;
  std::string format = "table";
  bool write = false;

  void add_to(CliCommand command) {
    selection.add_to(command);
    site.add_to(command);
    caller.add_to(command);
    history.add_to(command);
    command.add_option("--branch", branch, "Only runs of this branch").type_name("NAME");
    command
        .add_option("--since", since,
                    "Only runs from this date on (UTC), as 2027-01-31\n"
                    "or 2027-01-31T14:30")
        .type_name("DATE");
    command.add_option("--metric", metrics, "Only these metrics, with or without a baseline now")
        .type_name("NAME");
    command.add_option("--runs", runs, "How many of the newest runs count")
        .positive()
        .type_name("N")
        .show_default();
    command.add_option("--at-least", suggest.at_least, "Fewer runs than this suggest nothing")
        .positive()
        .type_name("N")
        .show_default();
    command.add_option("--sigma", suggest.deviations, "Standard deviations to each side")
        .positive()
        .type_name("K")
        .show_default();
  }

  std::optional<TimePoint> first_day() const {
    if (since.empty()) return std::nullopt;
    const auto time = from_iso8601(since);
    if (!time) {
      throw InputError({"--since", 1, 1}, "'" + since + "' is no date such as 2027-01-31", since);
    }
    return time;
  }
};

// A metric of a product with what its runs suggest.
struct Row {
  const GridProduct* product = nullptr;
  std::string metric;
  std::string series;
  std::string current;  // the bound it has; empty: none
  Suggestion suggestion;
};

struct Suggestions {
  std::vector<Row> rows;
  std::vector<std::string> without_runs;  // names of products
  std::vector<std::string> notes;
};

// What to suggest for: the product's baselines, or the metrics asked for.
std::vector<std::pair<std::string, Bound>> wanted_bounds(const Product& product,
                                                         const std::vector<std::string>& metrics) {
  std::vector<std::pair<std::string, Bound>> wanted;
  const auto is_asked = [&](const std::string& metric) {
    return metrics.empty() || std::find(metrics.begin(), metrics.end(), metric) != metrics.end();
  };
  for (const Baseline& baseline : product.checks.baselines) {
    const bool is_new = std::none_of(wanted.begin(), wanted.end(),
                                     [&](const auto& one) { return one.first == baseline.metric; });
    if (is_new && is_asked(baseline.metric)) wanted.emplace_back(baseline.metric, baseline.bound);
  }
  for (const auto& metric : metrics) {
    const bool has_baseline = std::any_of(wanted.begin(), wanted.end(),
                                          [&](const auto& one) { return one.first == metric; });
    if (has_baseline) continue;
    Goal goal = Goal::none;
    for (const auto& definition : product.metrics) {
      if (definition.name == metric) goal = definition.goal;
    }
    wanted.emplace_back(metric, bound_for_goal(goal));
  }
  return wanted;
}

void suggest_for(const GridProduct& grid_product, const Product& product, const Runs& runs,
                 const BaselineOptions& options, Suggestions& out) {
  for (const auto& [metric, bound] : wanted_bounds(product, options.metrics)) {
    const auto check = metric + "." + std::string(to_string(bound.op));
    const auto values = values_of(runs.records, metric, check);
    Row row{&grid_product, metric, runs.series, {}, suggest_bound(bound, values, options.suggest)};
    for (const Baseline& baseline : product.checks.baselines) {
      if (baseline.metric == metric && row.current.empty()) row.current = describe(baseline.bound);
    }
    out.rows.push_back(std::move(row));
  }
}

Suggestions suggestions_for(const Selection& selection, const BaselineOptions& options,
                            const Site& site) {
  const auto& launcher = pick_launcher(site, options.site.launcher);
  const auto resolve_options = options.caller.resolve_options(launcher);
  const auto since = options.first_day();
  const History history(history_file(options.history.file, site));
  Suggestions out;
  for (const GridProduct& grid_product : selection.products) {
    RunQuery query;
    query.key = grid_product.key;
    query.launcher = options.site.launcher;
    query.branch = options.branch;
    query.since = since;
    query.last = options.runs;
    const auto runs = find_runs(history, query);
    if (runs.records.empty()) {
      out.without_runs.push_back(grid_product.name());
      continue;
    }
    if (runs.of_others > 0) {
      out.notes.push_back(fmt::format("{}: {} runs on other launchers or GPUs than {} do not count",
                                      grid_product.name(), runs.of_others, runs.series));
    }
    const auto product = resolve(grid_product, resolve_options, selection.recipes);
    suggest_for(grid_product, product, runs, options, out);
  }
  return out;
}

void print_notes(const Suggestions& suggestions) {
  for (const auto& note : suggestions.notes) std::cerr << note << '\n';
  for (const auto& name : suggestions.without_runs) std::cerr << "no runs: " << name << '\n';
}

void print_table(const std::vector<Row>& rows) {
  std::string product;
  for (const Row& row : rows) {
    if (row.product->key != product) {
      product = row.product->key;
      std::cout << fmt::format("{} ({})\n", row.product->name(), row.series);
    }
    const auto& suggestion = row.suggestion;
    const auto found =
        suggestion.bound ? describe(*suggestion.bound) : "nothing: " + suggestion.reason;
    std::cout << fmt::format("  {}: {} (now {}; {} runs, mean {:.6g}, deviation {:.3g})\n",
                             row.metric, found, row.current.empty() ? "none" : row.current,
                             suggestion.runs, suggestion.mean, suggestion.deviation);
  }
}

nlohmann::ordered_json to_json(const Row& row) {
  const auto& suggestion = row.suggestion;
  nlohmann::ordered_json json{{"key", row.product->key}, {"metric", row.metric},
                              {"series", row.series},    {"runs", suggestion.runs},
                              {"mean", suggestion.mean}, {"deviation", suggestion.deviation},
                              {"current", row.current}};
  if (!suggestion.bound) {
    json["reason"] = suggestion.reason;
    return json;
  }
  const Bound& bound = *suggestion.bound;
  json["operator"] = to_string(bound.op);
  if (bound.minimum) json["min"] = *bound.minimum;
  if (bound.maximum) json["max"] = *bound.maximum;
  if (bound.op != Bound::Operator::range) json["value"] = bound.value;
  return json;
}

int suggest(const BaselineOptions& options) {
  const auto site = options.site.load();
  const auto selection = select(options.selection);
  if (const int code = report_errors(selection); code != exit_passed) return code;
  const auto suggestions = suggestions_for(selection, options, site);
  if (options.format == "json") {
    auto json = nlohmann::ordered_json::array();
    for (const Row& row : suggestions.rows) json.push_back(to_json(row));
    std::cout << json.dump(2) << '\n';
  } else {
    print_table(suggestions.rows);
  }
  print_notes(suggestions);
  const bool any = std::any_of(suggestions.rows.begin(), suggestions.rows.end(),
                               [](const Row& row) { return row.suggestion.bound.has_value(); });
  return any ? exit_passed : exit_failed;
}

// The file that a name means, past links, with its own permissions.
void overwrite(const std::string& name, const std::string& text) {
  const auto path = std::filesystem::canonical(name);
  struct stat info {};
  constexpr unsigned k_permissions = 07777;
  if (::stat(path.c_str(), &info) != 0) throw Error("cannot stat " + path.string());
  write_file_atomically(path, text, info.st_mode & k_permissions);
}

// What became of the files.
struct Updated {
  std::size_t changed = 0;
  std::size_t refused = 0;
};

Updated update_files(const Selection& selection, const LauncherConfig& launcher,
                     const std::vector<NewBound>& bounds, bool write) {
  Updated updated;
  for (const RecipeFile& file : selection.files) {
    if (file.recipes.empty()) continue;
    // All of a recipe's products, also those that the filter leaves out: they keep their bounds.
    std::vector<GridProduct> products;
    for (const auto& recipe : file.recipes) {
      auto own = expand(recipe);
      products.insert(products.end(), own.begin(), own.end());
    }
    const auto edit = edit_baselines(file, products, launcher, bounds);
    for (const auto& refused : edit.refused) std::cerr << refused << '\n';
    updated.refused += edit.refused.size();
    const auto& before = *file.recipes.front()->text;
    if (edit.text == before) continue;
    ++updated.changed;
    std::cout << unified_diff(before, edit.text, file.file);
    if (write) overwrite(file.file, edit.text);
  }
  return updated;
}

int update(const BaselineOptions& options) {
  const auto site = options.site.load();
  const auto selection = select(options.selection);
  if (const int code = report_errors(selection); code != exit_passed) return code;
  const auto suggestions = suggestions_for(selection, options, site);
  std::vector<NewBound> bounds;
  std::size_t without_bound = 0;
  for (const Row& row : suggestions.rows) {
    if (row.suggestion.bound) {
      bounds.push_back({row.product->key, row.metric, *row.suggestion.bound});
    } else {
      ++without_bound;
      std::cerr << fmt::format("{}: {}: {}\n", row.product->name(), row.metric,
                               row.suggestion.reason);
    }
  }
  print_notes(suggestions);
  const auto updated =
      update_files(selection, pick_launcher(site, options.site.launcher), bounds, options.write);
  if (updated.changed > 0) {
    std::cerr << fmt::format("{} {} file{}{}\n", options.write ? "wrote" : "would change",
                             updated.changed, updated.changed == 1 ? "" : "s",
                             options.write ? "" : "; --write does it");
  } else {
    std::cerr << "nothing to change\n";
  }
  return updated.refused + without_bound > 0 || bounds.empty() ? exit_failed : exit_passed;
}

}  // namespace

void add_baseline_command(CliCommand app, int& exit_code) {
  auto command = app.add_subcommand("baseline", "Propose bounds from runs, and compare runs");
  command.require_subcommand();

  auto suggested = std::make_shared<BaselineOptions>();
  auto suggest_command =
      command.add_subcommand("suggest", "Propose bounds from each product's newest runs");
  suggested->add_to(suggest_command);
  suggest_command.add_option("--format", suggested->format, "table or json")
      .type_name("FORMAT")
      .one_of({"table", "json"})
      .show_default();
  suggest_command.callback([suggested, &exit_code] { exit_code = suggest(*suggested); });

  auto updated = std::make_shared<BaselineOptions>();
  auto update_command =
      command.add_subcommand("update", "Show proposed bounds as a diff; --write applies it");
  updated->add_to(update_command);
  update_command.add_flag("--write", updated->write, "Change the recipe files");
  update_command.callback([updated, &exit_code] { exit_code = update(*updated); });

  add_baseline_compare_command(command, exit_code);
}

}  // namespace assay
