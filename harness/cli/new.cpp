// `assay new`: a commented recipe to start from.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>

#include "base/files.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/options.h"

namespace assay {

namespace {

constexpr std::string_view k_template =
    R"(# @NAME@: each point of the grid below becomes one ctest case.
#   assay lint @FILE@    is it well-formed?
#   assay list @FILE@    what cases does it make?
#   assay run @FILE@ --product recipe/@SLUG@_train_smoke_nodes-1_gpus-0_steps-100_lr-0-1
type: recipe
format_version: 1
maintainers: [@USER@]  # who to ask when a case fails

# Where metrics are read. The script writes dllogger's lines to {dllogger_file}; others are
# tensorboard, stdout, csv, jsonl, json, extra.
loggers: [dllogger]

# Labels of the cases, besides model, variant, nodes, gpus, ...: ctest -L '^origin=starter$'
labels:
  origin: starter

# A case's name is made of model, variant, scope, precision, nodes, gpus, batch_size, steps, tp_size
# and pp_size, as far as they are set. Whatever else tells two products apart is named here, with
# the word for it in the name.
key_segments:
  learning_rate: lr

spec:
  model: @MODEL@
  variant: train
  scope: smoke
  nodes: 1
  gpus: 0         # per node
  steps: 100
  time_limit: 60  # seconds

  # {word} is a parameter from here or from the grid. The shell's own braces are doubled:
  # ${{HOME}}; $HOME needs no doubling. The job also finds {assets_dir} for what it makes,
  # {logs_dir} and {tensorboard_dir} for what it logs, and files beside the recipe below
  # $ASSAY_RECIPE_DIR.
  script: |-
    set -e
    # Put your training here. This stands in for it: a loss that falls with each step.
    loss=$(awk 'BEGIN {{ print 1 / (1 + {steps} * {learning_rate}) }}')
    printf 'DLLL {{"type": "LOG", "step": [], "data": {{"val_loss": %s}}}}\n' "$loss" \
      >> "{dllogger_file}"

# Shown first in reports; the goal says which direction is better.
metrics:
  val_loss:
    goal: minimize

# The grid: all combinations of one map's lists; the maps' products are put together.
products:
  - learning_rate: [0.1, 0.5]

# What must hold. A metric that is missing fails its check.
tests_spec:
  - logic_type: static
    logic_spec:
      exit_codes: [0]
      baselines:
        val_loss:
          operator: range  # or leq, geq, lt, gt, eq, neq, approx (with value)
          min: 0
          max: 0.2
)";

struct NewOptions {
  std::string name;
  std::string out;
};

void replace_all(std::string& text, std::string_view from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// The name as a part of keys: lower case, runs of other characters as one dash.
std::string slug_of(std::string_view name) {
  std::string slug;
  for (const char c : to_lower(name)) {
    const bool keeps = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (keeps) {
      slug += c;
    } else if (!slug.ends_with('-')) {
      slug += '-';
    }
  }
  return slug;
}

void check_name(const std::string& name) {
  constexpr std::string_view k_allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  const auto bad = name.find_first_not_of(k_allowed);
  const bool starts_well = !name.empty() && name[0] != '.' && name[0] != '-';
  if (bad == std::string::npos && starts_well) return;
  const auto column = bad == std::string::npos ? 1 : static_cast<int>(bad) + 1;
  throw InputError({"NAME", 1, column},
                   "a model's name is made of letters, digits, '_', '.' and '-', and starts with a "
                   "letter or digit",
                   name);
}

// A plain YAML scalar where that is a string, else a quoted one: `true` and `1e5` are none.
std::string yaml_text(const std::string& name) {
  const std::set<std::string> words{"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  const bool is_plain = !words.contains(to_lower(name)) && (name[0] < '0' || name[0] > '9');
  return is_plain ? name : "'" + name + "'";
}

int write_recipe(const NewOptions& options) {
  check_name(options.name);
  const auto file = options.out.empty() ? options.name + ".yaml" : options.out;
  const auto user = environment_or_empty("USER");
  std::string text(k_template);
  replace_all(text, "@FILE@", file == "-" ? options.name + ".yaml" : shell_quote(file));
  replace_all(text, "@SLUG@", slug_of(options.name));
  replace_all(text, "@USER@", user.empty() ? "'me'" : "'" + user + "'");
  replace_all(text, "@MODEL@", yaml_text(options.name));
  replace_all(text, "@NAME@", options.name);
  if (file == "-") {
    std::cout << text;
    return exit_passed;
  }
  if (std::filesystem::exists(file)) {
    throw InputError({"--out", 0, 0}, "the file " + file + " exists already; it stays as it is");
  }
  write_file_atomically(file, text);
  std::cout << "wrote " << file << "; see what it makes with: assay list " << shell_quote(file)
            << '\n';
  return exit_passed;
}

}  // namespace

void add_new_command(CliCommand app, int& exit_code) {
  auto command = app.add_subcommand("new", "Write a commented recipe to start from");
  auto options = std::make_shared<NewOptions>();
  command.add_option("NAME", options->name, "The model's name, such as esm2").required();
  command.add_option("--out", options->out, "Where to write it, - for stdout (default: NAME.yaml)")
      .type_name("FILE");
  command.callback([options, &exit_code] { exit_code = write_recipe(*options); });
}

}  // namespace assay
