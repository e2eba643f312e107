// A resolved product for people and tools: what `assay show` prints.
#pragma once

#include <iosfwd>

#include "model/product.h"

namespace assay {

void write_product_text(const Product& product, std::ostream& out);

// The same content as one JSON object, or as YAML in block style.
void write_product_json(const Product& product, std::ostream& out);
void write_product_yaml(const Product& product, std::ostream& out);

}  // namespace assay
