// Measurement tags as CTest reads them (cmCTestTestHandler; the traps are in the tests).
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "base/files.h"
#include "base/text.h"
#include "report/report.h"

namespace assay {

namespace {

constexpr std::size_t k_tail_bytes = 64 * 1024;

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

class Tags {
 public:
  Tags() : names_(k_names_of_ctest.begin(), k_names_of_ctest.end()) {}

  void number(const std::string& name, double value, bool is_float32 = false) {
    if (!std::isfinite(value)) return text(name, format_number(value));
    measurement("numeric/double", name, plain_number(value, is_float32));
  }

  void text(const std::string& name, std::string_view value) {
    if (!value.empty()) measurement("text/string", name, xml_escape(value));
  }

  void file(const Attachment& attachment) {
    std::error_code code;
    const auto path = std::filesystem::absolute(attachment.file, code);
    const bool is_there = !code && std::filesystem::is_regular_file(path, code) && !code &&
                          std::filesystem::file_size(path, code) > 0 && !code;
    if (!is_there) return;
    out_ += "<CTestMeasurementFile type=\"" + xml_escape(attachment.type) + "\" name=\"" +
            xml_escape(unique(attachment.name)) + "\">" + xml_escape(path.string()) +
            "</CTestMeasurementFile>\n";
  }

  void label(std::string_view label) {
    out_ += "<CTestLabel>" + std::string(label) + "</CTestLabel>\n";
  }

  // CTest takes details as they stand, up to the line's end, and escapes them itself.
  void details(std::string_view details) {
    std::string line = without_ctest_tags(valid_utf8(details));
    std::replace_if(
        line.begin(), line.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; }, ' ');
    out_ += "<CTestDetails>" + std::string(trim(line)) + "</CTestDetails>\n";
  }

  std::string take() { return std::move(out_); }

 private:
  void measurement(std::string_view type, const std::string& name, std::string_view escaped) {
    out_ += "<CTestMeasurement type=\"" + std::string(type) + "\" name=\"" +
            xml_escape(unique(name)) + "\">" + std::string(escaped) + "</CTestMeasurement>\n";
  }

  // CDash draws two points at one place for a name that comes twice, and CTest merges equal tags.
  std::string unique(const std::string& name) {
    const std::string wanted = trim(name).empty() ? "unnamed" : std::string(trim(name));
    std::string chosen = wanted;
    for (int i = 2; !names_.insert(chosen).second; ++i) chosen = wanted + "#" + std::to_string(i);
    return chosen;
  }

  std::set<std::string, std::less<>> names_;
  std::string out_;
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

void add_labels(Tags& tags, const Record& record) {
  const bool is_excused = record.allowed_failure || record.quarantined;
  if (record.verdict == Verdict::failed && !is_excused) tags.label("failed");
  if (record.verdict == Verdict::errored) tags.label("infra");
  if (has(record, Finding::Status::regressed)) tags.label("regression");
  if (has(record, Finding::Status::improved)) tags.label("improvement");
  if (record.allowed_failure && record.verdict == Verdict::failed) tags.label("allowed-failure");
  if (record.quarantined) tags.label("quarantined");
  if (record.verdict == Verdict::passed && was_repeated(record)) tags.label("flaky");
}

// The harness's own names come first, so that a metric of the same name never moves them.
void add_run(Tags& tags, const Record& record) {
  tags.number("queue_seconds", record.queue_seconds);
  tags.number("run_seconds", record.run_seconds);
  tags.text("launcher", record.launcher);
  if (!record.attempts.empty()) {
    tags.text("job_id", record.attempts.back().job_id);
    tags.text("nodes", join(record.attempts.back().nodes, " "));
  }
  tags.text("gpu_model", record.gpu_model());
  tags.text("commit", record.git_commit + (record.git_dirty ? " (dirty)" : ""));
}

void add_finding(Tags& tags, const Finding& finding) {
  if (finding.metric.empty()) return;
  if (finding.minimum) tags.number(finding.check + ".min", *finding.minimum);
  if (finding.maximum) tags.number(finding.check + ".max", *finding.maximum);
  if (finding.distance) tags.number(finding.check + ".distance", *finding.distance);
}

std::string file_name(const std::filesystem::path& file) { return file.filename().string(); }

// The log itself, or its tail in a file of its own where it is long.
std::filesystem::path log_or_tail(const std::filesystem::path& log) {
  std::error_code code;
  if (const auto size = std::filesystem::file_size(log, code); code || size <= k_tail_bytes) {
    return log;
  }
  auto tail = log;
  tail.replace_filename(log.stem().string() + ".tail.log");
  write_file_atomically(tail, read_tail(log, k_tail_bytes));
  return tail;
}

}  // namespace

std::string ctest_tags(const Record& record, std::span<const Attachment> attachments) {
  Tags tags;
  add_run(tags, record);
  for (const auto& metric : record.metrics) {
    tags.number(metric.name, metric.value, metric.is_float32);
  }
  for (const auto& finding : record.findings) add_finding(tags, finding);
  for (const auto& attachment : attachments) tags.file(attachment);
  add_labels(tags, record);
  tags.details(record.summary.empty() ? to_string(record.verdict) : record.summary);
  return tags.take();
}

std::vector<Attachment> failure_attachments(const Record& record) {
  if (record.verdict != Verdict::failed && record.verdict != Verdict::errored) return {};
  std::vector<Attachment> out;
  for (const std::filesystem::path log : record.logs) {
    const auto file = log_or_tail(log);
    out.push_back({file_name(file), "file", file});
  }
  const std::filesystem::path directory =
      record.attempts.empty() ? record.directory : record.attempts.back().directory;
  for (const auto& place : {directory, std::filesystem::path(record.directory)}) {
    if (std::filesystem::exists(place / "record.json")) {
      out.push_back({"record.json", "file", place / "record.json"});
      break;
    }
  }
  return out;
}

}  // namespace assay
