#include "recipe/shell_text.h"

#include <algorithm>

#include "base/text.h"

namespace assay::detail {

namespace {

constexpr std::string_view k_word_ends = " \t\n;&|<>()";
constexpr std::string_view k_acts_unquoted = " \t\n;&|<>()*?`";

bool has(std::string_view characters, char c) {
  return characters.find(c) != std::string_view::npos;
}

}  // namespace

Quoting ShellQuoting::quoting() const {
  if (in_here_document_) return Quoting::here_document;
  if (in_comment_) return Quoting::comment;
  if (open_.empty() || open_.back() == Open::substitution) return Quoting::none;
  return open_.back() == Open::double_quotes ? Quoting::double_quotes : Quoting::single_quotes;
}

void ShellQuoting::feed_word() {
  word_started_ = true;
  if (in_here_document_) here_line_ += '\0';
}

void ShellQuoting::feed(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_here_document_ ||
        (c == '\n' && quoting() != Quoting::single_quotes && quoting() != Quoting::double_quotes)) {
      if (c == '\n') {
        end_line();
      } else {
        here_line_ += c;
      }
    } else if (!in_comment_) {
      feed_quoted(c, text, i);
    }
  }
}

void ShellQuoting::end_line() {
  in_comment_ = false;
  word_started_ = false;
  if (in_here_document_ && trim(here_line_) == here_documents_.front()) {
    here_documents_.erase(here_documents_.begin());
  }
  in_here_document_ = !here_documents_.empty();
  here_line_.clear();
}

void ShellQuoting::feed_quoted(char c, std::string_view text, std::size_t& i) {
  const auto state = quoting();
  if (state == Quoting::single_quotes) {
    if (c == '\'') open_.pop_back();
    return;
  }
  if (c == '\\') {
    ++i;
    word_started_ = true;
  } else if (c == '"') {
    if (state == Quoting::double_quotes) {
      open_.pop_back();
    } else {
      open_.push_back(Open::double_quotes);
    }
    word_started_ = true;
  } else if (c == '$' && i + 1 < text.size() && text[i + 1] == '(') {
    open_.push_back(Open::substitution);
    word_started_ = false;
    ++i;
  } else if (state == Quoting::none) {
    feed_plain(text, i);
  }
}

void ShellQuoting::feed_plain(std::string_view text, std::size_t& i) {
  const char c = text[i];
  if (c == '\'') {
    open_.push_back(Open::single_quotes);
    word_started_ = true;
  } else if (c == '(') {
    open_.push_back(Open::substitution);  // a subshell or the inner parenthesis of $((...))
    word_started_ = false;
  } else if (c == ')') {
    if (!open_.empty()) open_.pop_back();
    word_started_ = true;
  } else if (c == '#' && !word_started_) {
    in_comment_ = true;
  } else if (text.substr(i).starts_with("<<") && !text.substr(i).starts_with("<<<")) {
    open_here_document(text, i);
  } else if (text.substr(i).starts_with("<<<")) {
    i += 2;
    word_started_ = false;
  } else {
    word_started_ = !has(k_word_ends, c);
  }
}

// Reads `<<WORD` or `<<-'WORD'`; `i` is left on its last character.
void ShellQuoting::open_here_document(std::string_view text, std::size_t& i) {
  std::size_t end = i + 2;
  if (end < text.size() && text[end] == '-') ++end;
  while (end < text.size() && (text[end] == ' ' || text[end] == '\t')) ++end;
  std::string word;
  while (end < text.size() && !has(k_word_ends, text[end])) {
    if (!has("'\"\\", text[end])) word += text[end];
    ++end;
  }
  if (!word.empty()) here_documents_.push_back(std::move(word));
  i = end - 1;
}

namespace {

// The first character that acts in an unquoted word, or a quote that stays open.
char special_in_word(std::string_view value) {
  char quote = '\0';
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '\\') {
      ++i;
    } else if (has(k_acts_unquoted, c)) {
      return c;
    }
  }
  return quote;
}

}  // namespace

char special_character(std::string_view value, Quoting quoting) {
  switch (quoting) {
    case Quoting::none:
      return special_in_word(value);
    case Quoting::double_quotes:
      return has(value, '"') ? '"' : '\0';
    case Quoting::single_quotes:
      return has(value, '\'') ? '\'' : '\0';
    case Quoting::comment:
      return has(value, '\n') ? '\n' : '\0';
    case Quoting::here_document:
      break;
  }
  return '\0';
}

}  // namespace assay::detail
