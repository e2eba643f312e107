// Recipe files: which documents are recipes, and whether they say what a recipe may say.
#include <algorithm>

#include "base/digest.h"
#include "base/files.h"
#include "base/names.h"
#include "recipe/fields.h"
#include "recipe/recipe.h"
#include "recipe/yaml_reader.h"

namespace assay {

namespace {

constexpr long long k_newest_format = 1;

InputError error_at(const Recipe& recipe, int line, int column, std::string message) {
  return {{recipe.file, line, column}, std::move(message), line_of(*recipe.text, line)};
}

RecipeType type_of(const Recipe& recipe) {
  const Value* type = recipe.document.find("type");
  if (type == nullptr) return RecipeType::compact;
  const auto name = type->rendered();
  if (name == "recipe") return RecipeType::recipe;
  if (name == "basic") return RecipeType::basic;
  if (name == "build") return RecipeType::build;
  throw error_at(recipe, type->line, type->column,
                 unknown_name("type", name, {"recipe", "basic", "build"}));
}

FieldTable table_of(RecipeType type) {
  switch (type) {
    case RecipeType::build:
      return FieldTable::build;
    case RecipeType::compact:
      return FieldTable::compact;
    case RecipeType::recipe:
    case RecipeType::basic:
      break;
  }
  return FieldTable::recipe;
}

void check_version(const Recipe& recipe) {
  const Value* version = recipe.document.find("format_version");
  if (version == nullptr || version->is_null() ||
      version->text == std::to_string(k_newest_format)) {
    return;
  }
  throw error_at(recipe, version->line, version->column,
                 "format_version " + version->text + " is not known here; the newest is " +
                     std::to_string(k_newest_format));
}

void check(Recipe& recipe) {
  recipe.type = type_of(recipe);
  check_fields(recipe.document, table_of(recipe.type), "in a recipe", recipe.file, *recipe.text);
  check_version(recipe);
  const auto* needed = recipe.type == RecipeType::compact ? "script_args" : "spec";
  const Value* found = recipe.document.find(needed);
  if (found == nullptr || found->kind != Value::Kind::map) {
    throw error_at(recipe, recipe.place.line, recipe.place.column,
                   "this recipe has no '" + std::string(needed) + "'");
  }
}

bool is_recipe(const Value& document) {
  return document.kind == Value::Kind::map &&
         (document.find("type") != nullptr || document.find("script_args") != nullptr);
}

}  // namespace

RecipeFile parse_recipes(std::string text, std::string file) {
  RecipeFile result;
  result.file = std::move(file);
  const auto shared = std::make_shared<const std::string>(std::move(text));
  const auto digest = sha256_hex(*shared);
  for (auto& document : read_yaml(*shared, result.file)) {
    if (document.error) {
      result.errors.push_back(*document.error);
      continue;
    }
    if (!is_recipe(document.value)) {
      result.notices.push_back(
          {document.place, "", "no recipe: a document with neither 'type' nor 'script_args'"});
      continue;
    }
    auto recipe = std::make_shared<Recipe>();
    recipe->file = result.file;
    recipe->text = shared;
    recipe->digest = digest;
    recipe->place = document.place;
    recipe->document = std::move(document.value);
    recipe->duplicates = std::move(document.duplicates);
    try {
      check(*recipe);
      result.recipes.push_back(std::move(recipe));
    } catch (const InputError& error) {
      result.errors.push_back(error);
    }
  }
  return result;
}

RecipeFile read_recipe_file(const std::filesystem::path& path) {
  try {
    return parse_recipes(read_yaml_file(path), path.string());
  } catch (const InputError& error) {
    RecipeFile result;
    result.file = path.string();
    result.errors.push_back(error);
    return result;
  }
}

namespace {

bool is_yaml(const std::filesystem::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

bool is_hidden(const std::filesystem::path& path) {
  return path.filename().string().starts_with('.');
}

// Hidden directories (.git) hold no recipes.
void add_files_below(const std::filesystem::path& directory,
                     std::vector<std::filesystem::path>& files) {
  std::error_code code;
  std::filesystem::recursive_directory_iterator each(directory, code);
  const auto end = std::filesystem::recursive_directory_iterator();
  for (; !code && each != end; each.increment(code)) {
    std::error_code gone;  // an entry that vanished meanwhile is none
    if (is_hidden(each->path())) {
      if (each->is_directory(gone)) each.disable_recursion_pending();
    } else if (is_yaml(each->path()) && each->is_regular_file(gone)) {
      files.push_back(each->path());
    }
  }
  if (code) throw Error("cannot read directory " + directory.string() + ": " + code.message());
}

}  // namespace

std::vector<std::filesystem::path> find_recipe_files(std::span<const std::filesystem::path> paths) {
  std::vector<std::filesystem::path> files;
  for (const auto& path : paths) {
    std::error_code code;
    const auto status = std::filesystem::status(path, code);
    if (!std::filesystem::exists(status)) {
      throw InputError({path.string(), 0, 0}, "no such file or directory");
    }
    if (std::filesystem::is_directory(status)) {
      add_files_below(path, files);
    } else {
      files.push_back(path);
    }
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

}  // namespace assay
