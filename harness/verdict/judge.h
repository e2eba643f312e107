// Metrics and the job's end against the checks: pure functions, no input or output.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/check.h"
#include "model/job.h"
#include "model/metric.h"
#include "verdict/classify.h"

namespace assay {

// What history has of one metric: earlier passing records of the same series, oldest first.
struct PastValues {
  std::string metric;  // history_name() of the check
  std::vector<double> values;
};

struct Evidence {
  JobEnd end;
  std::span<const Series> series;   // for reductions of a check's own, and golden curves
  std::span<const Metric> metrics;  // reduced
  std::span<const PastValues> history;
  std::span<const GoldenCurve> golden;  // of all golden checks' files
};

// One finding per check (golden checks: one per metric), the job's end first. Where the job's end
// says nothing about the code under test, the end is the only finding, with status `missing`.
std::vector<Finding> judge(const Checks& checks, const Evidence& evidence);

// Whether an end says nothing about the code under test: the infrastructure's doing, or a person's.
bool is_infrastructure(EndKind kind);

// Passed, Failed or Errored, by the one written table in judge.cpp. `attempt` is what classify()
// made of the deciding attempt.
Verdict verdict_of(std::span<const Finding> findings, const JobEnd& end,
                   AttemptClass attempt = AttemptClass::none);

// The one line that lists and mails show: the worst finding's reason and how many more there are.
// `class_reason` is the classification's, for a verdict of Errored.
std::string summarize(std::span<const Finding> findings, Verdict verdict, const JobEnd& end,
                      std::string_view class_reason = {});

}  // namespace assay
