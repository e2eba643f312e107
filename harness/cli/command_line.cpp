#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "base/error.h"
#include "base/names.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/logs.h"

namespace assay {

namespace {

// The names of all subcommands and their options, for 'did you mean'.
std::vector<std::string> known_words(const CLI::App& app) {
  std::vector<std::string> words;
  for (const auto* command : app.get_subcommands({})) words.push_back(command->get_name());
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) words.push_back("--" + name);
  }
  return words;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

// The subcommand that the arguments chose, else the application itself.
const CLI::App& chosen(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? app : chosen(*commands.back());
}

// CLI11's message, with the nearest known word where an argument was not known.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const auto& command = chosen(app);
  std::string text = std::string("assay: ") + error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    for (const auto& word : app.remaining(true)) {
      text += did_you_mean(word.substr(0, word.find('=')), known_words(command));
    }
  }
  if (&command == &app && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    const auto words = app.remaining();
    if (!words.empty()) text = "assay: " + unknown_name("command", words[0], command_names(app));
  }
  auto name = command.get_name();
  for (const auto* parent = command.get_parent(); parent != nullptr;
       parent = parent->get_parent()) {
    name = parent->get_name() + " " + name;
  }
  return text + "\nSee '" + name + " --help'.";
}

int parse_and_run(CLI::App& app, int argc, char** argv, int& exit_code) {
  try {
    app.parse(argc, argv);
    return exit_code;
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return exit_passed;
  } catch (const CLI::CallForVersion& version) {
    std::cout << version.what() << '\n';
    return exit_passed;
  } catch (const CLI::ParseError& error) {
    std::cerr << explain(app, error) << '\n';
    return exit_usage;
  }
}

}  // namespace

int run_command_line(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  CLI::App app("GPU model tests as ordinary ctest cases.", "assay");
  app.set_version_flag("--version", "assay " ASSAY_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(30);
  int exit_code = exit_passed;
  const CliCommand root(app);
  add_baseline_command(root, exit_code);
  add_broker_command(root, exit_code);
  add_cancel_command(root, exit_code);
  add_cdash_command(root, exit_code);
  add_ci_command(root, exit_code);
  add_dashboard_command(root, exit_code);
  add_discover_command(root, exit_code);
  add_list_command(root, exit_code);
  add_lint_command(root, exit_code);
  add_logs_command(root, exit_code);
  add_new_command(root, exit_code);
  add_show_command(root, exit_code);
  add_run_command(root, exit_code);
  add_resources_command(root, exit_code);
  add_site_command(root, exit_code);
  add_results_command(root, exit_code);
  add_diff_command(root, exit_code);
  add_history_command(root, exit_code);
  add_rerun_command(root, exit_code);
  add_report_command(root, exit_code);
  add_completion_command(root, exit_code);
  if (argc > 1 && argv[1] == std::string_view(k_complete_word)) {
    const std::vector<std::string> words(argv + 2, argv + argc);
    std::cout << candidates_text(complete(app, words)) << std::flush;
    return exit_passed;
  }
  try {
    return parse_and_run(app, argc, argv, exit_code);
  } catch (const InputError& error) {
    std::cerr << error.what() << '\n';
    return exit_usage;
  } catch (const std::exception& error) {
    std::cerr << "assay: " << error.what() << '\n';
    return exit_errored;
  }
}

}  // namespace assay
