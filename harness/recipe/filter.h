// Filter expressions over products: "type == 'recipe' and spec.model == 'openfold'".
#pragma once

#include <span>
#include <string>

#include "recipe/expression.h"
#include "recipe/recipe.h"

namespace assay {

// A Python-like condition: and, or, not, parentheses, == != < <= > >= in not in, strings, numbers,
// True, False, None and lists of them. A path is `type`, `key`, `spec.NAME` or `labels.NAME`; where
// a product does not have it, it is None. What Python cannot order (None < 8) does not hold.
class Filter {
 public:
  // Parses the expression; throws InputError whose place has `origin` (such as "--filter") as its
  // file and points into the expression.
  static Filter parse(std::string expression, std::string origin);

  bool matches(const GridProduct& product) const;

  // Throws InputError for a dotted path that none of the products has. Says nothing where there
  // are no products.
  void check_paths(std::span<const GridProduct> products) const;

 private:
  Filter(std::string text, std::string origin)
      : text_(std::move(text)), origin_(std::move(origin)) {}
  [[noreturn]] void fail(std::size_t offset, const std::string& message) const;

  std::string text_;
  std::string origin_;
  Expression expression_;
};

}  // namespace assay
