// A parsed expression as the parser leaves it to the evaluator.
#pragma once

#include <vector>

#include "recipe/expression.h"

namespace assay {

namespace detail {

enum class Comparison {
  equal,
  not_equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  contained,
  not_contained,
};

}  // namespace detail

struct Expression::Node {
  enum class Kind {
    literal,
    name,         // literal.text is the name
    conditional,  // children: A, COND, B
    any_of,       // `or`
    all_of,       // `and`
    negation,
    comparison,  // children and the comparisons between them, all of which must hold
    is_none,     // `is None`, negated: `is not None`
    sum,
    to_text,  // str()
    split,    // .split(literal)[index]
    list,
  };
  Kind kind = Kind::literal;
  std::size_t offset = 0;
  Value literal;
  long long index = 0;
  bool negated = false;
  std::vector<Node> children;
  std::vector<detail::Comparison> comparisons;
};

}  // namespace assay
