#include "report/measurements.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace assay::detail {

namespace {

// Names that CTest itself gives in every Test.xml.
constexpr std::array k_names_of_ctest = {"Execution Time", "Processors",  "Completion Status",
                                         "Command Line",   "Environment", "Exit Code",
                                         "Exit Value",     "Pass Reason", "Fail Reason"};

// Digits without an exponent wherever that stays readable: CDash gives "1.5e-9" back as a string.
std::string plain_number(double value, bool is_float32) {
  const double magnitude = std::fabs(value);
  if (value != 0 && (magnitude < 1e-20 || magnitude >= 1e19)) return format_number(value);
  std::array<char, 64> buffer{};
  const auto end = buffer.data() + buffer.size();
  // The shortest text of a float that was stored in a double is a float's: 2.61, not
  // 2.609999895095825.
  const auto result =
      is_float32
          ? std::to_chars(buffer.data(), end, static_cast<float>(value), std::chars_format::fixed)
          : std::to_chars(buffer.data(), end, value, std::chars_format::fixed);
  return {buffer.data(), result.ptr};
}

class Measurements {
 public:
  void number(const std::string& name, double value, bool is_float32 = false) {
    if (!std::isfinite(value)) return text(name, format_number(value));
    list_.push_back({"numeric/double", names_.unique(name), plain_number(value, is_float32)});
  }

  void text(const std::string& name, std::string_view value) {
    if (value.empty()) return;
    list_.push_back({"text/string", names_.unique(name), std::string(value)});
  }

  std::vector<Measurement> take() { return std::move(list_); }

 private:
  UniqueNames names_;
  std::vector<Measurement> list_;
};

bool has(const Record& record, Finding::Status status) {
  return std::any_of(record.findings.begin(), record.findings.end(),
                     [&](const Finding& finding) { return finding.status == status; });
}

bool was_repeated(const Record& record) {
  return std::any_of(record.attempts.begin(), record.attempts.end(), [](const Attempt& attempt) {
    return attempt.class_ == "infra" || attempt.class_ == "flaky";
  });
}

// The harness's own names come first, so that a metric of the same name never moves them.
void add_run(Measurements& out, const Record& record) {
  out.number("queue_seconds", record.queue_seconds);
  out.number("run_seconds", record.run_seconds);
  out.text("launcher", record.launcher);
  if (!record.attempts.empty()) {
    out.text("job_id", record.attempts.back().job_id);
    out.text("nodes", join(record.attempts.back().nodes, " "));
  }
  out.text("gpu_model", record.gpu_model());
  out.text("commit", record.git_commit + (record.git_dirty ? " (dirty)" : ""));
}

void add_finding(Measurements& out, const Finding& finding) {
  if (finding.metric.empty()) return;
  if (finding.minimum) out.number(finding.check + ".min", *finding.minimum);
  if (finding.maximum) out.number(finding.check + ".max", *finding.maximum);
  if (finding.distance) out.number(finding.check + ".distance", *finding.distance);
}

}  // namespace

UniqueNames::UniqueNames() : names_(k_names_of_ctest.begin(), k_names_of_ctest.end()) {}

std::string UniqueNames::unique(const std::string& name) {
  const std::string wanted = trim(name).empty() ? "unnamed" : std::string(trim(name));
  std::string chosen = wanted;
  for (int i = 2; !names_.insert(chosen).second; ++i) chosen = wanted + "#" + std::to_string(i);
  return chosen;
}

std::vector<Measurement> measurements_of(const Record& record) {
  Measurements out;
  add_run(out, record);
  for (const auto& metric : record.metrics) {
    out.number(metric.name, metric.value, metric.is_float32);
  }
  for (const auto& finding : record.findings) add_finding(out, finding);
  return out.take();
}

std::vector<std::string> verdict_labels(const Record& record) {
  std::vector<std::string> out;
  const bool is_excused = record.allowed_failure || record.quarantined;
  if (record.verdict == Verdict::failed && !is_excused) out.emplace_back("failed");
  if (record.verdict == Verdict::errored) out.emplace_back("infra");
  if (has(record, Finding::Status::regressed)) out.emplace_back("regression");
  if (has(record, Finding::Status::improved)) out.emplace_back("improvement");
  if (record.allowed_failure && record.verdict == Verdict::failed) {
    out.emplace_back("allowed-failure");
  }
  if (record.quarantined) out.emplace_back("quarantined");
  if (record.verdict == Verdict::passed && was_repeated(record)) out.emplace_back("flaky");
  return out;
}

}  // namespace assay::detail
