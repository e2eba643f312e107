// Edits of a recipe's text by the places of its values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/check.h"
#include "model/value.h"

namespace assay {

// `length` bytes from `offset` on give way to `text`.
struct Splice {
  std::size_t offset = 0;
  std::size_t length = 0;
  std::string text;
};

// Splices must not overlap; those at one offset are applied in their order.
std::string applied(std::string_view text, std::vector<Splice> splices);

// `scalar`'s own text, quotes included, becomes `replacement`. Throws InputError where the value is
// not written at its place (an alias, a tag, a block scalar).
Splice replace_scalar(std::string_view text, const Value& scalar, const std::string& replacement,
                      const std::string& file);

// Items for `tests_spec`, as a block list that is not indented.
std::string item_text(const std::vector<std::pair<std::string, Bound>>& baselines,
                      const std::vector<std::pair<std::string, std::string>>& identifier);

// `yaml`, a block list that is not indented, behind the last item of the document's `key`, indented
// like it; a new `key` at the document's end where there is none. Throws InputError where the list
// is written in flow style.
Splice append_items(std::string_view text, const Value& document, const std::string& key,
                    const std::string& yaml, const std::string& file);

}  // namespace assay
