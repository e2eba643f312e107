#include "cli/record_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace assay {

namespace {

using Texts = std::vector<std::pair<std::string, std::string>>;

const std::string* find(const Texts& texts, const std::string& name) {
  for (const auto& [candidate, text] : texts) {
    if (candidate == name) return &text;
  }
  return nullptr;
}

// Entries that differ, those of `after` first, in its order.
void add_differences(const std::string& prefix, const Texts& before, const Texts& after,
                     std::vector<Change>& out) {
  for (const auto& [name, text] : after) {
    const auto* old = find(before, name);
    if (old == nullptr || *old != text) {
      out.push_back({prefix + name, old == nullptr ? std::string{} : *old, text, {}});
    }
  }
  for (const auto& [name, text] : before) {
    if (find(after, name) == nullptr) out.push_back({prefix + name, text, {}, {}});
  }
}

std::string value_text(const Metric& metric) {
  return format_number(metric.value) + (metric.unit.empty() ? "" : " " + metric.unit);
}

const Metric* find_metric(const Record& record, const std::string& name) {
  for (const auto& metric : record.metrics) {
    if (metric.name == name) return &metric;
  }
  return nullptr;
}

bool same_number(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

std::optional<double> percent_of(double before, double after) {
  if (before == 0 || !std::isfinite(before) || !std::isfinite(after)) return std::nullopt;
  return 100 * (after - before) / std::fabs(before);
}

void add_metrics(const Record& before, const Record& after, std::vector<Change>& out) {
  for (const auto& metric : after.metrics) {
    const auto* old = find_metric(before, metric.name);
    if (old == nullptr) {
      out.push_back({"metric " + metric.name, {}, value_text(metric), {}});
    } else if (!same_number(old->value, metric.value) || old->unit != metric.unit) {
      out.push_back({"metric " + metric.name, value_text(*old), value_text(metric),
                     percent_of(old->value, metric.value)});
    }
  }
  for (const auto& metric : before.metrics) {
    if (find_metric(after, metric.name) == nullptr) {
      out.push_back({"metric " + metric.name, value_text(metric), {}, {}});
    }
  }
}

Texts parameters_of(const Record& record) {
  Texts out;
  for (const auto& [name, value] : record.parameters) out.emplace_back(name, value.rendered());
  return out;
}

Texts environment_of(const Record& record) {
  Texts out{{"launcher", record.launcher},     {"image", record.image},
            {"commit", record.git_commit},     {"branch", record.git_branch},
            {"gpu_model", record.gpu_model()}, {"product", record.product_digest.substr(0, 12)},
            {"assay", record.assay_version},   {"host", record.host}};
  if (!record.attempts.empty()) {
    const auto& attempt = record.attempts.back();
    out.emplace_back("nodes", join(attempt.nodes, " "));
    if (!attempt.gpus.empty()) out.emplace_back("gpu_driver", attempt.gpus.front().driver);
  }
  return out;
}

std::string name_of(const CaseDiff& diff) { return diff.key.substr(diff.key.find('/') + 1); }

bool has_lines(const std::string& text) { return text.find('\n') != std::string::npos; }

// The lines of `of` that `without` does not have, each marked.
std::string lines_of(const std::string& of, const std::string& without, const char* mark) {
  const auto others = split(without, '\n');
  std::string out;
  for (const auto& line : split(of, '\n')) {
    if (std::find(others.begin(), others.end(), line) == others.end()) {
      out += std::string("    ") + mark + " " + line + "\n";
    }
  }
  return out;
}

std::string change_line(const Change& change) {
  if (has_lines(change.before) || has_lines(change.after)) {
    return "  " + change.what + ":\n" + lines_of(change.before, change.after, "-") +
           lines_of(change.after, change.before, "+");
  }
  const auto shown = [](const std::string& text) { return text.empty() ? "(none)" : text; };
  std::string line =
      "  " + change.what + ": " + shown(change.before) + " -> " + shown(change.after);
  if (change.percent) line += fmt::format(" ({:+.2f} %)", *change.percent);
  return line + "\n";
}

}  // namespace

std::vector<Change> changes_between(const Record& before, const Record& after) {
  std::vector<Change> out;
  if (before.verdict != after.verdict) {
    out.push_back({"verdict", to_string(before.verdict), to_string(after.verdict), {}});
    out.push_back({"summary", before.summary, after.summary, {}});
  }
  add_metrics(before, after, out);
  add_differences("parameter ", parameters_of(before), parameters_of(after), out);
  add_differences("", environment_of(before), environment_of(after), out);
  return out;
}

std::vector<CaseDiff> diff_runs(std::span<const Record> before, std::span<const Record> after) {
  using Key = std::pair<std::string, std::string>;
  std::map<Key, std::pair<const Record*, const Record*>> pairs;
  for (const auto& record : before) pairs[{record.key, record.launcher}].first = &record;
  for (const auto& record : after) pairs[{record.key, record.launcher}].second = &record;
  std::vector<CaseDiff> out;
  for (const auto& [key, pair] : pairs) {
    CaseDiff diff{key.first, key.second, pair.second == nullptr, pair.first == nullptr, {}};
    if (pair.first != nullptr && pair.second != nullptr) {
      diff.changes = changes_between(*pair.first, *pair.second);
      if (diff.changes.empty()) continue;
    }
    out.push_back(std::move(diff));
  }
  return out;
}

std::string diff_text(std::span<const CaseDiff> diffs, std::size_t equal_cases) {
  std::string out;
  for (const auto& diff : diffs) {
    out += name_of(diff) + " (" + diff.launcher + ")";
    out += diff.is_only_before  ? ": only in the first\n"
           : diff.is_only_after ? ": only in the second\n"
                                : "\n";
    for (const auto& change : diff.changes) out += change_line(change);
  }
  return out + fmt::format("{} case{} differ{}, {} {} the same\n", diffs.size(),
                           diffs.size() == 1 ? "" : "s", diffs.size() == 1 ? "s" : "", equal_cases,
                           equal_cases == 1 ? "is" : "are");
}

std::string diff_json(std::span<const CaseDiff> diffs) {
  using Json = nlohmann::ordered_json;
  Json out = Json::array();
  for (const auto& diff : diffs) {
    Json changes = Json::array();
    for (const auto& change : diff.changes) {
      changes.push_back(
          {{"what", change.what}, {"before", change.before}, {"after", change.after}});
      if (change.percent) changes.back()["percent"] = *change.percent;
    }
    out.push_back({{"key", diff.key},
                   {"launcher", diff.launcher},
                   {"only_before", diff.is_only_before},
                   {"only_after", diff.is_only_after},
                   {"changes", std::move(changes)}});
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace assay
