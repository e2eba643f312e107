// The recipe files of one discovery: where their cases go, and what reading them gives.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "cli/discovery_cache.h"
#include "recipe/recipe.h"

namespace assay {

// A recipe file: what the cache says of it, or what reading it gave.
struct RecipeEntry {
  CachedRecipe info;
  bool is_named = false;  // by the user, not found below a directory
  bool is_fresh = false;  // read in this call; what follows is filled then
  std::vector<GridProduct> products;
  std::vector<GridProduct> builds;  // each is the one product of its recipe
  std::vector<std::string> errors;
};

// The recipe files at and below the paths, in their order, each once, with its test directory: its
// path below what was named, without the extension, numbered where two have the same. Paths that do
// not exist are added to `errors`.
std::vector<RecipeEntry> find_entries(std::span<const std::filesystem::path> paths,
                                      std::vector<std::string>& errors);

// Reads the file: all its products and errors, and what the cache keeps but the names of the cases.
// Documents that are no recipes are told in `notices`.
void read_entry(RecipeEntry& entry, std::vector<std::string>& notices);

}  // namespace assay
