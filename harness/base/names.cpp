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

std::string variable_name(std::string_view prefix, std::string_view name) {
  std::string out(prefix);
  for (const char c : name) {
    const bool is_lower = c >= 'a' && c <= 'z';
    const bool is_kept = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out += is_lower ? static_cast<char>(c - 'a' + 'A') : is_kept ? c : '_';
  }
  return out;
}

}  // namespace assay
