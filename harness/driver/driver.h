// One product from submit to record.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "driver/interrupts.h"
#include "driver/run_identity.h"
#include "driver/wait.h"
#include "launch/launcher.h"
#include "model/record.h"
#include "recipe/recipe.h"

namespace assay {

struct RunRequest {
  GridProduct product;
  std::vector<std::shared_ptr<const Recipe>> recipes;  // that its build may be found in
  ResolveOptions resolve;  // its launcher is where it runs; run-time names are the driver's
  std::string case_name;   // empty: the product's name
  std::filesystem::path work_dir;
  std::filesystem::path history;  // empty: none is kept
  Patience patience;
  ReadVariable variable;  // reads an environment variable
};

// A record, and the curves of the attempt that decided it.
struct RunOutcome {
  Record record;
  std::vector<Series> series;
};

// Resolves, submits, waits, repeats and retries as the recipe says, collects, judges, and writes
// record.json into the last attempt's directory, then into the history. Throws InputError for a
// product that does not resolve; what happens from then on is in the record. Only a job
// that is left for the next run (JobLeft) leaves none; the record returned then says so.
RunOutcome run_product(const RunRequest& request, Launcher& launcher, Interrupts& interrupts,
                       const Progress& progress);

// 0, 1, 3 or 77; a failure that the recipe allows, or that is quarantined, is 0.
int exit_code_of(const Record& record);

}  // namespace assay
