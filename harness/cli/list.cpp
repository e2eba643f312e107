// `assay list`: the products of recipes, as a table, as names or as JSON.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/product_json.h"

namespace assay {

namespace {

struct ListOptions {
  SelectionOptions selection;
  std::string format = "table";
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

int list_products(const ListOptions& options) {
  const auto selection = select(options.selection);
  if (options.format == "json") {
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
    std::cerr << (options.selection.filter.empty() ? "assay: no recipe found\n"
                                                   : "assay: no product matches the filter\n");
    return exit_usage;
  }
  return code;
}

}  // namespace

void add_list_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("list", "List the products of recipes");
  auto options = std::make_shared<ListOptions>();
  options->selection.add_to(*command);
  command->add_option("--format", options->format, "table, names or json")
      ->check(CLI::IsMember({"table", "names", "json"}))
      ->capture_default_str();
  command->callback([options, &exit_code] { exit_code = list_products(*options); });
}

}  // namespace assay
