// `assay lint`: what is wrong in recipes, and what is legal but suspicious.
#include "recipe/lint.h"

#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/ci_config.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "recipe/schema.h"

namespace assay {

namespace {

struct LintOptions {
  std::vector<std::string> paths;
  SiteOptions site;
  std::string format = "text";
  bool strict = false;
  bool schema = false;
};

struct LintResult {
  std::vector<RecipeFile> files;
  std::vector<InputError> errors;
  std::vector<Diagnostic> warnings;
};

// Collects errors, each once however many products have it.
class Errors {
 public:
  explicit Errors(std::vector<InputError>& errors) : errors_(errors) {}

  void add(const InputError& error) {
    if (seen_.insert(error.what()).second) errors_.push_back(error);
  }

 private:
  std::vector<InputError>& errors_;
  std::set<std::string> seen_;
};

// Resolves as a caller would who supplies whatever recipes leave open.
ResolveOptions options_for(const LauncherConfig& launcher) {
  auto options = CallerOptions{}.resolve_options(launcher);
  options.environment = [](const std::string& name) -> std::optional<std::string> {
    auto value = environment_or_empty(name.c_str());
    return value.empty() ? "supplied" : value;
  };
  return options;
}

// Two recipes whose products have one key: two cases of one name.
class Keys {
 public:
  void check(const GridProduct& product, Errors& errors) {
    const Place place{product.recipe->file, product.line, 1};
    const auto [known, is_new] = places_.try_emplace(product.key, place);
    if (is_new) return;
    errors.add(InputError(place,
                          "the key '" + product.key + "' is already taken by the product at " +
                              known->second.file + ":" + std::to_string(known->second.line),
                          line_of(*product.recipe->text, product.line)));
  }

 private:
  std::map<std::string, Place> places_;
};

// A mapping for CI pipelines is no recipe; it has rules of its own.
void lint_ci_config(const std::filesystem::path& path, Errors& errors) {
  try {
    for (const auto& error : check_ci_config(read_ci_config(path))) errors.add(error);
  } catch (const InputError& error) {
    errors.add(error);
  }
}

LintResult lint_paths(const LintOptions& options) {
  const std::vector<std::filesystem::path> paths(options.paths.begin(), options.paths.end());
  const auto site = options.site.load();
  const auto& launcher = pick_launcher(site, options.site.launcher);
  const auto resolve_options = options_for(launcher);
  LintResult result;
  Errors errors(result.errors);
  std::vector<std::shared_ptr<const Recipe>> recipes;
  for (const auto& path : find_recipe_files(paths)) {
    if (is_ci_config(path)) {
      result.files.push_back({.file = path.string(), .recipes = {}, .notices = {}, .errors = {}});
      lint_ci_config(path, errors);
      continue;
    }
    result.files.push_back(read_recipe_file(path));
    const auto& found = result.files.back().recipes;
    recipes.insert(recipes.end(), found.begin(), found.end());
  }
  Keys keys;
  for (const auto& file : result.files) {
    for (const auto& error : file.errors) errors.add(error);
    for (const auto& recipe : file.recipes) {
      try {
        for (const auto& product : expand(recipe)) {
          keys.check(product, errors);
          try {
            resolve(product, resolve_options, recipes);
          } catch (const InputError& error) {
            errors.add(error);
          }
        }
      } catch (const InputError& error) {
        errors.add(error);
      }
    }
    for (auto& warning : lint(file, site)) result.warnings.push_back(std::move(warning));
  }
  return result;
}

std::string count_of(std::size_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

void print_text(const LintResult& result) {
  std::map<std::string, std::shared_ptr<const std::string>> texts;
  for (const auto& file : result.files) {
    for (const auto& recipe : file.recipes) texts[file.file] = recipe->text;
    for (const auto& notice : file.notices) {
      std::cout << to_string(notice.place) << ": note: " << notice.message << '\n';
    }
  }
  for (const auto& error : result.errors) std::cout << error.what() << '\n';
  for (const auto& warning : result.warnings) {
    const auto& text = texts[warning.place.file];
    const InputError shown(warning.place, "warning: " + warning.message + " [" + warning.id + "]",
                           text ? line_of(*text, warning.place.line) : std::string_view{});
    std::cout << shown.what() << "\n  to silence it, on this line or above it: # assay: allow "
              << warning.id << '\n';
  }
  std::cout << count_of(result.errors.size(), "error") << " and "
            << count_of(result.warnings.size(), "warning") << " in "
            << count_of(result.files.size(), "file") << '\n';
}

nlohmann::ordered_json entry(const Place& place, const std::string& message) {
  return {{"file", place.file},
          {"line", place.line},
          {"column", place.column},
          {"message", valid_utf8(message)}};
}

void print_json(const LintResult& result) {
  nlohmann::ordered_json out;
  out["errors"] = nlohmann::ordered_json::array();
  out["warnings"] = nlohmann::ordered_json::array();
  out["notes"] = nlohmann::ordered_json::array();
  for (const auto& error : result.errors) {
    out["errors"].push_back(entry(error.place(), error.message()));
  }
  for (const auto& warning : result.warnings) {
    auto shown = entry(warning.place, warning.message);
    shown["id"] = warning.id;
    shown["silence"] = "# assay: allow " + warning.id;
    out["warnings"].push_back(std::move(shown));
  }
  for (const auto& file : result.files) {
    for (const auto& notice : file.notices) {
      out["notes"].push_back(entry(notice.place, notice.message));
    }
  }
  std::cout << out.dump(2) << '\n';
}

int run_lint(const LintOptions& options) {
  if (options.schema) {
    std::cout << recipe_schema();
    return exit_passed;
  }
  const auto result = lint_paths(options);
  if (options.format == "json") {
    print_json(result);
  } else {
    print_text(result);
  }
  if (!result.errors.empty()) return exit_usage;
  if (result.files.empty()) {
    std::cerr << "assay: no recipe file found\n";
    return exit_usage;
  }
  return options.strict && !result.warnings.empty() ? exit_failed : exit_passed;
}

std::string rules_help() {
  std::string help = "Warnings:\n";
  for (const auto& rule : lint_rules()) {
    std::string id(rule.id);
    id.resize(std::max<std::size_t>(id.size() + 1, 23), ' ');
    help += "  " + id + std::string(rule.meaning) + "\n";
  }
  return help +
         "\nTo silence one, write the comment\n"
         "  # assay: allow ID[, ID...]\n"
         "on its line or the line above, or above the script that it is in.\n"
         "\nExit codes: 0 nothing or warnings alone, 1 warnings with --strict, 2 errors.\n"
         "For editors (yaml-language-server): assay lint --schema > recipe.schema.json\n";
}

}  // namespace

void add_lint_command(CliCommand app, int& exit_code) {
  auto command = app.add_subcommand("lint", "Check recipes: errors, and what looks suspicious");
  auto options = std::make_shared<LintOptions>();
  command.add_option("PATH", options->paths, "Recipe files or directories");
  command.add_flag("--strict", options->strict, "End with 1 where there are warnings");
  command.add_option("--format", options->format, "text or json")
      .one_of({"text", "json"})
      .show_default();
  options->site.add_to(command);
  command.add_flag("--schema", options->schema, "Print the format as a JSON Schema, for editors");
  command.footer(rules_help());
  command.callback([options, &exit_code] {
    if (options->paths.empty() && !options->schema) throw_missing("PATH");
    exit_code = run_lint(*options);
  });
}

}  // namespace assay
