// `assay ci`: what a CI pipeline runs and why, and a child pipeline of it.
#include <cstdlib>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "base/names.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/ci_config.h"
#include "cli/ci_pipeline.h"
#include "cli/ci_select.h"
#include "cli/command_line.h"
#include "cli/commands.h"

namespace assay {

namespace {

struct CiOptions {
  std::string file;
  std::string suite;
  std::string format = "text";
  std::string by = "model";
  std::string out = "-";
  CiPipelineOptions pipeline;
};

struct Chosen {
  CiConfig config;  // what the selection points into
  CiSelection selection;
  std::vector<std::vector<GridProduct>> products;  // of each choice
};

std::optional<std::string> read_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// Says once what is wrong with recipes: their red cases will say it again.
std::vector<std::string> all_models(const CiConfig& config) {
  std::vector<GridProduct> all;
  std::vector<InputError> errors;
  for (const auto& suite : config.suites) {
    auto products = products_of(suite, &errors);
    all.insert(all.end(), products.begin(), products.end());
  }
  std::set<std::string> said;
  for (const auto& error : errors) {
    if (said.insert(error.what()).second) std::cerr << error.what() << '\n';
  }
  return models_of(all);
}

// Takes out the suites that have no case of what was chosen; where none of them has one, that is an
// error: absence is never success.
void drop_empty_choices(Chosen& chosen) {
  auto& choices = chosen.selection.choices;
  std::vector<CiChoice> kept;
  for (auto& choice : choices) {
    auto products = products_of(choice);
    if (products.empty()) {
      chosen.selection.reasons.push_back("suite " + choice.suite->name + " has no case with " +
                                         choice.filter);
      continue;
    }
    chosen.products.push_back(std::move(products));
    kept.push_back(choice);
  }
  if (kept.empty() && !choices.empty()) {
    throw InputError({chosen.config.file, 0, 0},
                     "no case is selected: " + join(chosen.selection.reasons, "; "));
  }
  choices = std::move(kept);
}

std::unique_ptr<Chosen> choose(const CiOptions& options) {
  auto chosen = std::make_unique<Chosen>();
  chosen->config = read_ci_config(options.file);
  if (!options.suite.empty() && chosen->config.find_suite(options.suite) == nullptr) {
    std::vector<std::string> names;
    for (const auto& suite : chosen->config.suites) names.push_back(suite.name);
    throw InputError({"--suite", 1, 1}, unknown_name("suite", options.suite, names), options.suite);
  }
  const auto context = read_ci_context(read_variable);
  chosen->selection = select_for_ci(chosen->config, context, all_models(chosen->config));
  drop_empty_choices(*chosen);
  if (!options.suite.empty()) {
    auto& choices = chosen->selection.choices;
    for (std::size_t i = choices.size(); i-- > 0;) {
      if (choices[i].suite->name == options.suite) continue;
      choices.erase(choices.begin() + static_cast<std::ptrdiff_t>(i));
      chosen->products.erase(chosen->products.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  return chosen;
}

void print_text(const Chosen& chosen) {
  const auto& choices = chosen.selection.choices;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto count = chosen.products[i].size();
    std::cout << choices[i].suite->name << ": " << count << (count == 1 ? " case" : " cases");
    if (!choices[i].filter.empty()) std::cout << " with " << choices[i].filter;
    std::cout << '\n';
    for (const auto& product : chosen.products[i]) std::cout << "  " << product.name() << '\n';
  }
  if (choices.empty()) std::cout << "nothing runs\n";
  std::cout << "because\n";
  for (const auto& reason : chosen.selection.reasons) std::cout << "  " << reason << '\n';
}

void print_json(const Chosen& chosen) {
  nlohmann::ordered_json out;
  out["suites"] = nlohmann::ordered_json::array();
  const auto& choices = chosen.selection.choices;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    nlohmann::ordered_json suite{{"name", choices[i].suite->name},
                                 {"script", choices[i].suite->script},
                                 {"recipes", choices[i].suite->recipes},
                                 {"filter", choices[i].filter},
                                 {"cases", nlohmann::ordered_json::array()}};
    for (const auto& product : chosen.products[i]) suite["cases"].push_back(product.name());
    out["suites"].push_back(std::move(suite));
  }
  out["reasons"] = chosen.selection.reasons;
  std::cout << out.dump(2) << '\n';
}

// What a job's shell evaluates: the settings of one suite's ctest script.
void print_environment(const Chosen& chosen) {
  const auto& choices = chosen.selection.choices;
  if (choices.empty()) {
    std::cout << "export ASSAY_SELECTED=no\n";
    return;
  }
  const auto& choice = choices.front();
  std::cout << "export ASSAY_SELECTED=yes\nexport ASSAY_SCRIPT="
            << shell_quote(choice.suite->script)
            << "\nexport ASSAY_RECIPES=" << shell_quote(join(choice.suite->recipes, ";"))
            << "\nexport ASSAY_FILTER=" << shell_quote(choice.filter) << '\n';
}

int print_selection(const CiOptions& options) {
  if (options.format == "env" && options.suite.empty()) {
    throw InputError({"--format", 0, 0}, "env is of one suite: say which by --suite");
  }
  const auto chosen = choose(options);
  if (options.format == "json") {
    print_json(*chosen);
  } else if (options.format == "env") {
    print_environment(*chosen);
  } else {
    print_text(*chosen);
  }
  return exit_passed;
}

int write_pipeline(CiOptions& options) {
  const auto chosen = choose(options);
  options.pipeline.by = options.by == "model"    ? CiJobsBy::model
                        : options.by == "recipe" ? CiJobsBy::recipe
                                                 : CiJobsBy::suite;
  options.pipeline.directory = std::filesystem::current_path().string();
  const auto text = child_pipeline(chosen->selection, options.pipeline);
  if (options.out == "-") {
    std::cout << text;
  } else {
    write_file_atomically(options.out, text);
  }
  return exit_passed;
}

void add_common(CliCommand command, CiOptions& options) {
  command
      .add_option("--file", options.file,
                  "The mapping (default: assay-ci.yaml where it exists,\n"
                  "else what the footer says)")
      .type_name("FILE");
  command.add_option("--suite", options.suite, "Only this suite (default: all)").type_name("NAME");
}

constexpr auto k_footer =
    "Reads GitLab's or GitHub's variables: the pipeline's event, branch, labels, and\n"
    "variables or inputs of web-triggered pipelines. Without a mapping: suites smoke\n"
    "and convergence, both of recipes/; merge requests and pushes run smoke,\n"
    "schedules convergence; ASSAY_SMOKE, ASSAY_CONVERGENCE (or JET, JET_CONV_TEST)\n"
    "= true or false switch them; ASSAY_MODEL (or JET_MODEL_NAME), else labels that\n"
    "name a model narrow them; labels ASSAY_NOT_REQUIRED and JET_NOT_REQUIRED skip\n"
    "all. 'assay lint assay-ci.yaml' checks a mapping.";

}  // namespace

void add_ci_command(CliCommand app, int& exit_code) {
  auto command = app.add_subcommand("ci", "Say what a CI pipeline runs, and why");
  command.require_subcommand();
  auto options = std::make_shared<CiOptions>();
  auto select = command.add_subcommand("select", "Print what would run and why");
  add_common(select, *options);
  select
      .add_option("--format", options->format,
                  "text, json, or env: shell text that sets a suite's\n"
                  "ASSAY_SELECTED, _SCRIPT, _RECIPES and _FILTER")
      .one_of({"text", "json", "env"})
      .show_default();
  select.footer(k_footer);
  select.callback([options, &exit_code] { exit_code = print_selection(*options); });
  auto pipeline = command.add_subcommand("pipeline", "Write a GitLab child pipeline of it");
  add_common(pipeline, *options);
  pipeline.add_option("--by", options->by, "One job per model, recipe or suite")
      .one_of({"model", "recipe", "suite"})
      .show_default();
  pipeline.add_option("--include", options->pipeline.include, "The file that has the job .assay")
      .type_name("PATH")
      .show_default();
  pipeline.add_option("--out", options->out, "File to write, - for stdout")
      .type_name("FILE")
      .show_default();
  pipeline.footer(k_footer);
  pipeline.callback([options, &exit_code] { exit_code = write_pipeline(*options); });
}

}  // namespace assay
