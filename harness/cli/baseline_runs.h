// The runs that `assay baseline` draws on: a product's records, and a metric's value in each.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "history/history.h"
#include "model/product.h"

namespace assay {

struct RunQuery {
  std::string key;
  std::string launcher;
  std::string branch;
  std::string run_id;
  std::optional<TimePoint> since;  // older runs are stale
  std::size_t last = 10;           // newest runs
};

// Newest first: runs whose job exited as it should, passed or not (that a baseline failed is why
// one asks for a new one), of the newest run's launcher and GPU model.
struct Runs {
  std::vector<Record> records;
  std::string series;         // "dgxh100, NVIDIA H100"
  std::size_t of_others = 0;  // left out: runs of another launcher or GPU model
};
Runs find_runs(const History& history, const RunQuery& query);

// The value that a check compared (its own reduction counts), else the metric's.
std::vector<double> values_of(std::span<const Record> records, const std::string& metric,
                              const std::string& check = {});

// Every metric of the records, in the newest one's order.
std::vector<std::string> metrics_of(std::span<const Record> records);

}  // namespace assay
