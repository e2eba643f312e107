// Words of the small expression languages, read one after the other.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "recipe/expression.h"

namespace assay::detail {

struct Token {
  enum class Kind { name, number, text, symbol, end };
  Kind kind = Kind::end;
  std::string_view written;  // as it stands in the expression, quotes included
  std::size_t offset = 0;
  std::string text;  // of a quoted string: what is between the quotes

  bool is(std::string_view word) const { return kind != Kind::text && written == word; }
};

// Reads an expression once, from left to right.
class Tokens {
 public:
  Tokens(std::string_view expression, Grammar grammar);

  const Token& peek() const { return current_; }
  Token take();  // throws ExpressionError for what no token starts with
  bool take_if(std::string_view word);

 private:
  void read();
  void read_name();
  void read_number();
  void read_text(char quote);
  void read_symbol();
  char at(std::size_t offset) const { return offset < text_.size() ? text_[offset] : '\0'; }

  std::string_view text_;
  Grammar grammar_;
  std::size_t offset_ = 0;
  Token current_;
};

bool is_name_start(char c);
bool is_name_part(char c);

}  // namespace assay::detail
