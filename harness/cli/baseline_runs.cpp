#include "cli/baseline_runs.h"

#include <algorithm>

namespace assay {

namespace {

bool exited_as_expected(const Record& record) {
  if (record.verdict != Verdict::passed && record.verdict != Verdict::failed) return false;
  return std::all_of(record.findings.begin(), record.findings.end(), [](const Finding& finding) {
    return finding.check != "exit_code" || finding.status == Finding::Status::passed;
  });
}

std::optional<double> value_of(const Record& record, const std::string& metric,
                               const std::string& check) {
  for (const Finding& finding : record.findings) {
    if (finding.check == check && finding.metric == metric && finding.actual_value) {
      return finding.actual_value;
    }
  }
  for (const Metric& one : record.metrics) {
    if (one.name == metric) return one.value;
  }
  return std::nullopt;
}

}  // namespace

Runs find_runs(const History& history, const RunQuery& query) {
  History::Query wanted;
  wanted.key = query.key;
  wanted.launcher = query.launcher;
  wanted.branch = query.branch;
  wanted.run_id = query.run_id;
  wanted.since = query.since;
  wanted.all = true;
  Runs runs;
  for (Record& record : history.find(wanted)) {
    if (!exited_as_expected(record)) continue;
    if (!runs.records.empty()) {
      const Record& newest = runs.records.front();
      const bool is_same_series =
          record.launcher == newest.launcher && record.gpu_model() == newest.gpu_model();
      if (!is_same_series) ++runs.of_others;
      if (!is_same_series || runs.records.size() >= query.last) continue;
    }
    runs.records.push_back(std::move(record));
  }
  if (!runs.records.empty()) {
    const Record& newest = runs.records.front();
    runs.series = newest.launcher;
    if (const auto gpu = newest.gpu_model(); !gpu.empty()) runs.series += ", " + gpu;
  }
  return runs;
}

std::vector<double> values_of(std::span<const Record> records, const std::string& metric,
                              const std::string& check) {
  std::vector<double> values;
  for (const Record& record : records) {
    if (const auto value = value_of(record, metric, check)) values.push_back(*value);
  }
  return values;
}

std::vector<std::string> metrics_of(std::span<const Record> records) {
  std::vector<std::string> names;
  for (const Record& record : records) {
    for (const Metric& metric : record.metrics) {
      if (std::find(names.begin(), names.end(), metric.name) == names.end()) {
        names.push_back(metric.name);
      }
    }
  }
  return names;
}

}  // namespace assay
