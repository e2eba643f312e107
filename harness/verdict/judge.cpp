#include "verdict/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "verdict/bound.h"
#include "verdict/cause.h"
#include "verdict/golden.h"
#include "verdict/past.h"
#include "verdict/wording.h"

namespace assay {

namespace {

using Status = Finding::Status;

constexpr int k_shell_signal_base = 128;  // a shell's exit code for a child killed by a signal

// "1", or "139 (128 + 11: SIGSEGV)" where a shell says that its child was killed.
std::string described_code(int code) {
  const char* name =
      code > k_shell_signal_base ? ::sigabbrev_np(code - k_shell_signal_base) : nullptr;
  if (name == nullptr) return std::to_string(code);
  return fmt::format("{} ({} + {}: SIG{})", code, k_shell_signal_base, code - k_shell_signal_base,
                     name);
}

std::string described_codes(const std::vector<int>& codes) {
  std::vector<std::string> texts;
  for (const int code : codes) texts.push_back(std::to_string(code));
  return texts.empty() ? "none" : join(texts, " or ");
}

Finding judge_end(const JobEnd& end, const std::vector<int>& expected_codes) {
  Finding finding;
  finding.check = "exit_code";
  finding.expected = described_codes(expected_codes);
  if (end.kind != EndKind::exited) {
    finding.status = is_infrastructure(end.kind) ? Status::missing : Status::failed;
    finding.actual = describe(end);
    finding.reason = describe(end);
    // The name of the signal is in the description already.
    if (const auto meaning = meaning_of(end); end.kind == EndKind::signaled && !meaning.empty()) {
      finding.reason += ": " + meaning.substr(0, meaning.rfind(" ("));
    }
    return finding;
  }
  const bool passes = std::find(expected_codes.begin(), expected_codes.end(), end.exit_code) !=
                      expected_codes.end();
  finding.status = passes ? Status::passed : Status::failed;
  finding.actual = std::to_string(end.exit_code);
  finding.actual_value = end.exit_code;
  finding.reason = "exit code " + described_code(end.exit_code);
  if (!passes) finding.reason += ", expected " + finding.expected;
  return finding;
}

// What a check needs of its metric.
struct Judged {
  double value = 0;
  bool is_float32 = false;
  Goal goal = Goal::none;
};

const Metric* find_metric(const Evidence& evidence, const std::string& name) {
  const auto it = std::find_if(evidence.metrics.begin(), evidence.metrics.end(),
                               [&](const Metric& metric) { return metric.name == name; });
  return it == evidence.metrics.end() ? nullptr : &*it;
}

// The series that a metric was reduced from, where several sources have one of that name.
const Series* find_series(const Evidence& evidence, const std::string& name) {
  const auto* metric = find_metric(evidence, name);
  const Series* first = nullptr;
  for (const Series& series : evidence.series) {
    if (series.name != name) continue;
    if (metric != nullptr && series.source == metric->source) return &series;
    if (first == nullptr) first = &series;
  }
  return first;
}

std::optional<Judged> find_value(const Evidence& evidence, const std::string& name,
                                 const std::optional<Reduction>& reduction) {
  const auto* metric = find_metric(evidence, name);
  const Goal goal = metric != nullptr ? metric->goal : Goal::none;
  if (!reduction) {
    if (metric == nullptr) return std::nullopt;
    return Judged{metric->value, metric->is_float32, goal};
  }
  const auto* series = find_series(evidence, name);
  const auto value = series != nullptr ? reduce(*series, *reduction) : std::nullopt;
  if (!value) return std::nullopt;
  return Judged{*value, series->is_float32, goal};
}

Finding missing(const Evidence& evidence, const std::string& metric, const std::string& check) {
  Finding finding;
  finding.status = Status::missing;
  finding.check = check;
  finding.metric = metric;
  finding.actual = "not logged";
  if (find_series(evidence, metric) != nullptr) {
    finding.reason = metric + " has no value in the steps that count";
  } else if (find_metric(evidence, metric) != nullptr) {
    finding.reason = metric + " has no curve to reduce";
  } else {
    std::vector<std::string> names;
    for (const Metric& other : evidence.metrics) names.push_back(other.name);
    finding.reason = metric + " was not logged" + did_you_mean(metric, names);
  }
  return finding;
}

Finding judge_baseline(const Baseline& baseline, const Evidence& evidence) {
  const auto judged = find_value(evidence, baseline.metric, baseline.reduction);
  if (judged) {
    return judge_bound(baseline.metric, baseline.bound, judged->value, judged->is_float32);
  }
  auto finding = missing(evidence, baseline.metric,
                         fmt::format("{}.{}", baseline.metric, to_string(baseline.bound.op)));
  finding.expected = describe(baseline.bound);
  return finding;
}

Finding judge_against_history(const HistoryCheck& check, const Evidence& evidence) {
  const auto judged = find_value(evidence, check.metric, check.reduction);
  if (!judged) {
    auto finding = missing(evidence, check.metric, check.metric + ".history");
    finding.expected = "a value like those of earlier runs";
    return finding;
  }
  const auto past = std::find_if(
      evidence.history.begin(), evidence.history.end(),
      [name = history_name(check)](const PastValues& values) { return values.metric == name; });
  return judge_history(check, check.goal.value_or(judged->goal), judged->value,
                       past == evidence.history.end() ? std::span<const double>{}
                                                      : std::span<const double>(past->values));
}

void judge_against_golden(const GoldenCheck& check, const Evidence& evidence,
                          std::vector<Finding>& findings) {
  std::vector<std::string> without_curve = check.metrics;
  for (const GoldenCurve& curve : evidence.golden) {
    if (!curve.file.empty() && curve.file != check.file) continue;
    const auto named = std::find(check.metrics.begin(), check.metrics.end(), curve.metric);
    if (!check.metrics.empty() && named == check.metrics.end()) continue;
    std::erase(without_curve, curve.metric);
    findings.push_back(judge_golden(check, curve, find_series(evidence, curve.metric)));
  }
  if (check.metrics.empty() && findings.empty()) without_curve.emplace_back();
  for (const auto& metric : without_curve) {
    Finding finding;
    finding.status = Status::missing;
    finding.check = metric.empty() ? "golden" : metric + ".golden";
    finding.metric = metric;
    finding.expected = "golden values";
    finding.reason =
        fmt::format("{} has no golden values{}", check.file, metric.empty() ? "" : " of " + metric);
    findings.push_back(std::move(finding));
  }
}

bool fails(Status status) {
  return status == Status::failed || status == Status::missing || status == Status::regressed;
}

std::string summary_of_passed(std::span<const Finding> findings) {
  for (const Finding& finding : findings) {
    if (finding.status == Status::improved) return finding.reason + ": improved";
  }
  const auto without = std::count_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.status == Status::no_baseline;
  });
  const auto passed = static_cast<std::ptrdiff_t>(findings.size()) - without;
  auto text = fmt::format("{} check{} passed", passed, passed == 1 ? "" : "s");
  if (without > 0) text += fmt::format(", {} without enough history", without);
  return text;
}

}  // namespace

