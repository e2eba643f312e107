// Measurement tags as CTest reads them (cmCTestTestHandler; the traps are in the tests).
#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "report/measurements.h"
#include "report/report.h"

namespace assay {

namespace {

constexpr std::size_t k_tail_bytes = std::size_t{64} << 10U;

class Tags {
 public:
  void measurement(const detail::Measurement& one) {
    out_ += "<CTestMeasurement type=\"" + one.type + "\" name=\"" +
            xml_escape(names_.unique(one.name)) + "\">" + xml_escape(one.value) +
            "</CTestMeasurement>\n";
  }

  void file(const Attachment& attachment) {
    std::error_code code;
    const auto path = std::filesystem::absolute(attachment.file, code);
    const bool is_there = !code && std::filesystem::is_regular_file(path, code) && !code &&
                          std::filesystem::file_size(path, code) > 0 && !code;
    if (!is_there) return;
    out_ += "<CTestMeasurementFile type=\"" + xml_escape(attachment.type) + "\" name=\"" +
            xml_escape(names_.unique(attachment.name)) + "\">" + xml_escape(path.string()) +
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
  detail::UniqueNames names_;
  std::string out_;
};

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
  for (const auto& one : detail::measurements_of(record)) tags.measurement(one);
  for (const auto& attachment : attachments) tags.file(attachment);
  for (const auto& label : detail::verdict_labels(record)) tags.label(label);
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
