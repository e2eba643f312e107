// Filter expressions over products: "type == 'recipe' and spec.model == 'openfold'".
#pragma once

#include <memory>
#include <span>
#include <string>

#include "recipe/recipe.h"

namespace assay {

class Filter {
 public:
  // Parses the expression; throws InputError whose place has `origin` (such as "--filter") as its
  // file and points into the expression.
  static Filter parse(std::string expression, std::string origin);

  bool matches(const GridProduct& product) const;

  // Throws InputError for a dotted path that none of the products has.
  void check_paths(std::span<const GridProduct> products) const;

  struct Node;  // of the parsed expression
  Filter(const Filter&) = default;
  Filter(Filter&&) = default;
  Filter& operator=(const Filter&) = default;
  Filter& operator=(Filter&&) = default;
  ~Filter() = default;

 private:
  Filter() = default;
  std::string expression_;
  std::string origin_;
  std::shared_ptr<const Node> root_;
};

}  // namespace assay
