// Which cases a pipeline runs, and why.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/ci_config.h"
#include "recipe/recipe.h"

namespace assay {

// What a CI says of the pipeline that this process is part of.
struct CiContext {
  std::string provider;  // "GitLab", "GitHub", or empty: no CI, a person's own shell
  CiEvent event = CiEvent::manual;
  std::string branch;
  std::vector<std::string> labels;  // of the merge request
  // Reads a variable of the pipeline, or of a web-triggered one's form.
  std::function<std::optional<std::string>(const std::string&)> variable;
};

// Reads GitLab's CI_* and GitHub's GITHUB_* variables (and its event file, which has the labels of
// a pull request and the inputs of a dispatched workflow). Throws Error where that cannot be read.
CiContext read_ci_context(
    const std::function<std::optional<std::string>(const std::string&)>& variable);

// A suite that runs, and which of its products.
struct CiChoice {
  const CiSuite* suite = nullptr;
  std::string filter;  // the suite's own and what labels or variables chose; empty: all
};

struct CiSelection {
  std::vector<CiChoice> choices;     // empty: nothing runs
  std::vector<std::string> reasons;  // one line each, in the order in which they counted
};

// Skip labels end it; variables switch suites on and off, else the event starts its own; a model's
// variable, else labels narrow what runs. A label that names a model of the recipes (in any case,
// whatever its punctuation) needs no entry in the file. Throws InputError for a variable whose
// value is no model.
CiSelection select_for_ci(const CiConfig& config, const CiContext& context,
                          const std::vector<std::string>& models);

// The products of a suite's recipes, before any filter. Recipes that are wrong are left out, as
// they become red cases of their own when ctest runs; `errors`, where given, is told of them.
// Throws InputError for a path that does not exist.
std::vector<GridProduct> products_of(const CiSuite& suite,
                                     std::vector<InputError>* errors = nullptr);

// The products that a choice leaves.
std::vector<GridProduct> products_of(const CiChoice& choice);

// The models that products have, sorted, each once.
std::vector<std::string> models_of(std::span<const GridProduct> products);

}  // namespace assay
