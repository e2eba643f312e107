// `assay show`: one product fully resolved, and where each value came from.
#include <iostream>
#include <memory>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/product_json.h"
#include "cli/product_text.h"

namespace assay {

namespace {

struct ShowOptions {
  SelectionOptions selection;
  SiteOptions site;
  CallerOptions caller;
  std::string product;
  std::string format = "text";
};

void print(const Product& product, const std::string& format) {
  if (format == "script") {
    std::cout << product.script;
  } else if (format == "json") {
    write_product_json(product, std::cout);
  } else if (format == "yaml") {
    write_product_yaml(product, std::cout);
  } else {
    write_product_text(product, std::cout);
  }
}

// The product of that key, else all: none, with the reasons told, where something is wrong. Errors
// of other recipes do not keep one that is named from being shown.
std::vector<GridProduct> chosen_products(const Selection& selection, const std::string& key) {
  if (!key.empty()) {
    if (const auto* product = find_product(selection.products, key)) return {*product};
    if (report_errors(selection) == exit_passed) throw unknown_product(selection.products, key);
    return {};
  }
  if (report_errors(selection) != exit_passed) return {};
  if (selection.products.empty()) std::cerr << "assay: no product selected\n";
  return selection.products;
}

int show_products(const ShowOptions& options) {
  const auto selection = select(options.selection);
  const auto products = chosen_products(selection, options.product);
  if (products.empty()) return exit_usage;
  if (products.size() > 1 && options.format != "text") {
    throw InputError({"--product", 0, 0},
                     "--format " + options.format + " shows one product, and " +
                         std::to_string(products.size()) + " are selected, such as '" +
                         products.front().name() + "'; name one with --product");
  }
  const auto site = options.site.load();
  auto resolve_options = options.caller.resolve_options(pick_launcher(site, options.site.launcher));
  bool first = true;
  for (const auto& product : products) {
    if (!first) std::cout << '\n';
    first = false;
    print(resolve(product, resolve_options, selection.recipes), options.format);
  }
  return exit_passed;
}

}  // namespace

void add_show_command(CliCommand app, int& exit_code) {
  auto command = app.add_subcommand("show", "Show a product with everything resolved");
  auto options = std::make_shared<ShowOptions>();
  options->selection.add_to(command);
  command.add_option("--product", options->product, "Only this one: its key or its name")
      .type_name("KEY");
  options->site.add_to(command);
  options->caller.add_to(command);
  command.add_option("--format", options->format, "text, json, yaml, or script: its bytes alone")
      .one_of({"text", "json", "yaml", "script"})
      .show_default();
  command.footer("Names that only a run knows, such as {logs_dir}, are shown unexpanded.");
  command.callback([options, &exit_code] { exit_code = show_products(*options); });
}

}  // namespace assay
