#include "cli/discovery_recipes.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/error.h"
#include "cli/ctest_files.h"

namespace assay {

std::vector<RecipeEntry> find_entries(std::span<const std::filesystem::path> paths,
                                      std::vector<std::string>& errors) {
  std::vector<RecipeEntry> entries;
  std::set<std::filesystem::path> seen;
  std::set<std::string> test_directories;
  for (const auto& path : paths) {
    std::error_code ignored;
    const bool is_directory = std::filesystem::is_directory(path, ignored);
    std::vector<std::filesystem::path> files;
    try {
      files = find_recipe_files(std::span(&path, 1));
    } catch (const InputError& error) {
      errors.emplace_back(error.what());
    }
    for (const auto& file : files) {
      if (!seen.insert(file).second) continue;
      RecipeEntry entry;
      entry.info.file = file;
      entry.is_named = !is_directory;
      auto relative = is_directory ? file.lexically_relative(path) : file.filename();
      const auto stem = relative.replace_extension().generic_string();
      entry.info.test_directory = stem;
      for (int i = 2; !test_directories.insert(entry.info.test_directory).second; ++i) {
        entry.info.test_directory = stem + "-" + std::to_string(i);
      }
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

void read_entry(RecipeEntry& entry, std::vector<std::string>& notices) {
  auto& info = entry.info;
  entry.is_fresh = true;
  info.stamp = stamp_of(info.file);  // before reading: a later edit shows next time
  RecipeFile file;
  try {
    file = read_recipe_file(info.file);
  } catch (const Error& error) {
    entry.errors.emplace_back(error.what());
  }
  for (const auto& error : file.errors) entry.errors.emplace_back(error.what());
  for (const auto& notice : file.notices) {
    notices.push_back(to_string(notice.place) + ": " + notice.message);
  }
  for (const auto& recipe : file.recipes) {
    auto& into = recipe->type == RecipeType::build ? entry.builds : entry.products;
    try {
      auto products = expand(recipe);
      std::move(products.begin(), products.end(), std::back_inserter(into));
    } catch (const InputError& error) {
      entry.errors.emplace_back(error.what());
    }
  }
  info.builds.clear();
  for (const auto& build : entry.builds) info.builds.push_back(build.name());
  info.uses_gpus = std::any_of(entry.products.begin(), entry.products.end(),
                               [](const GridProduct& product) { return gpus_of(product) > 0; });
  if (entry.is_named && file.recipes.empty() && entry.errors.empty()) {
    entry.errors.push_back(info.file.string() + ": no document in this file is a recipe");
  }
}

}  // namespace assay
