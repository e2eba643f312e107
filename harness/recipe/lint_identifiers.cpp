// Checks and quarantines that are for no product at all.
#include <algorithm>

#include "base/error.h"
#include "recipe/lint_rules.h"
#include "recipe/section.h"

namespace assay::detail {

namespace {

using Entry = std::pair<std::string, Value>;

// The target is the launcher, which every call may choose.
bool can_have(const GridProduct& product, const Entry& entry) {
  return entry.first == "target" || is_bound(product, entry);
}

// What of an identifier no product has; null where each has its products, but none has all.
const Entry* find_unbound(const LintedRecipe& linted, const Value& identifier) {
  for (const auto& entry : identifier.entries) {
    const auto has_it = [&](const auto& product) { return can_have(product, entry); };
    if (std::ranges::none_of(linted.products, has_it)) return &entry;
  }
  return nullptr;
}

std::string why_unbound(const LintedRecipe& linted, const Entry* entry) {
  if (entry == nullptr) return "none has all of these values";
  const auto& [name, wanted] = *entry;
  const auto known = linted.values.find(name);
  if (known == linted.values.end()) {
    std::vector<std::string> names{"target"};
    for (const auto& [parameter, values] : linted.values) names.push_back(parameter);
    return "none has a '" + name + "'" + did_you_mean(name, names);
  }
  std::vector<std::string> values;
  for (const Value* value : known->second) values.push_back(value->rendered());
  return "none has the " + name + " '" + wanted.rendered() + "'" +
         did_you_mean(wanted.rendered(), values);
}

void lint_identifier(const LintedRecipe& linted, const Value& item, LintReport& report) {
  const Value* identifier = item.find("product_identifier");
  if (identifier == nullptr || identifier->entries.empty()) return;
  const auto selects = [&](const GridProduct& product) {
    return std::ranges::all_of(identifier->entries,
                               [&](const Entry& entry) { return can_have(product, entry); });
  };
  if (std::ranges::any_of(linted.products, selects)) return;
  const Entry* unbound = find_unbound(linted, *identifier);
  const Value& place = unbound == nullptr ? *identifier : unbound->second;
  report.add("no-such-product", {linted.recipe.file, place.key_line, place.key_column},
             "this is for no product: " + why_unbound(linted, unbound), item.line);
}

}  // namespace

void lint_identifiers(const LintedRecipe& linted, LintReport& report) {
  for (const auto* name : {"tests_spec", "tests", "quarantine"}) {
    const Value* section = linted.recipe.document.find(name);
    if (section == nullptr) continue;
    lint_identifier(linted, *section, report);
    for (const auto& item : section->items) lint_identifier(linted, item, report);
  }
}

}  // namespace assay::detail
