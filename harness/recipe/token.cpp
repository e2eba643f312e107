#include "recipe/token.h"

#include <algorithm>
#include <array>
#include <utility>

namespace assay::detail {

namespace {

constexpr std::array<std::string_view, 18> k_symbols = {
    "==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ",", ".", "+", "-", "*", "/", ":", "!"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }

Tokens::Tokens(std::string_view expression, Grammar grammar)
    : text_(expression), grammar_(grammar) {
  read();
}

Token Tokens::take() {
  Token taken = std::move(current_);
  if (taken.kind != Token::Kind::end) read();
  return taken;
}

bool Tokens::take_if(std::string_view word) {
  if (!current_.is(word)) return false;
  take();
  return true;
}

void Tokens::read() {
  while (offset_ < text_.size() && is_blank(text_[offset_])) ++offset_;
  current_ = {.kind = Token::Kind::end, .written = {}, .offset = offset_, .text = {}};
  if (offset_ == text_.size()) return;
  const char c = text_[offset_];
  if (is_name_start(c)) {
    read_name();
  } else if (is_digit(c) || (c == '.' && is_digit(at(offset_ + 1)))) {
    read_number();
  } else if (c == '\'' || c == '"') {
    read_text(c);
  } else {
    read_symbol();
  }
  current_.written = text_.substr(current_.offset, offset_ - current_.offset);
}

// In a filter a whole dotted path is one name, and its parts may have inner dashes.
void Tokens::read_name() {
  current_.kind = Token::Kind::name;
  const bool is_path = grammar_ == Grammar::filter;
  const auto joins = [&](char c) { return is_path && (c == '.' || c == '-'); };
  while (is_name_part(at(offset_)) || (joins(at(offset_)) && is_name_part(at(offset_ + 1)))) {
    ++offset_;
  }
}

void Tokens::read_number() {
  current_.kind = Token::Kind::number;
  const auto continues = [&] {
    if (is_name_part(at(offset_)) || at(offset_) == '.') return true;
    const char before = text_[offset_ - 1];
    return (at(offset_) == '-' || at(offset_) == '+') && (before == 'e' || before == 'E');
  };
  do {
    ++offset_;
  } while (offset_ < text_.size() && continues());
}

void Tokens::read_text(char quote) {
  current_.kind = Token::Kind::text;
  for (++offset_; at(offset_) != quote; ++offset_) {
    if (offset_ >= text_.size()) {
      throw ExpressionError(current_.offset, "this quoted string has no end");
    }
    if (text_[offset_] == '\\') {
      const char next = at(offset_ + 1);
      if (grammar_ == Grammar::placeholder || (next != quote && next != '\\')) {
        throw ExpressionError(offset_, "a quoted string cannot hold a backslash here");
      }
      ++offset_;
    }
    current_.text += text_[offset_];
  }
  ++offset_;
}

void Tokens::read_symbol() {
  current_.kind = Token::Kind::symbol;
  const auto rest = text_.substr(offset_);
  const auto found = std::ranges::find_if(
      k_symbols, [&](std::string_view symbol) { return rest.starts_with(symbol); });
  if (found == k_symbols.end()) {
    const auto byte = static_cast<unsigned char>(rest.front());
    const bool printable = byte > 0x20U && byte < 0x7FU;
    throw ExpressionError(offset_, printable ? "unexpected '" + std::string(1, rest.front()) + "'"
                                             : std::string("unexpected character"));
  }
  offset_ += found->size();
}

}  // namespace assay::detail
