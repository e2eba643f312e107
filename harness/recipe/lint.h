// What is legal in a recipe but suspicious.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "model/site.h"
#include "recipe/recipe.h"

namespace assay {

struct LintRule {
  std::string_view id;
  std::string_view meaning;  // one line, for the help
};

std::span<const LintRule> lint_rules();

// The warnings of a file's recipes, in file order; recipes that do not expand are passed over
// (expand() says why). The comment `# assay: allow ID` silences one: on its line, on the line
// above, or on or above the line where its script or section starts. Several IDs are separated by
// commas or blanks.
std::vector<Diagnostic> lint(const RecipeFile& file, const Site& site);

}  // namespace assay
