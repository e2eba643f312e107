// Placeholders: what a recipe's text says in braces, replaced by a product's values.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/value.h"
#include "recipe/expression.h"

namespace assay {

// How a text marks its placeholders; everything else stays byte for byte.
enum class PlaceholderStyle {
  fstring,  // {name}, small expressions; {{ and }} are literal braces
  compact,  // ${name}; ${{NAME}} is the shell's ${NAME}; a brace without $ is a brace
};

// The names that a text may use; of two equal names the later one counts. Values live elsewhere.
class PlaceholderScope : public Names {
 public:
  void add(std::string_view name, const Value* value);

  const Value* find(std::string_view name) const;
  const Value* find(std::string_view name, Value& /*scratch*/) const override { return find(name); }
  std::vector<std::string> names() const;

 private:
  std::vector<std::pair<std::string_view, const Value*>> values_;
  std::unordered_map<std::string_view, const Value*> index_;  // once there are many
};

// Where a text came from, so that an error can point into the file.
struct TextOrigin {
  std::string file;
  std::string_view source;  // the whole file; empty when it is not at hand
  int line = 0;             // where the scalar starts in it (a Value's line and column); a block
  int column = 0;           // scalar starts at its `|` or `>`
};

// Throws InputError at the placeholder in the file: one that is no expression of the grammar, that
// names what the scope does not have, or that Python would raise an error for.
std::string render_placeholders(std::string_view text, const PlaceholderScope& scope,
                                const TextOrigin& origin,
                                PlaceholderStyle style = PlaceholderStyle::fstring);

// Every name that placeholders of the text use, once, in order. Never throws: what is no
// expression has no names.
std::vector<std::string> placeholder_names(std::string_view text,
                                           PlaceholderStyle style = PlaceholderStyle::fstring);

// Where byte `offset` of a scalar's text stands in the file: exact for literal blocks, else by
// finding the excerpt of `length` bytes at `offset` again.
Place place_in_file(const TextOrigin& origin, std::string_view text, std::size_t offset,
                    std::size_t length);

}  // namespace assay
