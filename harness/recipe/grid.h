// The parameter grid of `products`: which values are bound together.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "recipe/recipe.h"

namespace assay {

// One map of a recipe's `products` with what it inherits: the Cartesian product of its axes.
struct GridBlock {
  int line = 0;
  // In order of first appearance, the last one varies fastest. The values live in the recipe.
  std::vector<std::pair<const std::string*, std::vector<const Value*>>> axes;
  std::vector<const Value*> excludes;  // maps; a point that matches all entries of one is dropped

  std::size_t size() const;  // points before excludes; saturates instead of overflowing
};

// The blocks of a recipe in file order; one without axes where there are no products. Throws
// InputError: something that is no map or list, a grid of more than a million points.
std::vector<GridBlock> grid_of(const Recipe& recipe);

// Whether one of the block's `exclude` maps matches the point, compared as text.
bool is_excluded(const GridBlock& block,
                 const std::vector<std::pair<const std::string*, const Value*>>& bindings);

}  // namespace assay
