// A product with everything resolved for one launcher: what the driver runs and `show` prints.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/check.h"
#include "model/metric.h"
#include "model/value.h"
#include "model/workload.h"

namespace assay {

// A bound parameter and where its value came from.
struct Parameter {
  std::string name;
  Value value;
  Place place;
  std::string origin;  // "spec", "products", "default"
};

// (+) `retry`: what repeats an attempt. Exactly one of the three matchers is set.
struct RetryRule {
  enum class Class { infra, flaky };
  std::string pattern;  // RE2 over the job's logs
  std::optional<int> exit_code;
  std::string state;  // an EndKind's name, "node-failed"
  Class class_ = Class::infra;
  int max_attempts = 2;  // all attempts that this rule allows, the first included
  Place place;
};

// (+) `quarantine`: it runs, its case passes, its record keeps Failed.
struct Quarantine {
  std::string owner;
  std::string reason;
  std::string issue;
  std::string until;  // a date; from that day on it counts again
  Place place;
};

// An entry of `outputs`: an artifact to keep.
struct Output {
  std::string key;
  std::string subdir;
  std::string name;
  std::string description;
};

struct Product {
  std::string key;                    // "recipe/<name>"
  std::string name;                   // the CTest case, before its PREFIX
  std::string type;                   // "recipe", "basic", "build"
  Place place;                        // of the recipe's document
  std::string recipe_digest;          // SHA-256 of the recipe file
  std::vector<Parameter> parameters;  // in spec order, then the grid's own
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<std::string> maintainers;
  std::vector<std::string> loggers;
  std::vector<MetricDefinition> metrics;
  Checks checks;
  std::vector<RetryRule> retry;
  std::optional<Quarantine> quarantine;
  std::vector<Output> outputs;
  std::vector<std::pair<std::string, std::string>> artifacts;  // path in the job -> source

  std::string launcher;       // its name in the site file
  std::string launcher_type;  // "local", "slurm", ...
  std::string script;         // rendered, byte for byte
  std::string script_setup;
  std::string shell = "bash";
  std::vector<std::pair<std::string, std::string>> environment;  // the recipe's own `env`
  int nodes = 1;
  int gpus_per_node = 0;
  std::chrono::seconds time_limit{0};   // 0 = the launcher's default
  std::chrono::seconds queue_limit{0};  // 0 = none
  int repeats = 1;                      // n_repeat
  bool allow_failure = false;
  std::string build;         // the name of the build that makes the image; may be empty
  std::string image;         // empty: no container
  std::string image_origin;  // how a person gets it, or why there is none
  std::vector<Mount> mounts;
  Value settings;  // merged launcher settings (a map)

  const Parameter* find(std::string_view parameter) const;
};

}  // namespace assay
