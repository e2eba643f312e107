// Recipes written in tests.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "../error_of.h"
#include "recipe/recipe.h"

namespace assay {

// The one recipe of a text; an error of its document is thrown.
inline std::shared_ptr<const Recipe> recipe_of(std::string text, std::string file = "r.yaml") {
  auto read = parse_recipes(std::move(text), std::move(file));
  if (!read.errors.empty()) throw InputError(read.errors.front());
  if (read.recipes.size() != 1) throw Error("the text holds no single recipe");
  return read.recipes.front();
}

inline std::vector<GridProduct> products_of(std::string text, std::string file = "r.yaml") {
  return expand(recipe_of(std::move(text), std::move(file)));
}

inline std::vector<std::string> keys_of(std::string text, std::string file = "r.yaml") {
  std::vector<std::string> keys;
  for (const auto& product : products_of(std::move(text), std::move(file))) {
    keys.push_back(product.key);
  }
  return keys;
}

// A bound parameter as a placeholder would show it; "(unset)" where there is none.
inline std::string bound_text(const GridProduct& product, std::string_view name) {
  for (const auto& [bound, value] : product.bindings) {
    if (*bound == name) return value->rendered();
  }
  return "(unset)";
}

using test::error_of;

}  // namespace assay
