// Options that several commands share, and what they mean.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/arguments.h"
#include "model/site.h"
#include "recipe/recipe.h"

namespace assay {

// --site and --launcher.
struct SiteOptions {
  std::string site;      // --site, else ASSAY_SITE, else the person's own, else built in
  std::string launcher;  // --launcher, else the site's default

  void add_to(CliCommand command);

  // Reads the site file that these options mean. Throws InputError.
  Site load() const;
};

// The launcher named, or the site's default one. An unknown name is an InputError that names the
// nearest launcher and the site file.
const LauncherConfig& pick_launcher(const Site& site, const std::string& name);

// --label name=value, --image: what a caller supplies to recipes.
struct CallerOptions {
  std::vector<std::string> labels;  // "name=value"
  std::string image;

  void add_to(CliCommand command);

  // The options for resolving products for one launcher. What is known only when a job runs
  // ({logs_dir}) stays as it is written. Throws InputError for a label without '='.
  ResolveOptions resolve_options(const LauncherConfig& launcher) const;
};

// PATH... and --filter (an expression, or @FILE): which products a command is about.
struct SelectionOptions {
  std::vector<std::string> paths;
  std::string filter;

  void add_to(CliCommand command);
};

// The recipes below the paths and their products, in order of file, then grid.
struct Selection {
  std::vector<RecipeFile> files;
  std::vector<std::shared_ptr<const Recipe>> recipes;
  std::vector<GridProduct> products;  // those that the filter leaves
  std::vector<InputError> errors;     // of documents that do not parse or expand
};

// Reads, expands and filters. Throws InputError for the arguments; what is wrong inside recipes is
// in `errors`.
Selection select(const SelectionOptions& options);

// The product of that key, or of that name (the key without its type); null when there is none.
const GridProduct* find_product(std::span<const GridProduct> products, std::string_view key);

// The error of a --product that is none of them, with the nearest key or name.
InputError unknown_product(std::span<const GridProduct> products, const std::string& key);

// Prints every error of a selection to stderr; returns exit_usage when there was one, else
// exit_passed.
int report_errors(const Selection& selection);

// Adds --work-dir, for which work_directory() says what it is when it is not given.
void add_work_dir(CliCommand command, std::string& work_dir, const std::string& description);

// The directory for work and the history file: the flag, else the environment (ASSAY_WORK_DIR,
// ASSAY_HISTORY), else the site file, else ./assay. Absolute.
std::filesystem::path work_directory(const std::string& flag, const Site& site);
std::filesystem::path history_file(const std::string& flag, const Site& site);

// An environment variable, empty when unset.
std::string environment_or_empty(const char* name);

}  // namespace assay
