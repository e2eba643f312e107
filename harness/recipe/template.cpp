#include "recipe/template.h"

#include <algorithm>

#include "base/text.h"
#include "recipe/token.h"

namespace assay::detail {

bool is_plain_name(std::string_view text) {
  text = trim(text);
  return !text.empty() && is_name_start(text.front()) && std::ranges::all_of(text, is_name_part);
}

namespace {

// Where the brace that ends an expression stands: the first `}` outside of quotes. Npos when
// there is none, or a new `{` comes first.
std::size_t end_of_expression(std::string_view text) {
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '}') {
      return i;
    } else if (c == '{') {
      break;
    }
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<Piece> TemplateReader::next() {
  if (offset_ == text_.size()) return std::nullopt;
  return style_ == PlaceholderStyle::fstring ? next_fstring() : next_compact();
}

Piece TemplateReader::literal(std::size_t written, std::size_t body_offset, std::size_t body) {
  Piece piece;
  piece.offset = offset_;
  piece.written = text_.substr(offset_, written);
  piece.body = piece.written.substr(body_offset, body);
  piece.body_offset = body_offset;
  offset_ += written;
  return piece;
}

Piece TemplateReader::bad(std::size_t written, std::string problem) {
  Piece piece = literal(written, 0, 0);
  piece.kind = Piece::Kind::bad;
  piece.problem = std::move(problem);
  return piece;
}

// The placeholder at the current offset, whose expression starts `body_offset` bytes later.
Piece TemplateReader::field(std::size_t body_offset) {
  const auto rest = text_.substr(offset_ + body_offset);
  const auto end = end_of_expression(rest);
  if (end == std::string_view::npos) {
    // As much as makes the place plain: up to the brace or the line's end.
    const auto shown = std::min(rest.find_first_of("}\n"), rest.size());
    const bool closed = shown < rest.size() && rest[shown] == '}';
    return bad(body_offset + shown + (closed ? 1 : 0), "it has no closing brace");
  }
  Piece piece = literal(body_offset + end + 1, body_offset, end);
  piece.kind = Piece::Kind::placeholder;
  return piece;
}

Piece TemplateReader::next_fstring() {
  const auto rest = text_.substr(offset_);
  const auto brace = rest.find_first_of("{}");
  if (brace != 0) {
    const auto length = std::min(brace, rest.size());
    return literal(length, 0, length);
  }
  const char c = rest.front();
  if (rest.size() > 1 && rest[1] == c) return literal(2, 0, 1);
  if (c == '}') return bad(1, "it closes no placeholder");
  return field(1);
}

Piece TemplateReader::next_compact() {
  const auto rest = text_.substr(offset_);
  if (rest.starts_with("${{")) {
    ++open_shell_braces_;
    // "${" of "${{": what is left out is the second brace.
    return literal(3, 0, 2);
  }
  if (open_shell_braces_ > 0 && rest.starts_with("}}")) {
    --open_shell_braces_;
    return literal(2, 0, 1);
  }
  if (rest.starts_with("${")) {
    Piece piece = field(2);
    if (piece.kind == Piece::Kind::placeholder && !is_plain_name(piece.body)) {
      piece.kind = Piece::Kind::bad;
      piece.problem = "between the braces stands one name";
    }
    return piece;
  }
  const auto length = std::min(rest.find_first_of("$}", 1), rest.size());
  return literal(length, 0, length);
}

}  // namespace assay::detail
