// What changed between two records of one product, or between two runs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/record.h"

namespace assay {

// One thing that differs. Absent is empty.
struct Change {
  std::string what;  // "verdict", "metric val_loss", "parameter lr", "gpu_model", ...
  std::string before;
  std::string after;
  std::optional<double> percent;  // of metrics, where it can be said

  bool operator==(const Change&) const = default;
};

struct CaseDiff {
  std::string key;
  std::string launcher;
  bool is_only_before = false;
  bool is_only_after = false;
  std::vector<Change> changes;  // verdict, metrics, parameters, environment, in this order
};

std::vector<Change> changes_between(const Record& before, const Record& after);

// One entry per case that differs, in order of key; cases are the same by key and launcher.
std::vector<CaseDiff> diff_runs(std::span<const Record> before, std::span<const Record> after);

std::string diff_text(std::span<const CaseDiff> diffs, std::size_t equal_cases);
std::string diff_json(std::span<const CaseDiff> diffs);

}  // namespace assay
