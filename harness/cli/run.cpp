// `assay run`: one product from submit to record; what every CTest case calls.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>

#include "base/files.h"
#include "base/text.h"
#include "broker/client.h"
#include "cli/arguments.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/cost.h"
#include "cli/options.h"
#include "driver/driver.h"
#include "driver/job_setup.h"
#include "report/curve.h"
#include "report/report.h"

namespace assay {

namespace {

struct RunOptions {
  std::string recipe;
  std::string recipe_text;
  std::string product;
  std::string case_name;
  std::string work_dir;
  std::string history;
  std::vector<std::string> builds;
  SiteOptions site;
  CallerOptions caller;
  bool all_gpus = false;
  bool no_broker = false;
  bool dry_run = false;
};

struct Found {
  GridProduct product;
  std::vector<std::shared_ptr<const Recipe>> recipes;
};

// The product of a key, with or without its type. Errors of other documents of the file count only
// when the key is not found: they have red cases of their own.
Found product_to_run(const RunOptions& options) {
  const auto file = options.recipe_text.empty()
                        ? read_recipe_file(options.recipe)
                        : parse_recipes(read_file(options.recipe_text), options.recipe);
  std::vector<InputError> errors = file.errors;
  std::vector<GridProduct> all;
  for (const auto& recipe : file.recipes) {
    try {
      auto products = expand(recipe);
      all.insert(all.end(), std::make_move_iterator(products.begin()),
                 std::make_move_iterator(products.end()));
    } catch (const InputError& error) {
      errors.push_back(error);
    }
  }
  if (const auto* product = find_product(all, options.product)) return {*product, file.recipes};
  if (!errors.empty()) throw errors.front();
  if (all.empty()) throw InputError({options.recipe, 0, 0}, "no recipe found");
  if (!options.product.empty()) throw unknown_product(all, options.product);
  if (all.size() == 1) return {all.front(), file.recipes};
  std::vector<std::string> names;
  for (const auto& product : all) names.push_back(product.name());
  throw InputError({options.recipe, 0, 0}, "has " + std::to_string(all.size()) +
                                               " products; say which by --product:\n  " +
                                               join(names, "\n  "));
}

// The builds of other files, which this one's recipes may name. What is wrong there is told by
// those who build.
void add_builds(const std::vector<std::string>& paths,
                std::vector<std::shared_ptr<const Recipe>>& recipes) {
  const std::vector<std::filesystem::path> named(paths.begin(), paths.end());
  for (const auto& path : find_recipe_files(named)) {
    for (const auto& recipe : read_recipe_file(path).recipes) {
      if (recipe->type == RecipeType::build) recipes.push_back(recipe);
    }
  }
}

std::optional<std::string> variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::optional<TimePoint> deadline() {
  const auto text = variable("ASSAY_DEADLINE");
  if (!text || text->empty()) return std::nullopt;
  return parse_deadline(*text);
}

// ASSAY_CURVES=all: passed cases have curves, too.
bool wants_all_curves() {
  const auto text = variable("ASSAY_CURVES").value_or("");
  if (!text.empty() && text != "all") {
    throw InputError({"ASSAY_CURVES", 1, 1},
                     "expected 'all' (curves of passed cases, too) or nothing", text);
  }
  return text == "all";
}

// What CTest puts into Test.xml beside the numbers. A curve that cannot be drawn is told, and
// changes no verdict.
std::vector<Attachment> attachments_of(const RunOutcome& outcome, bool all_curves) {
  auto attachments = failure_attachments(outcome.record);
  try {
    const auto curves = write_curves(outcome.record, outcome.series, all_curves);
    attachments.insert(attachments.end(), curves.begin(), curves.end());
  } catch (const Error& error) {
    std::cerr << "assay: " << error.what() << std::endl;
  }
  return attachments;
}

// A driver reads nothing; what inherits its input must not read what is ctest's.
void close_input() {
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null < 0) throw Error("cannot open /dev/null");
  ::dup2(null, STDIN_FILENO);
  if (null != STDIN_FILENO) ::close(null);
}

int print_dry_run(const RunRequest& request) {
  const auto directory = request.work_dir / run_id(request.variable) / request.product.name() / "1";
  auto options = request.resolve;
  options.runtime_names = runtime_names(directory, options.launcher->name);
  const auto product = resolve(request.product, options, request.recipes);
  std::cout << "# " << product.key << " on " << product.launcher << " (" << product.launcher_type
            << "), " << product.nodes << " node(s), " << product.gpus_per_node
            << " GPU(s) per node\n# in " << directory.string() << "\n";
  const auto environment = job_environment(product, run_id(request.variable), {directory, 1});
  if (product.nodes * product.gpus_per_node > 0) {
    const auto cost = costs_of(std::span(&request.product, 1), request.recipes, options,
                               History(request.history));
    std::cout << "# cost: " << cost_text(cost.front()) << "\n";
  }
  for (const auto& [name, value] : environment) {
    std::cout << "export " << name << "=" << shell_quote(value) << "\n";
  }
  if (!product.script_setup.empty()) std::cout << "# setup.sh\n" << product.script_setup << "\n";
  std::cout << "# script.sh, run by " << product.shell << "\n" << product.script << "\n";
  return exit_passed;
}

int run(const RunOptions& options) {
  close_input();
  if (options.all_gpus) ::setenv("ASSAY_ALL_GPUS", "1", 1);
  const bool all_curves = wants_all_curves();
  Interrupts interrupts(deadline());
  const auto site = options.site.load();
  const auto& config = pick_launcher(site, options.site.launcher);
  const auto launcher = make_watched_launcher(config, !options.no_broker);

  RunRequest request;
  auto found = product_to_run(options);
  request.product = std::move(found.product);
  request.recipes = std::move(found.recipes);
  add_builds(options.builds, request.recipes);
  request.resolve = options.caller.resolve_options(config);
  request.resolve.needs_image = true;
  request.case_name = options.case_name;
  request.work_dir = work_directory(options.work_dir, site);
  request.history = history_file(options.history, site);
  request.variable = variable;
  if (options.dry_run) return print_dry_run(request);

  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  const auto outcome = run_product(request, *launcher, interrupts, [](const std::string& line) {
    std::cout << line << std::endl;  // at once: `ctest -V` shows it while the job runs
  });
  // CTest takes its lines out of the output; a person at a terminal has no use for them.
  if (!is_terminal) {
    std::cout << ctest_tags(outcome.record, attachments_of(outcome, all_curves));
  }
  std::cout << console_report(outcome.record, is_terminal) << std::flush;
  return exit_code_of(outcome.record);
}

}  // namespace

