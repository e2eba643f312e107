// What a product is called: its key, stable over time.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "recipe/recipe.h"

namespace assay {

// A value's text in lower case, every run of other characters than a-z and 0-9 as one '-'.
std::string slug(std::string_view text);

// Makes the keys of a recipe's products. `names` are the bound parameters of all of them, in the
// order of their bindings, so that the work of choosing segments is done once.
class KeyMaker {
 public:
  // Throws InputError for key_segments that are no map of names to texts or False.
  KeyMaker(const Recipe& recipe, const std::vector<std::string>& names);

  // The full key, such as "recipe/esm2_train_fp32". Throws InputError for a name that does not
  // render, or for a key without any segment.
  std::string key_of(const GridProduct& product) const;

 private:
  struct Segment {
    std::string prefix;  // "" for a bare value, else "nodes-"
    std::size_t index;   // of the binding
  };

  void choose_default_segments(const Value* key_segments);
  void choose_named_segments(const Value& key_segments);
  void choose_compact_segments(const Value* key_segments);
  void add(const std::string& name, std::string prefix);

  const Recipe& recipe_;
  const std::vector<std::string>& names_;
  std::string start_;  // "recipe/", or "recipe/<file's stem>" of the compact format
  std::vector<Segment> segments_;
};

}  // namespace assay
