// Arithmetic over named values: "tokens_per_s / gpus".
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace assay {

// + - * / and parentheses over numbers and names. A name is letters, digits, '_' and '.', not
// starting with a digit; any other name stands between backticks: `train/loss` * 2.
class Arithmetic {
 public:
  // Throws InputError, whose message says the place in the text; `place` is the text's own.
  static Arithmetic parse(std::string_view text, const Place& place = {});

  // Each name once, in the order of the text.
  const std::vector<std::string>& names() const { return names_; }

  // `value_of` gets the names that names() holds. A division by zero is NaN, not infinity, so that
  // no lower bound can be met by it.
  double evaluate(const std::function<double(const std::string&)>& value_of) const;

 private:
  // Postfix: an operand, a name, or an operator over the last one ('~' negates) or two values.
  struct Item {
    char kind = 'n';  // 'n' number, 'v' name, '~', '+', '-', '*', '/'
    double number = 0;
    std::size_t name = 0;
  };
  class Parser;

  std::vector<Item> items_;
  std::vector<std::string> names_;
};

}  // namespace assay