void add_run_command(CliCommand app, int& exit_code) {
  auto command = app.add_subcommand("run", "Run one product: submit, wait, judge, record");
  auto options = std::make_shared<RunOptions>();
  command.add_option("RECIPE", options->recipe, "Recipe file").required();
  command
      .add_option("--product", options->product,
                  "Key or name of the product to run\n"
                  "(not needed where the recipe has only one)")
      .type_name("KEY");
  command.add_option("--case", options->case_name, "The CTest case's name (default: the product's)")
      .type_name("NAME");
  command
      .add_option("--builds", options->builds,
                  "Recipe files or directories with builds that the\nrecipe names (repeatable)")
      .repeatable()
      .type_name("PATH");
  command
      .add_option("--recipe-text", options->recipe_text,
                  "Read this file in place of RECIPE, as if it lay\n"
                  "there (a recipe as it was: see 'assay rerun')")
      .type_name("FILE");
  options->site.add_to(command);
  options->caller.add_to(command);
  add_work_dir(command, options->work_dir, "Where jobs run and leave their logs");
  command
      .add_option("--history", options->history,
                  "History file that the record is added to\n"
                  "(default: $ASSAY_HISTORY, else the site file's,\n"
                  "else ./assay/history.sqlite)")
      .type_name("FILE");
  command.add_flag("--all-gpus", options->all_gpus,
                   "Use this machine's GPUs without an allocation by\n"
                   "CTest (also: ASSAY_ALL_GPUS=1)");
  command.add_flag("--no-broker", options->no_broker,
                   "Ask the scheduler from this process, not by way of\n"
                   "the broker (also: `broker: false` in the site file)");
  command.add_flag("--dry-run", options->dry_run, "Only print what would be run");
  command.footer(
      "Exit codes: 0 passed, 1 failed, 2 usage or recipe error, 3 errored\n"
      "(infrastructure), 77 skipped (cannot run here).\n"
      "Environment: ASSAY_RUN_ID names the run that the record belongs to;\n"
      "ASSAY_DEADLINE (seconds since 1970, or a UTC date) ends jobs then;\n"
      "ASSAY_CURVES=all attaches curves of passed cases, too.");
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace assay
