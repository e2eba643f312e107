#include "cli/options.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <unordered_map>

#include "base/files.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/command_line.h"
#include "recipe/filter.h"

namespace assay {

namespace {

std::filesystem::path place_for(const std::string& flag, const char* variable,
                                const std::string& from_site, const char* fallback) {
  for (const auto& candidate : {flag, environment_or_empty(variable), from_site}) {
    if (!candidate.empty()) return std::filesystem::absolute(candidate).lexically_normal();
  }
  return std::filesystem::absolute(fallback).lexically_normal();
}

}  // namespace

std::string environment_or_empty(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string(value);
}

void CallerOptions::add_to(CliCommand command) {
  command.add_option("--label", labels, "Value of a label that the recipe leaves empty")
      .type_name("NAME=VALUE");
  command
      .add_option("--image", image,
                  "Image for all cases, with a build or without\n"
                  "(default: $ASSAY_IMAGE_<BUILD>, else the build's\n"
                  "own, else $ASSAY_IMAGE; none without a build)")
      .type_name("IMAGE");
}

namespace {

// The run-time names of placeholders, each standing for itself as it is written in a recipe.
std::vector<std::pair<std::string, std::string>> unexpanded_runtime_names() {
  std::vector<std::pair<std::string, std::string>> names;
  for (const char* name :
       {"assets_dir", "artifacts_dir", "logs_dir", "tensorboard_dir", "dllogger_file"}) {
    names.emplace_back(name, "{" + std::string(name) + "}");
  }
  return names;
}

}  // namespace

ResolveOptions CallerOptions::resolve_options(const LauncherConfig& launcher) const {
  ResolveOptions options;
  options.launcher = &launcher;
  options.runtime_names = unexpanded_runtime_names();
  options.image = image;
  for (const auto& label : labels) {
    const auto equals = label.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw InputError({"--label", 1, 1}, "expected NAME=VALUE, got '" + label + "'", label);
    }
    options.labels.emplace_back(label.substr(0, equals), label.substr(equals + 1));
  }
  options.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  return options;
}

void SelectionOptions::add_to(CliCommand command) {
  command.add_option("PATH", paths, "Recipe files or directories").required();
  command
      .add_option("--filter", filter,
                  "Only products that match, such as\n"
                  "\"spec.model == 'openfold' and spec.gpus <= 8\";\n"
                  "@FILE reads the expression from a file")
      .type_name("EXPR");
}

namespace {

// Two products of one name would be two cases of one name, and one directory for both.
void check_names(const std::vector<GridProduct>& products, std::vector<InputError>& errors) {
  std::unordered_map<std::string_view, const GridProduct*> by_key;
  for (const auto& product : products) {
    const auto [found, is_new] = by_key.try_emplace(product.key, &product);
    if (is_new) continue;
    const auto& first = *found->second;
    errors.emplace_back(Place{product.recipe->file, product.line, 1},
                        "the key '" + product.key + "' is taken: " + first.recipe->file + ":" +
                            std::to_string(first.line) + " has it as well",
                        line_of(*product.recipe->text, product.line));
  }
}

}  // namespace

Selection select(const SelectionOptions& options) {
  const std::vector<std::filesystem::path> paths(options.paths.begin(), options.paths.end());
  std::optional<Filter> filter;
  if (options.filter.starts_with('@')) {
    const auto file = options.filter.substr(1);
    const auto text = read_file_if_exists(file);
    if (!text) throw InputError({"--filter", 1, 1}, "there is no file '" + file + "'", "@" + file);
    filter = Filter::parse(*text, file);
  } else if (!options.filter.empty()) {
    filter = Filter::parse(options.filter, "--filter");
  }
  Selection selection;
  std::vector<GridProduct> all;
  for (const auto& path : find_recipe_files(paths)) {
    auto file = read_recipe_file(path);
    for (const auto& error : file.errors) selection.errors.push_back(error);
    for (const auto& recipe : file.recipes) {
      selection.recipes.push_back(recipe);
      try {
        auto products = expand(recipe);
        all.insert(all.end(), std::make_move_iterator(products.begin()),
                   std::make_move_iterator(products.end()));
      } catch (const InputError& error) {
        selection.errors.push_back(error);
      }
    }
    selection.files.push_back(std::move(file));
  }
  check_names(all, selection.errors);
  if (!filter) {
    selection.products = std::move(all);
    return selection;
  }
  filter->check_paths(all);
  for (auto& product : all) {
    if (filter->matches(product)) selection.products.push_back(std::move(product));
  }
  return selection;
}

const GridProduct* find_product(std::span<const GridProduct> products, std::string_view key) {
  const auto found = std::ranges::find_if(products, [&](const GridProduct& product) {
    return product.key == key || product.name() == key;
  });
  return found == products.end() ? nullptr : &*found;
}

InputError unknown_product(std::span<const GridProduct> products, const std::string& key) {
  std::vector<std::string> names;
  for (const auto& product : products) {
    names.push_back(key.find('/') == std::string::npos ? product.name() : product.key);
  }
  std::string hint = did_you_mean(key, names);
  if (hint.empty() && !names.empty()) hint = "; there is '" + names.front() + "'";
  if (names.size() > 1 && !hint.empty()) {
    hint += " (" + std::to_string(names.size()) + " in all: see 'assay list')";
  }
  return {{"--product", 1, 1}, "no product '" + key + "'" + hint, key};
}

int report_errors(const Selection& selection) {
  for (const auto& error : selection.errors) std::cerr << error.what() << '\n';
  return selection.errors.empty() ? exit_passed : exit_usage;
}

void add_work_dir(CliCommand command, std::string& work_dir, const std::string& description) {
  command
      .add_option("--work-dir", work_dir,
                  description +
                      "\n(default: $ASSAY_WORK_DIR, else the site file's,\n"
                      "else ./assay/work)")
      .type_name("DIR");
}

std::filesystem::path work_directory(const std::string& flag, const Site& site) {
  return place_for(flag, "ASSAY_WORK_DIR", site.work_dir, "assay/work");
}

std::filesystem::path history_file(const std::string& flag, const Site& site) {
  return place_for(flag, "ASSAY_HISTORY", site.history, "assay/history.sqlite");
}

}  // namespace assay
