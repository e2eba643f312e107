// `assay list`: the products of recipes, as a table, as names or as JSON.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/cost.h"
#include "cli/options.h"
#include "cli/product_json.h"
#include "cli/record_query.h"

namespace assay {

namespace {

struct ListOptions {
  SelectionOptions selection;
  std::string format = "table";
  SiteOptions site;
  HistoryOptions history;
  CallerOptions caller;
  bool cost = false;
  std::optional<double> budget;  // GPU-hours
};

// The value of a bound parameter as text; empty when it is not bound.
std::string bound(const GridProduct& product, std::string_view name) {
  for (const auto& [parameter, value] : product.bindings) {
    if (*parameter == name && !value->is_null()) return value->rendered();
  }
  return {};
}

void print_table(const std::vector<GridProduct>& products) {
  const std::vector<std::string> columns{"model", "variant", "precision", "nodes", "gpus"};
  std::vector<std::vector<std::string>> rows{
      {"NAME", "MODEL", "VARIANT", "PRECISION", "NODES", "GPUS", "RECIPE"}};
  for (const auto& product : products) {
    std::vector<std::string> row{product.name()};
    for (const auto& column : columns) row.push_back(bound(product, column));
    row.push_back(product.recipe->file + ":" + std::to_string(product.line));
    rows.push_back(std::move(row));
  }
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 2, ' ');
    }
    std::cout << line << '\n';
  }
  std::cout << products.size() << (products.size() == 1 ? " product\n" : " products\n");
}

// An expression that selects exactly these products, for ASSAY_FILTER or --filter.
std::string filter_of(std::span<const GridProduct> products) {
  std::string out = "key in [";
  for (const auto& product : products) {
    out += (&product == products.data() ? "'" : ", '") + product.key + "'";
  }
  return out + "]\n";
}

// Prices the products and, where there is a budget, leaves only those that fit into it, the most
// valuable first.
void list_costs(const ListOptions& options, Selection& selection) {
  const auto site = options.site.load();
  const auto resolving = options.caller.resolve_options(pick_launcher(site, options.site.launcher));
  auto costs = costs_of(selection.products, selection.recipes, resolving,
                        History(history_file(options.history.file, site)));
  if (options.budget) {
    auto budget = pick_within(std::move(costs), *options.budget);
    std::cerr << left_out_text(budget, *options.budget);
    costs = std::move(budget.taken);
  }
  if (options.format == "table") std::cout << costs_table(costs);
  if (options.format == "json") std::cout << costs_json(costs);
  std::vector<GridProduct> chosen;
  for (const auto& cost : costs) chosen.push_back(*cost.product);
  selection.products = std::move(chosen);
}

int list_products(const ListOptions& options) {
  auto selection = select(options.selection);
  const bool is_priced = options.cost || options.budget;
  if (is_priced) list_costs(options, selection);
  if (options.format == "filter") {
    std::cout << filter_of(selection.products);
  } else if (is_priced && options.format != "names") {
    // printed with the costs
  } else if (options.format == "json") {
    write_products_json(selection.products, std::cout);
  } else if (options.format == "names") {
    for (const auto& product : selection.products) std::cout << product.name() << '\n';
  } else if (!selection.products.empty()) {
    print_table(selection.products);
  }
  for (const auto& file : selection.files) {
    for (const auto& notice : file.notices) {
      std::cerr << to_string(notice.place) << ": " << notice.message << '\n';
    }
  }
  const int code = report_errors(selection);
  if (code == exit_passed && selection.products.empty()) {
    std::cerr << (options.budget                     ? "assay: no product fits into the budget\n"
                  : options.selection.filter.empty() ? "assay: no recipe found\n"
                                                     : "assay: no product matches the filter\n");
    return exit_usage;
  }
  return code;
}

}  // namespace

void add_list_command(CliCommand app, int& exit_code) {
  auto command = app.add_subcommand("list", "List the products of recipes");
  auto options = std::make_shared<ListOptions>();
  options->selection.add_to(command);
  command
      .add_option("--format", options->format,
                  "table, names, json, or filter (an expression that\n"
                  "selects these products, for ASSAY_FILTER)")
      .one_of({"table", "names", "json", "filter"})
      .show_default();
  command.add_flag("--cost", options->cost,
                   "What each will cost in GPU-hours: the mean of\n"
                   "its past runs on the launcher, else its time\n"
                   "limit");
  command
      .add_option("--budget", options->budget,
                  "Only the most valuable products that cost so\n"
                  "many GPU-hours together: failing ones first,\n"
                  "then changed ones, then those unrun for longest;\n"
                  "the others are named on stderr")
      .type_name("HOURS")
      .in_range(0.0, 1e9);
  options->site.add_to(command);
  options->caller.add_to(command);
  options->history.add_to(command);
  command.callback([options, &exit_code] { exit_code = list_products(*options); });
}

}  // namespace assay
