#include "cli/image_origin.h"

#include <filesystem>

#include "cli/options.h"
#include "recipe/recipe.h"

namespace assay {

namespace {

// What the recipe itself says; nothing of this process's environment counts.
std::string origin_in(const RecipeFile& file, const Record& record) {
  LauncherConfig launcher;
  launcher.name = record.launcher;
  launcher.type = record.launcher_type;
  ResolveOptions options;
  options.launcher = &launcher;
  options.labels = record.labels;
  for (const auto& recipe : file.recipes) {
    const auto products = expand(recipe);
    const auto* product = find_product(products, record.key);
    if (product == nullptr) continue;
    const auto resolved = resolve(*product, options, file.recipes);
    return resolved.image == record.image ? resolved.image_origin : std::string{};
  }
  return {};
}

}  // namespace

std::string image_origin(const Record& record) {
  if (record.image.empty() || !std::filesystem::exists(record.recipe_file)) return {};
  try {
    const auto file = read_recipe_file(record.recipe_file);
    const bool is_as_then =
        !file.recipes.empty() && file.recipes.front()->digest == record.recipe_digest;
    return is_as_then ? origin_in(file, record) : std::string{};
  } catch (const Error&) {
    return {};  // it resolved then, with what was supplied then: now it says nothing
  }
}

}  // namespace assay
