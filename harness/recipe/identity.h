// A product's key: what names it, stable over time.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "recipe/recipe.h"

namespace assay {

using Bindings = std::vector<std::pair<const std::string*, const Value*>>;

// A value's text in a key: lower case, every run of other characters than [a-z0-9] one '-'.
std::string slug(std::string_view text);

// Whether a parameter of the compact format stands beside `script_args` rather than in it.
bool is_top_of_compact(std::string_view name);

// An InputError that points at a value of the recipe.
InputError error_at(const Recipe& recipe, const Value& at, const std::string& message);

// Makes the keys of one recipe's products.
class Identity {
 public:
  explicit Identity(const Recipe& recipe);

  // The products of one grid map have the same names at the same positions of their bindings.
  void set_names(const Bindings& bindings);

  // Throws InputError: a name that cannot be rendered, is empty or too long.
  std::string key(const Bindings& bindings) const;

  // How much text is rendered for each key, in bytes.
  static std::size_t rendered_bytes(const Bindings& bindings);

  // What to do so that products that differ in `parameter` have different keys.
  std::string how_to_add(const std::string& parameter) const;

 private:
  struct Segment {
    std::string parameter;
    std::string prefix;        // "nodes-"; empty for bare values
    bool is_default = false;   // of rule 1 or 2: an empty value is skipped as well
    bool is_rendered = false;  // its text may hold placeholders
    std::size_t position = 0;
    bool is_bound = false;
  };

  void add_default_segments();
  void add_named_segments();
  void set_compact_names(const Bindings& bindings);
  std::string key_of_type(const Bindings& bindings) const;
  std::string joined_segments(const Bindings& bindings) const;
  std::string rendered(const Value& text, const Bindings& bindings) const;

  const Recipe& recipe_;
  std::map<std::string, std::string> aliases_;    // of key_segments; empty = left out
  std::set<std::string, std::less<>> arguments_;  // of the compact format's script_args
  std::vector<Segment> segments_;
};

}  // namespace assay
