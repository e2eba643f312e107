// Products and values as JSON, for `list`, `show` and whoever reads them.
#pragma once

#include <iosfwd>
#include <span>

#include "recipe/recipe.h"

namespace assay {

// One array of {key, name, recipe, line, labels, spec}, written as it goes, one product per line.
// `spec` holds every bound parameter with its YAML type; numbers that JSON has no form for (.nan,
// 0x10) are strings.
void write_products_json(std::span<const GridProduct> products, std::ostream& out);

// A value as JSON text.
std::string to_json_text(const Value& value);

// A string as a JSON string, quoted; bad UTF-8 is replaced.
std::string json_quote(std::string_view text);

}  // namespace assay
