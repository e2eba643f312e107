// What is kept of one run of one product: enough to explain it or to run it again.
// As JSON it is described by record.schema.json beside this file.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "model/check.h"
#include "model/job.h"
#include "model/metric.h"
#include "model/product.h"

namespace assay {

// One submission of the product and what came of it.
struct Attempt {
  int number = 1;      // from 1
  int repeat = 1;      // 1..n_repeat
  std::string job_id;  // the launcher's own
  std::string token;
  std::string directory;
  std::vector<std::string> nodes;
  std::vector<Gpu> gpus;
  std::optional<TimePoint> submitted;
  std::optional<TimePoint> started;
  std::optional<TimePoint> ended;
  std::optional<double> cpu_seconds;
  std::optional<long long> peak_memory_bytes;
  JobEnd end;
  std::string class_;  // "", "infra", "flaky", "real": why the next attempt was or was not made
  std::string class_reason;
};

struct Record {
  static constexpr int k_version = 1;

  std::string run_id;
  std::string key;
  std::string name;
  std::string recipe_file;
  int recipe_line = 0;
  std::string recipe_digest;
  std::string script_digest;
  std::string product_digest;  // script, environment, image, settings and commit, run-time names
                               // unexpanded: equal digests mean an unchanged product
  std::vector<std::pair<std::string, Value>> parameters;
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<std::string> maintainers;
  std::string launcher;
  std::string launcher_type;
  std::string image;
  std::string git_commit;
  std::string git_branch;
  bool git_dirty = false;
  std::string pipeline_id;
  std::string user;
  std::string host;
  std::string assay_version;

  TimePoint created{};
  std::optional<TimePoint> submitted;  // the deciding attempt's times
  std::optional<TimePoint> started;
  std::optional<TimePoint> ended;
  double queue_seconds = 0;
  double run_seconds = 0;

  std::vector<Attempt> attempts;  // never empty unless skipped or errored before submission
  std::vector<Metric> metrics;
  std::vector<Finding> findings;
  std::vector<std::string> warnings;  // what could not be read, with file and offset
  std::vector<std::string> cause;     // likely causes of a failure, lines for a person
  Verdict verdict = Verdict::errored;
  std::string summary;  // the one line of CTestDetails
  bool allowed_failure = false;
  bool quarantined = false;
  std::string quarantine;  // of a product that its recipe quarantines: one line on how it stands
  std::string directory;   // the product's, holding the attempts'
  std::vector<std::string> logs;  // paths of the deciding attempt's logs

  // What `series` means in the history: key, launcher, GPU model of the first GPU ("" for none).
  std::string gpu_model() const;
};

// One JSON object, indented, ending in a newline. Numbers that are no JSON (NaN, infinities) are
// the strings "nan", "inf", "-inf".
std::string to_json(const Record& record);

// The same object on one line, without a line end: what JSON lines and the history keep.
std::string to_json_line(const Record& record);

// Reads what to_json writes, of this version or an older one. Throws Error that names what is
// wrong; a newer version is refused by name.
Record record_from_json(std::string_view text);

}  // namespace assay
