#include "model/product.h"

namespace assay {

const Parameter* Product::find(std::string_view parameter) const {
  for (const auto& candidate : parameters) {
    if (candidate.name == parameter) return &candidate;
  }
  return nullptr;
}

}  // namespace assay