bool is_infrastructure(EndKind kind) {
  switch (kind) {
    case EndKind::exited:
    case EndKind::signaled:
    case EndKind::timed_out:
    case EndKind::out_of_memory:
      return false;
    case EndKind::node_failed:
    case EndKind::preempted:
    case EndKind::cancelled:
    case EndKind::launch_failed:
    case EndKind::deadline:
    case EndKind::lost:
      return true;
  }
  return true;
}

std::vector<Finding> judge(const Checks& checks, const Evidence& evidence) {
  if (is_infrastructure(evidence.end.kind)) {
    return {judge_end(evidence.end,
                      checks.exit_codes.empty() ? std::vector<int>{0} : checks.exit_codes.front())};
  }
  std::vector<Finding> findings;
  for (auto it = checks.exit_codes.begin(); it != checks.exit_codes.end(); ++it) {
    const bool is_new = std::find(checks.exit_codes.begin(), it, *it) == it;
    const bool is_said = evidence.end.kind != EndKind::exited && !findings.empty();
    if (is_new && !is_said) findings.push_back(judge_end(evidence.end, *it));
  }
  if (findings.empty()) findings.push_back(judge_end(evidence.end, {0}));
  for (const auto& baseline : checks.baselines) {
    findings.push_back(judge_baseline(baseline, evidence));
  }
  for (const auto& check : checks.golden) {
    std::vector<Finding> of_check;
    judge_against_golden(check, evidence, of_check);
    findings.insert(findings.end(), of_check.begin(), of_check.end());
  }
  for (const auto& check : checks.history) {
    findings.push_back(judge_against_history(check, evidence));
  }
  return findings;
}

// The table that every verdict follows from:
//
//   how the job ended                       | findings                            | verdict
//   ----------------------------------------+-------------------------------------+--------
//   node_failed, preempted, cancelled,      | any                                 | Errored
//   launch_failed, deadline, lost           |                                     |
//   any other, classified as infra          | any failed, missing or regressed    | Errored
//   signaled, timed_out, out_of_memory      | any                                 | Failed
//   exited                                  | none: nothing was judged            | Errored
//   exited                                  | any failed, missing or regressed    | Failed
//   exited                                  | only passed, improved, no_baseline  | Passed
//
// Skipped is not judged: a product that cannot run here never has a job.
Verdict verdict_of(std::span<const Finding> findings, const JobEnd& end, AttemptClass attempt) {
  if (is_infrastructure(end.kind)) return Verdict::errored;
  const bool any_fails = std::any_of(findings.begin(), findings.end(),
                                     [](const Finding& finding) { return fails(finding.status); });
  if (any_fails && attempt == AttemptClass::infra) return Verdict::errored;
  if (end.kind != EndKind::exited) return Verdict::failed;
  if (findings.empty()) return Verdict::errored;
  return any_fails ? Verdict::failed : Verdict::passed;
}

std::string summarize(std::span<const Finding> findings, Verdict verdict, const JobEnd& end,
                      std::string_view class_reason) {
  if (verdict == Verdict::skipped) return "skipped";
  if (verdict == Verdict::errored) {
    if (end.kind != EndKind::exited) return describe(end);
    if (!class_reason.empty()) return std::string(class_reason);
    return findings.empty() ? "nothing was judged" : findings.front().reason;
  }
  // The job's end is the first finding: it explains what follows.
  const Finding* worst = nullptr;
  std::size_t more = 0;
  const auto rank = [](const Finding& finding) {
    if (finding.metric.empty()) return 0;
    if (finding.status == Status::failed) return 1;
    return finding.status == Status::regressed ? 2 : 3;
  };
  for (const Finding& finding : findings) {
    if (!fails(finding.status)) continue;
    if (worst != nullptr) ++more;
    if (worst == nullptr || rank(finding) < rank(*worst)) worst = &finding;
  }
  if (worst == nullptr) {
    return verdict == Verdict::passed ? summary_of_passed(findings) : describe(end);
  }
  return more == 0 ? worst->reason : fmt::format("{} (and {} more)", worst->reason, more);
}

}  // namespace assay
