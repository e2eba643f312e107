#include "recipe/lint.h"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_set>

#include "base/text.h"
#include "recipe/lint_rules.h"

namespace assay {

namespace {

constexpr std::array<LintRule, 10> k_rules{{
    {"unused-parameter", "a parameter that no script and no setting uses"},
    {"metric-without-source", "a baseline on a metric that no logger can give"},
    {"no-such-product", "a check or a quarantine that no product matches"},
    {"float32", "eq on a value with more digits than float32 holds"},
    {"brace-without-dollar", "{name} for ${name} in the compact format"},
    {"dollar-before-brace", "${name} where {name} or ${{NAME}} was meant"},
    {"time-limit", "a time limit longer than the launcher's"},
    {"repeated-product", "two products that differ in nothing the key shows"},
    {"duplicate-key", "a key that a map has twice: the later one counts"},
    {"unquoted-value", "a value pasted without quotes that a shell takes apart"},
}};

constexpr std::string_view k_allow = "assay: allow ";

// The rules that a line's comment allows.
std::vector<std::string> allowed_by(std::string_view line) {
  const auto comment = line.find('#');
  if (comment == std::string_view::npos) return {};
  const auto start = line.find(k_allow, comment);
  if (start == std::string_view::npos) return {};
  std::string rules(line.substr(start + k_allow.size()));
  std::ranges::replace(rules, ',', ' ');
  std::vector<std::string> ids;
  for (auto& word : split(rules, ' ')) {
    if (!word.empty()) ids.push_back(std::move(word));
  }
  return ids;
}

}  // namespace

std::span<const LintRule> lint_rules() { return k_rules; }

namespace detail {

LintReport::LintReport(const Recipe& recipe) {
  if (recipe.text->find(k_allow) == std::string::npos) return;
  int line = 0;
  std::string_view rest = *recipe.text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    ++line;
    auto ids = allowed_by(rest.substr(0, end));
    if (!ids.empty()) allowed_.emplace(line, std::move(ids));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
}

bool LintReport::is_allowed(std::string_view id, int line) const {
  for (const int near : {line, line - 1}) {
    const auto found = allowed_.find(near);
    if (found != allowed_.end() && std::ranges::count(found->second, id) > 0) return true;
  }
  return false;
}

void LintReport::add(std::string_view id, const Place& place, std::string message,
                     int section_line) {
  if (is_allowed(id, place.line)) return;
  if (section_line > 0 && is_allowed(id, section_line)) return;
  warnings_.push_back({place, std::string(id), std::move(message)});
}

std::vector<Diagnostic> LintReport::take() {
  std::ranges::stable_sort(warnings_, [](const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
  });
  return std::move(warnings_);
}

}  // namespace detail

namespace {

using detail::LintedRecipe;
using detail::LintReport;

// Distinct by content, so that a parameter that is bound a thousand times is looked at once.
std::map<std::string, std::vector<const Value*>, std::less<>> distinct_values(
    const std::vector<GridProduct>& products) {
  std::map<std::string, std::vector<const Value*>, std::less<>> values;
  std::set<const Value*> seen;
  std::unordered_set<std::string> seen_content;
  for (const auto& product : products) {
    for (const auto& [name, value] : product.bindings) {
      if (!seen.insert(value).second) continue;
      auto content = *name + '\0' + static_cast<char>(value->kind) + value->rendered();
      if (seen_content.insert(std::move(content)).second) values[*name].push_back(value);
    }
  }
  return values;
}

// A launcher of the site and the longest time limit that it allows.
void lint_time_limits(const LintedRecipe& linted, LintReport& report) {
  std::vector<const Value*> limits;
  const auto bound = linted.values.find("time_limit");
  if (bound != linted.values.end()) limits = bound->second;
  for (const auto& launcher : linted.site.launchers) {
    const Value* longest = launcher.settings.find("time_limit");
    const auto allowed = longest == nullptr ? std::nullopt : parse_number(longest->text);
    if (!allowed) continue;
    for (const Value* limit : limits) {
      const auto asked = parse_number(limit->text);
      if (!asked || *asked <= *allowed) continue;
      report.add("time-limit", {linted.recipe.file, limit->line, limit->column},
                 "the time limit of " + limit->text + " s is longer than launcher '" +
                     launcher.name + "' allows (" + longest->text +
                     " s): a job may wait forever or be refused");
    }
  }
}

void lint_repeats(const LintedRecipe& linted, LintReport& report) {
  for (const auto& product : linted.products) {
    for (const int line : product.repeated_at) {
      report.add("repeated-product", {linted.recipe.file, line, 1},
                 "'" + product.key + "' is made here again" +
                     (line == product.line ? std::string(" by the same map")
                                           : ", after line " + std::to_string(product.line)) +
                     ": the two differ in nothing that the key shows, and count as one");
    }
  }
}

void lint_duplicates(const Recipe& recipe, LintReport& report) {
  for (const auto& place : recipe.duplicates) {
    report.add("duplicate-key", place,
               "this map has the key before, too: the value here counts, the other is lost");
  }
}

std::vector<Diagnostic> lint_recipe(const std::shared_ptr<const Recipe>& recipe, const Site& site) {
  LintReport report(*recipe);
  lint_duplicates(*recipe, report);
  if (recipe->type == RecipeType::build) return report.take();
  std::vector<GridProduct> products;
  try {
    products = expand(recipe);
  } catch (const InputError&) {
    return report.take();  // whoever expands it tells
  }
  const LintedRecipe linted{*recipe, products, site, distinct_values(products)};
  detail::lint_parameters(linted, report);
  detail::lint_metrics(linted, report);
  detail::lint_identifiers(linted, report);
  detail::lint_scripts(linted, report);
  lint_time_limits(linted, report);
  lint_repeats(linted, report);
  return report.take();
}

}  // namespace

std::vector<Diagnostic> lint(const RecipeFile& file, const Site& site) {
  std::vector<Diagnostic> warnings;
  for (const auto& recipe : file.recipes) {
    auto found = lint_recipe(recipe, site);
    warnings.insert(warnings.end(), std::make_move_iterator(found.begin()),
                    std::make_move_iterator(found.end()));
  }
  return warnings;
}

}  // namespace assay
