// `assay show`: one product fully resolved, and where each value came from.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/options.h"

namespace assay {

namespace {

struct ShowOptions {
  SelectionOptions selection;
  SiteOptions site;
  CallerOptions caller;
  std::string product;
  std::string format = "text";
};

int show_product(const ShowOptions& options) {
  (void)options;
  return exit_passed;
}

}  // namespace

void add_show_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("show", "Show a product with everything resolved");
  auto options = std::make_shared<ShowOptions>();
  options->selection.add_to(*command);
  options->site.add_to(*command);
  options->caller.add_to(*command);
  command->callback([options, &exit_code] { exit_code = show_product(*options); });
}

}  // namespace assay
