#include "base/names.h"

#include "base/error.h"

namespace assay {

std::string unknown_name(std::string_view what, std::string_view name,
                         const std::vector<std::string>& candidates) {
  auto text = "unknown " + std::string(what) + " '" + std::string(name) + "'";
  const auto hint = did_you_mean(name, candidates);
  if (!hint.empty() || candidates.empty()) return text + hint;
  text += "; expected ";
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (i > 0) text += i + 1 == candidates.size() ? " or " : ", ";
    text += candidates[i];
  }
  return text;
}

}  // namespace assay
