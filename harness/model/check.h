// What a recipe's `tests_spec` asks of a product, and what came of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "model/metric.h"

namespace assay {

// What a metric is held against.
struct Bound {
  enum class Operator { range, eq, neq, geq, leq, gt, lt, approx };
  Operator op = Operator::eq;
  double value = 0;               // all but range
  std::optional<double> minimum;  // range, inclusive
  std::optional<double> maximum;
  double rtol = 0;  // approx: |x - value| <= atol + rtol * |value|
  double atol = 0;
};

struct Baseline {
  std::string metric;
  Bound bound;
  std::optional<Reduction> reduction;  // else the metric's own, else the last value
  Place place;
};

// `logic_type: golden`: a curve compared step by step with a golden-values file.
struct GoldenCheck {
  std::string file;  // resolved against the recipe's directory
  bool approximate = false;
  double rtol = 0;
  double atol = 0;
  std::vector<std::string> metrics;  // empty = all of the file's
  Place place;
};

// `logic_type: history`: against earlier passing records of the same series.
struct HistoryCheck {
  std::string metric;
  int last = 20;                  // how many earlier passing records count
  int at_least = 5;               // fewer than this: 'not enough history'
  double tolerance_mads = 5;      // how many (scaled) median absolute deviations are normal
  double tolerance_relative = 0;  // deviations below this share of the median never count
  std::optional<Goal> goal;       // else the metric's own
  std::optional<Reduction> reduction;
  // Earlier runs do not count: a change was meant. (A run that regressed never becomes history, so
  // that without this an intended change would be a regression for ever.)
  std::optional<TimePoint> since;
  Place place;
};

// Every item of `tests_spec` that applies to a product, put together: all must hold.
struct Checks {
  std::vector<std::vector<int>> exit_codes{{0}};  // each list must hold the job's exit code
  std::vector<Baseline> baselines;
  std::vector<GoldenCheck> golden;
  std::vector<HistoryCheck> history;
};

// The answer to one check. A job's end (crash, time limit) is a finding as well.
struct Finding {
  enum class Status { passed, failed, regressed, improved, missing, no_baseline };
  Status status = Status::passed;
  std::string check;     // stable name: "exit_code", "val_loss.range", "val_loss.history"
  std::string metric;    // empty for the job's end
  std::string expected;  // "[2.48, 2.5906]", "0"
  std::string actual;    // "2.61"
  std::string reason;    // one line for a person: "val_loss 2.61 above max 2.5906 (+0.7 %)"
  std::optional<double> actual_value;
  std::optional<double> minimum;  // the bounds in numbers, where there are any
  std::optional<double> maximum;
  std::optional<double> distance;  // to the nearest bound: >= 0 inside, < 0 beyond
};

enum class Verdict { passed, failed, errored, skipped };

std::string to_string(Finding::Status status);
std::string to_string(Verdict verdict);

}  // namespace assay
