// The two small expression languages, a Python subset each: what stands in a placeholder
// ("'_vp'+str(vp_size) if vp_size else ''") and what selects products ("spec.gpus <= 8").
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/value.h"

namespace assay {

enum class Grammar {
  placeholder,  // names, strings, A if B else C, +, str(), is [not] None, == !=, and or, .split
  filter,       // dotted paths, strings, numbers, == != < <= > >= in, and or not
};

// What is wrong, and where in the expression; callers turn it into an InputError with a place.
class ExpressionError : public Error {
 public:
  ExpressionError(std::size_t offset, const std::string& message)
      : Error(message), offset_(offset) {}
  std::size_t offset() const { return offset_; }

 private:
  std::size_t offset_;
};

// What the names of an expression mean.
class Names {
 public:
  virtual ~Names() = default;
  // The value of a name; it may be made in `scratch`. Null when there is none.
  virtual const Value* find(std::string_view name, Value& scratch) const = 0;
};

class Expression {
 public:
  struct NameUse {
    std::string name;
    std::size_t offset;
  };

  // Throws ExpressionError. Nesting and length are limited, so that no input overflows the stack.
  static Expression parse(std::string_view text, Grammar grammar);

  // A name that `names` does not have counts as None: who minds checks `uses` first.
  // Throws ExpressionError for what Python raises TypeError or IndexError for.
  Value evaluate(const Names& names) const;
  bool is_true(const Names& names) const;

  // Every name in the expression, in order, evaluated or not.
  const std::vector<NameUse>& uses() const { return uses_; }

  struct Node;

 private:
  std::shared_ptr<const Node> root_;
  std::vector<NameUse> uses_;
};

}  // namespace assay
