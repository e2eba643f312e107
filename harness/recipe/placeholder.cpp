#include "recipe/placeholder.h"

#include <algorithm>
#include <optional>

#include "recipe/template.h"

namespace assay {

namespace {

// A list this long is slower than a table.
constexpr std::size_t k_many_names = 64;

}  // namespace

void PlaceholderScope::add(std::string_view name, const Value* value) {
  values_.emplace_back(name, value);
  if (values_.size() < k_many_names) return;
  if (index_.empty()) {
    for (const auto& [known, other] : values_) index_[known] = other;
  }
  index_[name] = value;
}

const Value* PlaceholderScope::find(std::string_view name) const {
  if (!index_.empty()) {
    const auto found = index_.find(name);
    return found == index_.end() ? nullptr : found->second;
  }
  for (auto it = values_.rbegin(); it != values_.rend(); ++it) {
    if (it->first == name) return it->second;
  }
  return nullptr;
}

std::vector<std::string> PlaceholderScope::names() const {
  std::vector<std::string> names;
  names.reserve(values_.size());
  for (const auto& [name, value] : values_) names.emplace_back(name);
  return names;
}

namespace {

using detail::Piece;

constexpr std::size_t k_longest_shown = 80;

// The placeholder as a message shows it: on one line, not too long.
std::string shown(std::string_view written) {
  std::string out(written.substr(0, k_longest_shown));
  std::ranges::replace(out, '\n', ' ');
  if (written.size() > k_longest_shown) out += "...";
  return "'" + out + "'";
}

// Renders one text; knows how to say where in its file something is wrong.
class Renderer {
 public:
  Renderer(std::string_view text, const PlaceholderScope& scope, const TextOrigin& origin,
           PlaceholderStyle style)
      : text_(text), scope_(scope), origin_(origin), style_(style) {}

  std::string render() const {
    std::string out;
    out.reserve(text_.size() + text_.size() / 8);
    detail::TemplateReader reader(text_, style_);
    while (const auto piece = reader.next()) {
      switch (piece->kind) {
        case Piece::Kind::literal:
          out += piece->body;
          break;
        case Piece::Kind::placeholder:
          out += value_of(*piece);
          break;
        case Piece::Kind::bad:
          fail(*piece, 0,
               "bad placeholder " + shown(piece->written) + ": " + piece->problem + hint(*piece));
      }
    }
    return out;
  }

 private:
  std::string value_of(const Piece& piece) const {
    try {
      const auto expression = Expression::parse(piece.body, Grammar::placeholder);
      for (const auto& use : expression.uses()) check_known(piece, use);
      return expression.evaluate(scope_).rendered();
    } catch (const ExpressionError& error) {
      fail(piece, error.offset(),
           "cannot evaluate placeholder " + shown(piece.written) + ": " + error.what() +
               hint(piece));
    }
  }

  void check_known(const Piece& piece, const Expression::NameUse& use) const {
    if (scope_.find(use.name) != nullptr) return;
    fail(piece, use.offset,
         "unknown name '" + use.name + "' in placeholder " + shown(piece.written) +
             did_you_mean(use.name, scope_.names()) + hint(piece));
  }

  std::string hint(const Piece& piece) const {
    const bool after_dollar = piece.offset > 0 && text_[piece.offset - 1] == '$';
    if (style_ == PlaceholderStyle::compact || after_dollar) {
      return "; a shell's ${NAME} is written ${{NAME}}";
    }
    return piece.kind == Piece::Kind::bad || !detail::is_plain_name(piece.body)
               ? "; literal braces are written {{ and }}"
               : "";
  }

  // `offset` counts within the piece's body.
  [[noreturn]] void fail(const Piece& piece, std::size_t offset, const std::string& message) const {
    const auto place = place_in_file(origin_, text_, piece.offset, piece.written.size());
    Place exact = place;
    const auto before = piece.written.substr(0, piece.body_offset + offset);
    if (before.find('\n') == std::string_view::npos && exact.column > 0) {
      exact.column += static_cast<int>(before.size());
    }
    throw InputError(exact, message, line_of(origin_.source, exact.line));
  }

  std::string_view text_;
  const PlaceholderScope& scope_;
  const TextOrigin& origin_;
  PlaceholderStyle style_;
};

}  // namespace

std::string render_placeholders(std::string_view text, const PlaceholderScope& scope,
                                const TextOrigin& origin, PlaceholderStyle style) {
  return Renderer(text, scope, origin, style).render();
}

std::vector<std::string> placeholder_names(std::string_view text, PlaceholderStyle style) {
  std::vector<std::string> names;
  detail::TemplateReader reader(text, style);
  while (const auto piece = reader.next()) {
    if (piece->kind != Piece::Kind::placeholder) continue;
    try {
      const auto expression = Expression::parse(piece->body, Grammar::placeholder);
      for (const auto& use : expression.uses()) {
        if (std::ranges::count(names, use.name) == 0) names.push_back(use.name);
      }
    } catch (const ExpressionError&) {
      continue;  // it has no names; rendering says what is wrong with it
    }
  }
  return names;
}

}  // namespace assay
