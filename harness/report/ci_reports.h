// A run as CI services show it: JUnit and metrics reports (GitLab), Markdown and annotations
// (GitHub).
#pragma once

#include <span>
#include <string>

#include "model/record.h"

namespace assay {

// What a report is made of. `missing` are names of cases that were selected and left no record:
// absence is never success, so each is an error of its own.
struct RunReport {
  std::span<const Record> records;
  std::span<const std::string> missing;
};

// The case's name: the CTest case's own, where the record says it, else the product's.
std::string case_name_of(const Record& record);

// JUnit XML with what CTest's own lacks: the reason of a failure, properties (key, launcher, GPU
// model, job, commit, every metric) and where logs are. What GitLab and GitHub's test reporters
// read.
std::string junit_xml(const RunReport& run);

// OpenMetrics text: one gauge per metric, the case and its launcher as labels, no times, so that a
// merge request's values can be held against its target branch's (GitLab's metrics reports). The
// values that judge come first; infinite queues and such are left out.
std::string openmetrics_text(const RunReport& run);

// A step's summary in GitHub's Markdown: counts, what did not pass and why, metrics held against
// bounds. At most about 900 KiB (GitHub takes 1 MiB); what was left out is said.
std::string markdown_summary(const RunReport& run);

// GitHub's workflow commands, one `::error` or `::warning` per case that did not pass, at the
// recipe's line. Files below `directory` are named relative to it, as the checkout has them.
std::string github_annotations(const RunReport& run, const std::string& directory);

}  // namespace assay
