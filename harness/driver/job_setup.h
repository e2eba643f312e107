// An attempt's directory and what its job finds there and in its environment.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "model/job.h"
#include "model/product.h"
#include "model/workload.h"

namespace assay {

// <product directory>/<number>, with logs/ and assets/; the number is the lowest that no earlier
// driver of this run used.
struct AttemptDirectory {
  std::filesystem::path path;
  int number = 1;
};
AttemptDirectory make_attempt_directory(const std::filesystem::path& product_directory);

// Names that placeholders know at run time only: assets_dir, artifacts_dir, logs_dir,
// tensorboard_dir, dllogger_file, launcher.
std::vector<std::pair<std::string, std::string>> runtime_names(
    const std::filesystem::path& attempt_directory, const std::string& launcher);

// ASSAY_PARAM_<NAME>: upper case, every character outside of [A-Z0-9_] a '_'.
std::string parameter_variable(const std::string& name);

// ASSAY_KEY, ASSAY_NAME, ASSAY_RUN_ID, ASSAY_ATTEMPT, ASSAY_LAUNCHER, ASSAY_RECIPE_DIR (absolute),
// ASSAY_LOGS_DIR, ASSAY_ASSETS_DIR, each parameter, then the recipe's own `env`.
std::vector<std::pair<std::string, std::string>> job_environment(const Product& product,
                                                                 const std::string& run_id,
                                                                 const AttemptDirectory& attempt);

// The product as a launcher takes it, with a fresh token; writes script.sh.
Workload make_workload(const Product& product, const std::string& run_id,
                       const AttemptDirectory& attempt);

// The product as it was submitted by an earlier run; nothing is written.
Workload adopted_workload(const Product& product, const KeptJob& kept);

// Ten characters [a-z0-9] that no other submission has.
std::string make_token();

// SHA-256 over what makes a product another one: script, set-up, environment, image, launcher
// settings and commit, with run-time names unexpanded.
std::string product_digest(const Product& unexpanded, const std::string& git_commit);

}  // namespace assay
