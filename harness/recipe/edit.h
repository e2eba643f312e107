// New bounds for the baselines of a recipe file that is otherwise kept byte for byte: comments,
// order, style.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/check.h"
#include "recipe/recipe.h"

namespace assay {

// What a product's metric is to be held against from now on.
struct NewBound {
  std::string key;  // of the product
  std::string metric;
  Bound bound;  // of the baseline's own operator, where it has one already
};

struct RecipeEdit {
  std::string text;                  // the whole file
  std::vector<std::string> refused;  // bounds that could not be written, with the reason
};

// Writes the bounds of products (of this file) into the file's `tests_spec`:
// * A baseline that only such products share, all with the same new bound, gets the new numbers.
// * A baseline shared by products whose bounds differ keeps what holds for all of them (the widest
//   bound, the old one included for products without a new one), and each product with a new bound
//   gets an item of its own, with the `product_identifier` that tells it apart.
// * A metric without a baseline for the product gets an item.
// The result is parsed again and compared: an edit that would change anything else (a number that
// other places share by an alias) is an Error, and nothing is returned.
RecipeEdit edit_baselines(const RecipeFile& file, std::span<const GridProduct> products,
                          const LauncherConfig& launcher, std::span<const NewBound> bounds);

// The difference of two texts as `diff -u` shows it; empty when they are equal.
std::string unified_diff(std::string_view before, std::string_view after, const std::string& name);

}  // namespace assay
