// OpenMetrics 1.0 text, as GitLab's metrics reports read it.
#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <map>
#include <vector>

#include "base/text.h"
#include "report/ci_reports.h"

namespace assay {

namespace {

// A metric's name as OpenMetrics allows it: [a-zA-Z_:][a-zA-Z0-9_:]*.
std::string metric_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':';
    out += plain ? c : '_';
  }
  if (out.empty() || std::isdigit(static_cast<unsigned char>(out[0])) != 0) out.insert(0, "_");
  return out;
}

std::string label_value(std::string_view text) {
  std::string out;
  for (const char c : valid_utf8(text)) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
  return format_number(value);
}

}  // namespace

std::string openmetrics_text(const RunReport& run) {
  // All samples of one family stand together.
  std::vector<std::string> order;
  std::map<std::string, std::string> families;
  const auto add = [&](const Record& record, const std::string& name, double value) {
    const auto family = metric_name(name);
    auto [found, is_new] = families.try_emplace(family);
    if (is_new) order.push_back(family);
    std::string model = record.gpu_model();
    found->second +=
        fmt::format("{}{{case=\"{}\",launcher=\"{}\"{}}} {}\n", family,
                    label_value(case_name_of(record)), label_value(record.launcher),
                    model.empty() ? "" : ",gpu=\"" + label_value(model) + "\"", number(value));
  };
  for (const auto& record : run.records) {
    for (const auto& metric : record.metrics) add(record, metric.name, metric.value);
  }
  for (const auto& record : run.records) {
    if (record.verdict != Verdict::skipped) add(record, "run_seconds", record.run_seconds);
  }
  std::string out;
  for (const auto& family : order) {
    out += "# TYPE " + family + " gauge\n" + families[family];
  }
  return out + "# EOF\n";
}

}  // namespace assay
