// Recipes as their files say them, and products: a recipe with every parameter bound.
// A product here is light (a name, and bindings into its recipe), so that a hundred thousand fit
// in memory; `resolve` makes the full model::Product of one.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/product.h"
#include "model/site.h"
#include "model/value.h"

namespace assay {

enum class RecipeType { recipe, basic, build, compact };  // compact: BioNeMo v2's format

// One YAML document. Sections are kept as the values they were written as, with their places.
struct Recipe {
  RecipeType type = RecipeType::recipe;
  std::string file;                         // as it was named on the command line or found below it
  std::shared_ptr<const std::string> text;  // of the whole file, for messages
  std::string digest;                       // SHA-256 of the whole file
  Place place;                              // of the document
  std::vector<Place> duplicates;            // keys that a map has twice: the later one counts
  Value document;                           // the whole document, aliases and merge keys resolved
};

// Something worth telling that stops nothing: a document that is no recipe, a lint warning.
struct Diagnostic {
  Place place;
  std::string id;  // stable, for silencing: "unused-parameter"; empty for notices
  std::string message;
};

struct RecipeFile {
  std::string file;
  std::vector<std::shared_ptr<const Recipe>> recipes;
  std::vector<Diagnostic> notices;  // documents that are no recipes
  std::vector<InputError> errors;   // each document that does not parse; the others stay
};

// One point of a recipe's grid.
struct GridProduct {
  std::shared_ptr<const Recipe> recipe;
  std::string key;  // "recipe/<name>"
  int line = 0;     // of the grid map that made it, else of the document
  // Every bound parameter in spec order, then grid order. The values live in the recipe.
  std::vector<std::pair<const std::string*, const Value*>> bindings;
  std::vector<const Value*> scopes;  // more than one where the same point has several scopes
  std::vector<int> repeated_at;      // lines of grid maps that made the very same point again
  std::shared_ptr<const Value> merged_cadence;  // what binds `cadence` where scopes were merged

  std::string name() const { return key.substr(key.find('/') + 1); }
};

// Reads one file. Throws Error only when the file cannot be read at all.
RecipeFile read_recipe_file(const std::filesystem::path& path);
RecipeFile parse_recipes(std::string text, std::string file);

// The recipe files (*.yaml, *.yml) at or below the paths, sorted. A path that does not exist is an
// InputError.
std::vector<std::filesystem::path> find_recipe_files(std::span<const std::filesystem::path> paths);

// All products of a recipe in grid order. Throws InputError: an empty grid, a collision of keys.
std::vector<GridProduct> expand(const std::shared_ptr<const Recipe>& recipe);

// What the caller supplies when a product is resolved.
struct ResolveOptions {
  const LauncherConfig* launcher = nullptr;  // never null
  // Runtime names of placeholders (assets_dir, logs_dir, ...). `key` and `name` are set by
  // resolve itself. A placeholder of a name that is not here is an error.
  std::vector<std::pair<std::string, std::string>> runtime_names;
  std::vector<std::pair<std::string, std::string>> labels;  // --label name=value
  std::string image;                                        // --image; empty: the recipe's own
  // Whether a build whose image nobody supplies is an error where the launcher runs jobs in images:
  // for running, not for looking.
  bool needs_image = false;
  // Reads an environment variable (ASSAY_LABEL_<NAME>, ASSAY_IMAGE_<BUILD>); tests give their own.
  std::optional<std::string> (*environment)(const std::string& name) = nullptr;
};

// Everything of one product for one launcher: script rendered, settings merged, checks parsed.
// `recipes` are all recipes read, for builds that this one names. Throws InputError.
Product resolve(const GridProduct& product, const ResolveOptions& options,
                std::span<const std::shared_ptr<const Recipe>> recipes = {});

}  // namespace assay
