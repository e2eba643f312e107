// CTest's own files as text: what `assay discover` writes and ctest reads. Pure functions.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/site.h"
#include "recipe/recipe.h"

namespace assay {

// A CMake bracket argument, deep enough for whatever `text` holds: [=[text]=].
std::string cmake_quote(std::string_view text);

// A name that CTest handles everywhere (its cost file splits at spaces): each character outside
// [A-Za-z0-9_.=-] becomes '-'.
std::string case_name(std::string_view text);

class CaseBuilds;

// What all cases of one discovery have in common.
struct CaseContext {
  std::filesystem::path tool;                // this executable
  std::vector<std::string> arguments;        // of `assay run`, after the product
  std::string prefix;                        // before each case's name
  std::vector<std::string> labels;           // added to each case
  const LauncherConfig* launcher = nullptr;  // never null
  int gpus = 0;                              // of this machine
  std::vector<std::pair<std::string, std::string>> caller_labels;  // ASSAY_LABEL_<NAME>, by NAME
  const CaseBuilds* builds = nullptr;                              // null: none are known
};

// How many GPUs per node a product asks for.
int gpus_of(const GridProduct& product);

// The labels of a product's case: `key=value` for its parameters and its recipe's labels, then the
// context's own.
std::vector<std::string> case_labels(const GridProduct& product, const CaseContext& context);

// How long CTest lets a product's case run: nothing on remote launchers and without a time limit,
// where the driver alone keeps time.
std::optional<std::chrono::seconds> case_timeout(const GridProduct& product,
                                                 const LauncherConfig& launcher);

// add_test and set_tests_properties of one product.
std::string case_commands(const GridProduct& product, const CaseContext& context);

// A case that is red: it prints the file and fails.
std::string red_case_commands(std::string_view name, const std::filesystem::path& text_file,
                              const std::vector<std::string>& labels);

// What a red case prints: the errors, and their first line as CTestDetails.
std::string red_case_text(const std::vector<std::string>& errors);

// The labels that the lines of a recipe suggest ("model: esm2" -> "model=esm2"), for one that does
// not parse: `ctest -L '^model=esm2$'` must not lose it.
std::vector<std::string> guess_labels(std::string_view recipe_text);

}  // namespace assay
