#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "base/text.h"
#include "cli/command_line.h"
#include "recipe/filter.h"
#include "recipe/site.h"

namespace assay {

namespace {

std::filesystem::path default_site_file() {
  const auto config_home = environment_or_empty("XDG_CONFIG_HOME");
  if (!config_home.empty()) return std::filesystem::path(config_home) / "assay/site.yaml";
  const auto home = environment_or_empty("HOME");
  if (home.empty()) return {};
  return std::filesystem::path(home) / ".config/assay/site.yaml";
}

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

void SiteOptions::add_to(CLI::App& command) {
  command
      .add_option("--site", site,
                  "Site file that says what launchers there are\n"
                  "(default: $ASSAY_SITE, else ~/.config/assay/site.yaml,\n"
                  "else one launcher 'local': this machine)")
      ->type_name("FILE");
  command.add_option("--launcher", launcher, "Launcher of the site file (default: its default)")
      ->type_name("NAME");
}

Site SiteOptions::load() const {
  std::string file = site.empty() ? environment_or_empty("ASSAY_SITE") : site;
  if (file.empty()) {
    const auto own = default_site_file();
    std::error_code ignored;
    if (own.empty() || !std::filesystem::exists(own, ignored)) return built_in_site();
    file = own.string();
  }
  return read_site_file(file);
}

const LauncherConfig& pick_launcher(const Site& site, const std::string& name) {
  const auto& wanted = name.empty() ? site.default_launcher : name;
  if (const auto* found = site.find(wanted)) return *found;
  std::vector<std::string> names;
  for (const auto& launcher : site.launchers) names.push_back(launcher.name);
  throw InputError({name.empty() ? site.file : "--launcher", 0, 0},
                   "unknown launcher '" + wanted + "'" + did_you_mean(wanted, names) + " (" +
                       (site.file.empty() ? std::string("built-in site") : site.file) + " has " +
                       join(names, ", ") + ")");
}

void CallerOptions::add_to(CLI::App& command) {
  command.add_option("--label", labels, "Value of a label that the recipe leaves empty")
      ->type_name("NAME=VALUE");
  command
      .add_option("--image", image,
                  "Container image for recipes that leave it to the caller\n"
                  "(default: $ASSAY_IMAGE_<BUILD>, else $ASSAY_IMAGE)")
      ->type_name("IMAGE");
}

ResolveOptions CallerOptions::resolve_options(const LauncherConfig& launcher) const {
  ResolveOptions options;
  options.launcher = &launcher;
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

void SelectionOptions::add_to(CLI::App& command) {
  command.add_option("PATH", paths, "Recipe files or directories")->required();
  command
      .add_option("--filter", filter,
                  "Only products that match, such as\n"
                  "\"spec.model == 'openfold' and spec.gpus <= 8\"")
      ->type_name("EXPR");
}

Selection select(const SelectionOptions& options) {
  const std::vector<std::filesystem::path> paths(options.paths.begin(), options.paths.end());
  std::optional<Filter> filter;
  if (!options.filter.empty()) filter = Filter::parse(options.filter, "--filter");
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

int report_errors(const Selection& selection) {
  for (const auto& error : selection.errors) std::cerr << error.what() << '\n';
  return selection.errors.empty() ? exit_passed : exit_usage;
}

std::filesystem::path work_directory(const std::string& flag, const Site& site) {
  return place_for(flag, "ASSAY_WORK_DIR", site.work_dir, "assay/work");
}

std::filesystem::path history_file(const std::string& flag, const Site& site) {
  return place_for(flag, "ASSAY_HISTORY", site.history, "assay/history.sqlite");
}

}  // namespace assay
