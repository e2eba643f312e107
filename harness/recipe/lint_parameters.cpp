// Parameters that nothing uses.
#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "recipe/fields.h"
#include "recipe/lint_rules.h"
#include "recipe/token.h"

namespace assay::detail {

namespace {

// A label that Assay makes itself, and the older place of a section, besides the fields of `spec`.
constexpr std::string_view k_domain = "domain";
constexpr std::string_view k_metrics = "metrics";
constexpr std::string_view k_environment_prefix = "ASSAY_PARAM_";

bool is_field(const std::string& name) {
  return name == k_domain || name == k_metrics || find_field(FieldTable::spec, name) != nullptr;
}

// The parameters that a text names as $ASSAY_PARAM_<NAME>.
void add_environment_uses(std::string_view text, std::set<std::string, std::less<>>& uses) {
  for (auto at = text.find(k_environment_prefix); at != std::string_view::npos;
       at = text.find(k_environment_prefix, at)) {
    at += k_environment_prefix.size();
    const auto rest = text.substr(at);
    const auto end = std::ranges::find_if_not(rest, is_name_part) - rest.begin();
    uses.insert(to_lower(rest.substr(0, static_cast<std::size_t>(end))));
  }
}

void add_uses(const Value& value, PlaceholderStyle style,
              std::set<std::string, std::less<>>& uses) {
  if (value.kind == Value::Kind::string) {
    for (auto& name : placeholder_names(value.text, style)) uses.insert(std::move(name));
    add_environment_uses(value.text, uses);
  }
  for (const auto& item : value.items) add_uses(item, style, uses);
  for (const auto& [name, entry] : value.entries) add_uses(entry, style, uses);
}

// What limits a check or a quarantine to some products uses the parameters it names.
void add_identifiers(const Value& value, std::set<std::string, std::less<>>& uses) {
  for (const auto& item : value.items) add_identifiers(item, uses);
  for (const auto& [name, entry] : value.entries) {
    if (name != "product_identifier") continue;
    for (const auto& [parameter, wanted] : entry.entries) uses.insert(parameter);
  }
}

// Where each key of the document stands: bound names are those keys.
using Entries = std::unordered_map<const std::string*, const Value*>;

void add_entries(const Value& value, Entries& entries) {
  for (const auto& [name, entry] : value.entries) {
    entries.emplace(&name, &entry);
    add_entries(entry, entries);
  }
  for (const auto& item : value.items) add_entries(item, entries);
}

}  // namespace

void lint_parameters(const LintedRecipe& linted, LintReport& report) {
  std::set<std::string, std::less<>> uses;
  const Value& document = linted.recipe.document;
  add_uses(document, linted.style(), uses);
  for (const auto* section : {"tests_spec", "tests", "quarantine"}) {
    if (const Value* value = document.find(section)) add_identifiers(*value, uses);
  }
  Entries entries;
  add_entries(document, entries);
  std::set<std::string, std::less<>> looked_at;
  for (const auto& product : linted.products) {
    for (const auto& [name, value] : product.bindings) {
      if (!looked_at.insert(*name).second || is_field(*name)) continue;
      if (uses.contains(*name) || uses.contains(to_lower(*name))) continue;
      const auto entry = entries.find(name);
      const Value& shown = entry == entries.end() ? *value : *entry->second;
      const int line = shown.key_line > 0 ? shown.key_line : shown.line;
      const int column = shown.key_line > 0 ? shown.key_column : shown.column;
      report.add("unused-parameter", {linted.recipe.file, line, column},
                 "no script and no setting uses the parameter '" + *name + "'");
    }
  }
}

}  // namespace assay::detail
