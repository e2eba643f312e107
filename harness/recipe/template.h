// A text with placeholders, cut into what is literal and what is to be replaced.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "recipe/placeholder.h"

namespace assay::detail {

struct Piece {
  enum class Kind { literal, placeholder, bad };
  Kind kind = Kind::literal;
  std::string_view written;     // as it stands in the text, with its braces
  std::size_t offset = 0;       // of `written` in the text
  std::string_view body;        // literal text as it is to appear; or the expression
  std::size_t body_offset = 0;  // of `body` in `written`
  std::string problem;          // of what is bad
};

// Hands out the pieces from left to right, in linear time.
class TemplateReader {
 public:
  TemplateReader(std::string_view text, PlaceholderStyle style) : text_(text), style_(style) {}

  std::optional<Piece> next();

 private:
  Piece literal(std::size_t written, std::size_t body_offset, std::size_t body);
  Piece bad(std::size_t written, std::string problem);
  Piece next_fstring();
  Piece next_compact();
  Piece field(std::size_t body_offset);

  std::string_view text_;
  PlaceholderStyle style_;
  std::size_t offset_ = 0;
  int open_shell_braces_ = 0;  // compact: ${{ without its }} yet
};

bool is_plain_name(std::string_view text);

}  // namespace assay::detail
