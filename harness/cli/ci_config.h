// assay-ci.yaml: which cases a CI pipeline runs, by its event, labels and variables.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace assay {

// A named set of recipes that one ctest script runs.
struct CiSuite {
  std::string name;
  std::vector<std::string> recipes;  // paths, made absolute
  std::string filter;                // empty: all their products
  std::string script;                // ctest_scripts/<script>.cmake; the suite's name by default
  Place place;
};

// What a merge request's label stands for: products of a model, or of a filter expression.
struct CiLabel {
  std::string label;
  std::string model;   // of one of the two
  std::string filter;  // the other is empty
  Place place;
};

enum class CiEvent { merge_request, push, schedule, manual };

struct CiConfig {
  std::string file;
  std::vector<CiSuite> suites;
  std::vector<CiLabel> labels;
  bool first_label_only = false;  // else all labels that choose something count
  std::vector<std::string> skip_labels;
  std::vector<std::string> model_variables;                          // the first one set counts
  std::vector<std::pair<std::string, std::string>> suite_variables;  // variable, suite
  std::vector<std::pair<CiEvent, std::vector<std::string>>> events;  // suites each starts
  std::vector<std::string> branches;  // whose pushes count; empty: all

  const CiSuite* find_suite(std::string_view name) const;
};

// "merge_request", "push", "schedule", "manual".
std::string to_string(CiEvent event);

// Reads the file's text. What it leaves out has the defaults that `assay ci --help` names. Throws
// InputError with the place for a key, suite or value that is none.
CiConfig parse_ci_config(const std::string& text, const std::string& file);

// Reads assay-ci.yaml; where `path` is empty and ./assay-ci.yaml does not exist, the defaults.
CiConfig read_ci_config(const std::filesystem::path& path);

// What is wrong with it that only the recipes can tell: paths that do not exist, filters that do
// not parse, models that no product has.
std::vector<InputError> check_ci_config(const CiConfig& config);

// Whether a file is one of these, by its name: assay-ci.yaml, or ending in .assay-ci.yaml.
bool is_ci_config(const std::filesystem::path& path);

}  // namespace assay
