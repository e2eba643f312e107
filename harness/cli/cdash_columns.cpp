#include "cli/cdash_columns.h"

#include <algorithm>

#include "cli/options.h"

namespace assay {

namespace {

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

// The names under a recipe's `metrics`, and those its checks hold against baselines.
void add_metrics(const Recipe& recipe, std::vector<std::string>& names) {
  const auto* metrics = recipe.document.find("metrics");
  if (metrics == nullptr) {
    const auto* spec = recipe.document.find("spec");
    metrics = spec == nullptr ? nullptr : spec->find("metrics");
  }
  if (metrics != nullptr) {
    for (const auto& item : metrics->items) {
      if (item.is_scalar()) add_once(names, item.text);
    }
    for (const auto& [name, value] : metrics->entries) add_once(names, name);
  }
  const auto* tests = recipe.document.find("tests_spec");
  if (tests == nullptr) return;
  for (const auto& test : tests->items) {
    const auto* logic = test.find("logic_spec");
    const auto* baselines = logic == nullptr ? nullptr : logic->find("baselines");
    if (baselines == nullptr) continue;
    for (const auto& [name, value] : baselines->entries) add_once(names, name);
  }
}

}  // namespace

std::vector<std::string> measurement_columns(const std::vector<std::string>& paths) {
  // CTest's Execution Time includes the queue; this is the time to look at.
  std::vector<std::string> names{"run_seconds"};
  if (paths.empty()) return names;
  SelectionOptions options;
  options.paths = paths;
  const auto selection = select(options);
  if (!selection.errors.empty()) throw InputError(selection.errors.front());
  for (const auto& recipe : selection.recipes) add_metrics(*recipe, names);
  return names;
}

}  // namespace assay
