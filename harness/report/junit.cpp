// JUnit XML (no schema is binding; elements as Jenkins' and GitLab's readers know them).
#include <fmt/format.h>

#include <filesystem>

#include "base/text.h"
#include "report/ci_reports.h"
#include "report/report.h"

namespace assay {

namespace {

std::string attribute(std::string_view name, std::string_view value) {
  return fmt::format(" {}=\"{}\"", name, xml_escape(value));
}

// GitLab groups cases by class: what a person looks for first is the model.
std::string class_name_of(const Record& record) {
  for (const auto& [name, value] : record.labels) {
    if (name == "model" && !value.empty()) return value + "." + record.launcher;
  }
  return record.launcher.empty() ? "assay" : record.launcher;
}

double seconds_of(const Record& record) {
  if (!record.ended) return record.run_seconds;
  return std::chrono::duration<double>(*record.ended - record.created).count();
}

std::string property(std::string_view name, std::string_view value) {
  if (value.empty()) return {};
  return "        <property" + attribute("name", name) + attribute("value", value) + "/>\n";
}

std::string properties(const Record& record) {
  std::string out = "      <properties>\n";
  out += property("key", record.key);
  out += property("launcher", record.launcher);
  out += property("gpu_model", record.gpu_model());
  if (!record.attempts.empty()) {
    out += property("job_id", record.attempts.back().job_id);
    out += property("nodes", join(record.attempts.back().nodes, " "));
  }
  out += property("commit", record.git_commit);
  out += property("queue_seconds", format_number(record.queue_seconds));
  out += property("run_seconds", format_number(record.run_seconds));
  for (const auto& metric : record.metrics) {
    out += property("metric." + metric.name, format_number(metric.value));
  }
  for (const auto& [name, value] : record.labels) out += property("label." + name, value);
  return out + "      </properties>\n";
}

std::string details(const Record& record) {
  std::string out;
  for (const auto& finding : record.findings) {
    if (finding.status != Finding::Status::passed) {
      out += fmt::format("{}: {}\n", to_string(finding.status), finding.reason);
    }
  }
  for (const auto& log : record.logs) out += "log: " + log + "\n";
  out += "again: assay run " + shell_quote(record.recipe_file) + " --product " +
         shell_quote(record.key) + "\n";
  return out;
}

// The element that says how a case ended; nothing for one that passed.
std::string outcome(const Record& record) {
  const bool is_excused = record.allowed_failure || record.quarantined;
  const auto message = attribute("message", record.summary);
  if (record.verdict == Verdict::skipped) return "      <skipped" + message + "/>\n";
  if (record.verdict == Verdict::passed) return {};
  if (record.verdict == Verdict::failed && is_excused) {
    return "      <skipped" + attribute("message", "failed, which is allowed: " + record.summary) +
           "/>\n";
  }
  const char* element = record.verdict == Verdict::failed ? "failure" : "error";
  return fmt::format("      <{0}{1} type=\"{2}\">{3}</{0}>\n", element, message,
                     to_string(record.verdict), xml_escape(details(record)));
}

std::string test_case(const Record& record) {
  return "    <testcase" + attribute("name", case_name_of(record)) +
         attribute("classname", class_name_of(record)) + attribute("file", record.recipe_file) +
         fmt::format(" time=\"{:.3f}\">\n", seconds_of(record)) + properties(record) +
         outcome(record) + "      <system-out>" + xml_escape(console_report(record, false)) +
         "</system-out>\n    </testcase>\n";
}

std::string missing_case(const std::string& name) {
  return "    <testcase" + attribute("name", name) +
         " classname=\"assay\" time=\"0\">\n      <error message=\"the case was selected, but it "
         "left no record\" type=\"missing\"/>\n    </testcase>\n";
}

}  // namespace

std::string case_name_of(const Record& record) {
  const auto directory = std::filesystem::path(record.directory).filename().string();
  return directory.ends_with(record.name) ? directory : record.name;
}

std::string junit_xml(const RunReport& run) {
  std::size_t failures = 0;
  std::size_t errors = run.missing.size();
  std::size_t skipped = 0;
  double seconds = 0;
  std::string cases;
  for (const auto& record : run.records) {
    const auto end = outcome(record);
    failures += end.starts_with("      <failure") ? 1 : 0;
    errors += end.starts_with("      <error") ? 1 : 0;
    skipped += end.starts_with("      <skipped") ? 1 : 0;
    seconds += seconds_of(record);
    cases += test_case(record);
  }
  for (const auto& name : run.missing) cases += missing_case(name);
  const std::string suite = run.records.empty() ? "assay" : "assay." + run.records.front().run_id;
  const auto counts =
      fmt::format(" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\"",
                  run.records.size() + run.missing.size(), failures, errors, skipped, seconds);
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"assay\"" + counts +
         ">\n  <testsuite" + attribute("name", suite) + counts + ">\n" + cases +
         "  </testsuite>\n</testsuites>\n";
}

}  // namespace assay
