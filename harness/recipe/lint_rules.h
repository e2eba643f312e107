// What the groups of lint rules share.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/site.h"
#include "recipe/placeholder.h"
#include "recipe/recipe.h"

namespace assay::detail {

// One recipe and its products, as the rules look at them.
struct LintedRecipe {
  const Recipe& recipe;
  const std::vector<GridProduct>& products;
  const Site& site;
  // Each parameter's distinct values over all products, in order of appearance.
  std::map<std::string, std::vector<const Value*>, std::less<>> values;

  PlaceholderStyle style() const {
    return recipe.type == RecipeType::compact ? PlaceholderStyle::compact
                                              : PlaceholderStyle::fstring;
  }
  TextOrigin origin_of(const Value& text) const {
    return {.file = recipe.file, .source = *recipe.text, .line = text.line, .column = text.column};
  }
};

// Collects warnings, leaving out those that a comment allows.
class LintReport {
 public:
  explicit LintReport(const Recipe& recipe);

  // `section_line` is where the script or section around `place` starts, if anywhere else.
  void add(std::string_view id, const Place& place, std::string message, int section_line = 0);

  std::vector<Diagnostic> take();

 private:
  bool is_allowed(std::string_view id, int line) const;

  std::map<int, std::vector<std::string>> allowed_;  // by line
  std::vector<Diagnostic> warnings_;
};

void lint_parameters(const LintedRecipe& linted, LintReport& report);
void lint_identifiers(const LintedRecipe& linted, LintReport& report);
void lint_metrics(const LintedRecipe& linted, LintReport& report);
void lint_scripts(const LintedRecipe& linted, LintReport& report);

}  // namespace assay::detail
