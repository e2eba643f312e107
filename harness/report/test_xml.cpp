#include "report/test_xml.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/ci_reports.h"
#include "report/measurements.h"
#include "report/report.h"

namespace assay {

namespace {

std::string element(std::string_view name, std::string_view text) {
  return fmt::format("<{0}>{1}</{0}>", name, xml_escape(text));
}

std::string named(std::string_view type, std::string_view name, std::string_view value) {
  return fmt::format("        <NamedMeasurement type=\"{}\" name=\"{}\">{}</NamedMeasurement>\n",
                     xml_escape(type), xml_escape(name), element("Value", value));
}

bool is_excused(const Record& record) { return record.allowed_failure || record.quarantined; }

// CTest's word. A failure that is excused passes, as the case itself does.
const char* status_of(const Record& record) {
  if (record.verdict == Verdict::skipped) return "notrun";
  const bool failed = record.verdict == Verdict::errored ||
                      (record.verdict == Verdict::failed && !is_excused(record));
  return failed ? "failed" : "passed";
}

double seconds_of(const Record& record) {
  if (!record.ended) return record.run_seconds;
  return std::chrono::duration<double>(*record.ended - record.created).count();
}

std::string results(const Record& record) {
  std::string out = "      <Results>\n";
  if (record.verdict == Verdict::errored ||
      (record.verdict == Verdict::failed && !is_excused(record))) {
    out += named("text/string", "Exit Code", "Failed");
    out += named("text/string", "Exit Value", record.verdict == Verdict::errored ? "3" : "1");
  }
  for (const auto& one : detail::measurements_of(record)) {
    out += named(one.type, one.name, one.value);
  }
  out += named("numeric/double", "Execution Time", format_number(seconds_of(record)));
  out += named("numeric/double", "Processors", "1");
  out += named("text/string", "Completion Status",
               record.summary.empty() ? to_string(record.verdict) : record.summary);
  out += named("text/string", "Command Line",
               "assay run " + record.recipe_file + " --product " + record.key);
  out += "        <Measurement>" + element("Value", console_report(record, false)) +
         "</Measurement>\n";
  return out + "      </Results>\n";
}

std::string labels(const Record& record) {
  auto all = detail::verdict_labels(record);
  for (const auto& [name, value] : record.labels) all.push_back(name + "=" + value);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  if (all.empty()) return {};
  std::string out = "      <Labels>\n";
  for (const auto& label : all) out += "        " + element("Label", label) + "\n";
  return out + "      </Labels>\n";
}

std::string test(const Record& record) {
  return fmt::format("    <Test Status=\"{}\">\n", status_of(record)) + "      " +
         element("Name", case_name_of(record)) + "\n      <Path>.</Path>\n      " +
         element("FullName", "./" + case_name_of(record)) + "\n      " +
         element("FullCommandLine",
                 "assay run " + record.recipe_file + " --product " + record.key) +
         "\n" + results(record) + labels(record) + "    </Test>\n";
}

std::string missing_test(const std::string& name) {
  return "    <Test Status=\"failed\">\n      " + element("Name", name) +
         "\n      <Path>.</Path>\n      " + element("FullName", "./" + name) + "\n      " +
         element("FullCommandLine", "") + "\n      <Results>\n" +
         named("text/string", "Completion Status",
               "The case was selected, but it left no record: its ctest was ended before") +
         "        <Measurement>" + element("Value", "") +
         "</Measurement>\n      </Results>\n      <Labels>\n        " + element("Label", "infra") +
         "\n      </Labels>\n    </Test>\n";
}

long long seconds_since_1970(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// "20261121-0627-Nightly": CDash keeps builds apart by site, name and this.
std::string stamp_of(TimePoint start, const std::string& group) {
  const auto text = to_iso8601(start);
  return text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2) + "-" + text.substr(11, 2) +
         text.substr(14, 2) + "-" + group;
}

}  // namespace

std::string test_xml(std::span<const Record> records, const TestXmlOptions& options) {
  TimePoint start = records.empty() ? now() : records.front().created;
  TimePoint end = start;
  for (const auto& record : records) {
    start = std::min(start, record.created);
    end = std::max(end, record.ended.value_or(record.created));
  }
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format(
      "<Site BuildName=\"{}\" BuildStamp=\"{}\" Name=\"{}\" Generator=\"{}\">\n",
      xml_escape(options.build_name),
      xml_escape(options.stamp.empty() ? stamp_of(start, options.group) : options.stamp),
      xml_escape(options.site), "assay");
  out += "  <Testing>\n    " + element("StartDateTime", to_iso8601(start)) + "\n    " +
         element("StartTestTime", std::to_string(seconds_since_1970(start))) + "\n    <TestList>\n";
  for (const auto& record : records) {
    out += "      " + element("Test", "./" + case_name_of(record)) + "\n";
  }
  for (const auto& name : options.missing) out += "      " + element("Test", "./" + name) + "\n";
  out += "    </TestList>\n";
  for (const auto& record : records) out += test(record);
  for (const auto& name : options.missing) out += missing_test(name);
  const std::chrono::duration<double, std::ratio<60>> minutes = end - start;
  out += "    " + element("EndDateTime", to_iso8601(end)) + "\n    " +
         element("EndTestTime", std::to_string(seconds_since_1970(end))) + "\n    " +
         element("ElapsedMinutes", fmt::format("{:.2f}", minutes.count())) +
         "\n  </Testing>\n</Site>\n";
  return out;
}

}  // namespace assay
