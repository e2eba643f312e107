// What GitHub shows of a run: a step's summary, and annotations.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/text.h"
#include "report/ci_reports.h"

namespace assay {

namespace {

// GitHub's own limit is 1 MiB.
constexpr std::size_t k_summary_limit_bytes = std::size_t{900} << 10U;

bool is_red(const Record& record) {
  return record.verdict == Verdict::errored ||
         (record.verdict == Verdict::failed && !record.allowed_failure && !record.quarantined);
}

// Text in one cell of a table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : valid_utf8(text)) {
    if (c == '\n' || c == '\r') {
      out += ' ';
      continue;
    }
    if (c == '|' || c == '\\' || c == '`' || c == '*' || c == '_' || c == '[' || c == ']')
      out += '\\';
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string row(std::initializer_list<std::string> cells) {
  std::string out = "|";
  for (const auto& one : cells) out += " " + one + " |";
  return out + "\n";
}

// Rows while they fit; then one that says how many did not.
class Table {
 public:
  Table(std::string& out, std::string head) : out_(out), head_(std::move(head)) {}
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  void add(const std::string& line) {
    if (out_.size() + line.size() > k_summary_limit_bytes) {
      ++left_out_;
      return;
    }
    if (!has_head_) out_ += head_;
    has_head_ = true;
    out_ += line;
  }
  void end() {
    if (left_out_ > 0) out_ += fmt::format("\n{} more lines did not fit.\n", left_out_);
    if (has_head_) out_ += "\n";
  }

 private:
  std::string& out_;
  std::string head_;
  bool has_head_ = false;
  std::size_t left_out_ = 0;
};

std::string counts(const RunReport& run) {
  std::array<std::size_t, 4> by_verdict{};
  std::size_t allowed = 0;
  for (const auto& record : run.records) {
    if (record.verdict == Verdict::failed && !is_red(record)) {
      ++allowed;
    } else {
      ++by_verdict[static_cast<std::size_t>(record.verdict)];
    }
  }
  std::string out = fmt::format("**{} passed**", by_verdict[0]);
  const auto add = [&](std::size_t count, const char* what) {
    if (count > 0) out += fmt::format(", {} {}", count, what);
  };
  add(by_verdict[1], "failed");
  add(by_verdict[2], "errored (infrastructure)");
  add(run.missing.size(), "without a record");
  add(by_verdict[3], "skipped");
  add(allowed, "failed, which is allowed");
  return out;
}

void add_failures(std::string& out, const RunReport& run) {
  Table table(out, "### What did not pass\n\n" + row({"case", "verdict", "why", "job"}) +
                       row({"---", "---", "---", "---"}));
  for (const auto& record : run.records) {
    if (!is_red(record)) continue;
    const auto job = record.attempts.empty() ? std::string{} : record.attempts.back().job_id;
    table.add(row({cell(case_name_of(record)), to_string(record.verdict), cell(record.summary),
                   cell(record.launcher + " " + job)}));
  }
  for (const auto& name : run.missing) {
    table.add(row({cell(name), "errored", "the case was selected, but it left no record", ""}));
  }
  table.end();
}

void add_metrics(std::string& out, const RunReport& run) {
  Table table(out, "### Metrics held against bounds\n\n" +
                       row({"case", "metric", "value", "expected", ""}) +
                       row({"---", "---", "---", "---", "---"}));
  for (const auto& record : run.records) {
    for (const auto& finding : record.findings) {
      if (finding.metric.empty()) continue;
      table.add(row({cell(case_name_of(record)), cell(finding.metric), cell(finding.actual),
                     cell(finding.expected), to_string(finding.status)}));
    }
  }
  table.end();
}

// Escapes of workflow commands (GitHub's toolkit, packages/core/src/command.ts).
std::string command_text(std::string_view text, bool is_property) {
  std::string out;
  for (const char c : valid_utf8(text)) {
    switch (c) {
      case '%':
        out += "%25";
        break;
      case '\r':
        out += "%0D";
        break;
      case '\n':
        out += "%0A";
        break;
      case ':':
        out += is_property ? "%3A" : ":";
        break;
      case ',':
        out += is_property ? "%2C" : ",";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string below(const std::string& file, const std::string& directory) {
  const auto relative = std::filesystem::path(file).lexically_relative(directory).string();
  return relative.empty() || relative.starts_with("..") ? file : relative;
}

}  // namespace

std::string markdown_summary(const RunReport& run) {
  const auto run_id = run.records.empty() ? std::string{} : run.records.front().run_id;
  std::string out = "## Assay: run " + cell(run_id) + "\n\n" + counts(run) + "\n\n";
  add_failures(out, run);
  add_metrics(out, run);
  return out;
}

std::string github_annotations(const RunReport& run, const std::string& directory) {
  std::string out;
  for (const auto& record : run.records) {
    const bool is_allowed = record.verdict == Verdict::failed && !is_red(record);
    if (!is_red(record) && !is_allowed) continue;
    out += fmt::format("::{} file={},line={},title={}::{}\n", is_allowed ? "warning" : "error",
                       command_text(below(record.recipe_file, directory), true),
                       std::max(record.recipe_line, 1),
                       command_text(case_name_of(record) + " " + to_string(record.verdict), true),
                       command_text(record.summary, false));
  }
  for (const auto& name : run.missing) {
    out += "::error title=" + command_text(name, true) +
           "::the case was selected, but it left no record\n";
  }
  return out;
}

}  // namespace assay
