#include "report/dashboard_files.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/digest.h"
#include "base/text.h"
#include "report/packed_column.h"

namespace assay {

namespace {

using Json = nlohmann::ordered_json;

constexpr double k_none = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t k_most_points = 120;  // of a curve: what a small chart can show

// Hundredths of a second below 100 s, whole seconds above.
double shown_seconds(double value) {
  return value < 100 ? std::round(value * 100) / 100 : std::round(value);
}

// Ascending numbers as [first, count] ranges: most cases are in every run.
class Ranges {
 public:
  void add(std::size_t number) {
    if (!list_.empty() && list_.back().first + list_.back().second == number) {
      ++list_.back().second;
    } else {
      list_.emplace_back(number, 1);
    }
  }
  Json json() const { return list_; }

 private:
  std::vector<std::pair<std::size_t, std::size_t>> list_;
};

// A column of small numbers as [position, number] wherever it changes.
class Changes {
 public:
  void add(std::size_t position, std::uint32_t number) {
    if (last_ != number) list_.push_back(Json::array({position, number}));
    last_ = number;
  }
  Json json() && { return std::move(list_); }

 private:
  Json list_ = Json::array();
  std::optional<std::uint32_t> last_;
};

// ASCII only, so that no byte of a hostile name can end the script or confuse its reader.
std::string receive_call(const std::string& name, const Json& data) {
  return "assay.receive(" + Json(name).dump() + "," +
         data.dump(-1, ' ', true, Json::error_handler_t::replace) + ");\n";
}

// Names of files: keys may hold anything, and may differ only in case.
std::string file_id(std::string_view text) { return sha256_hex(text).substr(0, 16); }

long long milliseconds(TimePoint time) { return time.time_since_epoch().count(); }

std::string goal_name(Goal goal) {
  if (goal == Goal::maximize) return "maximize";
  return goal == Goal::minimize ? "minimize" : "";
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string find_label(const Pairs& labels, std::string_view name) {
  const auto found = std::find_if(labels.begin(), labels.end(),
                                  [&](const auto& label) { return label.first == name; });
  return found == labels.end() ? std::string{} : found->second;
}

std::string label_of(const Record& record, std::string_view name) {
  if (auto text = find_label(record.labels, name); !text.empty()) return text;
  for (const auto& [parameter, value] : record.parameters) {
    if (parameter == name && value.is_scalar()) return value.is_null() ? "" : value.rendered();
  }
  return "";
}

Json pairs(const Pairs& entries) {
  auto list = Json::array();
  for (const auto& [name, value] : entries) list.push_back(Json::array({name, value}));
  return list;
}

// At most so many points, evenly chosen, the last one always.
Json curve_json(const Series& curve) {
  const auto count = curve.points.size();
  const auto shown = std::min(count, k_most_points);
  auto steps = Json::array();
  std::vector<double> values;
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& point = curve.points[shown < 2 ? 0 : i * (count - 1) / (shown - 1)];
    steps.push_back(point.step);
    values.push_back(point.value);
  }
  return {{"steps", std::move(steps)}, {"values", packed_column(values)}};
}

Json curves_json(const DashboardCurves& curves) {
  auto list = Json::array();
  for (const auto& logged : curves.logged) {
    auto curve = curve_json(logged);
    curve["name"] = logged.name;
    curve["unit"] = logged.unit;
    const auto golden =
        std::find_if(curves.golden.begin(), curves.golden.end(),
                     [&](const Series& other) { return other.name == logged.name; });
    if (golden != curves.golden.end()) curve["golden"] = curve_json(*golden);
    list.push_back(std::move(curve));
  }
  return list;
}

Json findings_json(const Record& record) {
  auto findings = Json::array();
  for (const auto& finding : record.findings) {
    findings.push_back({{"check", finding.check},
                        {"status", to_string(finding.status)},
                        {"expected", finding.expected},
                        {"actual", finding.actual},
                        {"reason", finding.reason}});
  }
  return findings;
}

Json latest_json(const Record& record) {
  Json latest = {
      {"run", record.run_id}, {"summary", record.summary},   {"directory", record.directory},
      {"logs", record.logs},  {"commit", record.git_commit}, {"user", record.user},
      {"host", record.host},  {"image", record.image},       {"findings", findings_json(record)}};
  auto& parameters = latest["parameters"] = Json::array();
  for (const auto& [name, value] : record.parameters) {
    parameters.push_back(Json::array({name, value.rendered()}));
  }
  auto& attempts = latest["attempts"] = Json::array();
  for (const auto& attempt : record.attempts) {
    attempts.push_back({{"job", attempt.job_id},
                        {"nodes", join(attempt.nodes, " ")},
                        {"end", describe(attempt.end)}});
  }
  latest["warnings"] = record.warnings;
  return latest;
}

Json environments_json(const std::vector<DashboardEnvironment>& environments) {
  auto list = Json::array();
  for (const auto& each : environments) {
    list.push_back({{"gpu", each.gpu},
                    {"driver", each.driver},
                    {"image", each.image},
                    {"launcher", each.launcher},
                    {"assay", each.assay}});
  }
  return list;
}

// The baseline of one metric: its bounds wherever they changed.
struct BandColumns {
  std::optional<Dashboard::Band> last;
  std::vector<double> at;
  std::vector<double> minimum;
  std::vector<double> maximum;

  void add(std::size_t position, const Dashboard::Band& band) {
    if (last == band) return;
    last = band;
    at.push_back(static_cast<double>(position));
    minimum.push_back(band.minimum.value_or(k_none));
    maximum.push_back(band.maximum.value_or(k_none));
  }
  Json json() const {
    if (at.empty()) return nullptr;
    return {{"count", at.size()},
            {"at", packed_column(at)},
            {"minimum", packed_column(minimum)},
            {"maximum", packed_column(maximum)}};
  }
};

using Rows = std::vector<std::pair<std::uint32_t, const Dashboard::Row*>>;

Json metrics_json(const Dashboard::Case& entry, const Rows& rows) {
  std::vector<std::vector<double>> values(entry.metrics.size(),
                                          std::vector<double>(rows.size(), k_none));
  std::vector<BandColumns> bands(entry.metrics.size());
  for (std::size_t at = 0; at < rows.size(); ++at) {
    for (const auto& value : rows[at].second->values) values[value.metric][at] = value.value;
    for (const auto& band : rows[at].second->bands) bands[band.metric].add(at, band);
  }
  auto metrics = Json::array();
  for (std::size_t i = 0; i < entry.metrics.size(); ++i) {
    metrics.push_back({{"name", entry.metrics[i].name},
                       {"unit", entry.metrics[i].unit},
                       {"goal", goal_name(entry.metrics[i].goal)},
                       {"values", packed_column(values[i])},
                       {"bands", bands[i].json()}});
  }
  return metrics;
}

// The members of a case's file that have one entry per result.
void put_columns(const Dashboard::Case& entry, const Rows& rows, Json& data) {
  std::string verdicts;
  Ranges runs;
  std::vector<double> queue;
  std::vector<double> run;
  Changes environment;
  Changes directory;
  auto notes = Json::object();
  auto jobs = Json::object();
  for (std::size_t at = 0; at < rows.size(); ++at) {
    const auto& row = *rows[at].second;
    const bool ran = row.verdict != 'm' && row.verdict != 'w';
    runs.add(rows[at].first);
    verdicts += row.verdict;
    queue.push_back(ran ? shown_seconds(row.queue_seconds) : k_none);
    run.push_back(ran ? shown_seconds(row.run_seconds) : k_none);
    environment.add(at, row.environment);
    directory.add(at, row.directory);
    if (!row.note.empty()) notes[std::to_string(at)] = row.note;
    if (!row.job_id.empty()) jobs[std::to_string(at)] = row.job_id;
  }
  data["runs"] = runs.json();
  data["verdicts"] = verdicts;
  data["queue"] = packed_column(queue);
  data["run"] = packed_column(run);
  data["environment"] = std::move(environment).json();
  data["environments"] = environments_json(entry.environments);
  data["directory"] = std::move(directory).json();
  data["directories"] = entry.directories;
  data["notes"] = std::move(notes);
  data["jobs"] = std::move(jobs);
  data["metrics"] = metrics_json(entry, rows);
}

// What the index says of a case, but its results.
Json case_summary(const Dashboard::Case& entry) {
  if (entry.newest_json.empty()) {
    const auto& labels = entry.expected.labels;
    return {{"key", entry.key},
            {"name", entry.expected.name},
            {"launcher", entry.launcher},
            {"model", find_label(labels, "model")},
            {"scope", find_label(labels, "scope")},
            {"labels", pairs(labels)}};
  }
  const auto newest = record_from_json(entry.newest_json);
  return {{"key", entry.key},
          {"name", newest.name},
          {"launcher", entry.launcher},
          {"model", label_of(newest, "model")},
          {"scope", label_of(newest, "scope")},
          {"labels", pairs(newest.labels)}};
}

std::string case_id(const Dashboard::Case& entry) {
  return file_id(entry.key + "\n" + entry.launcher);
}

constexpr std::string_view k_index = "data/index.js";
constexpr std::string_view k_cases = "data/cases/";
constexpr std::string_view k_runs = "data/runs/";
constexpr std::string_view k_end = ".js";

}  // namespace

DashboardFiles::DashboardFiles(const Dashboard& dashboard, DashboardTitle title)
    : dashboard_(dashboard), title_(std::move(title)) {
  const auto& runs = dashboard.runs();
  const auto& cases = dashboard.cases();
  order_.resize(runs.size());
  std::iota(order_.begin(), order_.end(), 0U);
  std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(runs[a].begun, runs[a].id) < std::tie(runs[b].begun, runs[b].id);
  });
  positions_.resize(runs.size());
  for (std::uint32_t at = 0; at < order_.size(); ++at) positions_[order_[at]] = at;
  for (std::uint32_t run = 0; run < runs.size(); ++run)
    run_ids_.emplace(file_id(runs[run].id), run);
  for (std::size_t at = 0; at < cases.size(); ++at) {
    if (cases[at].rows.empty()) continue;  // it stood for a missing record, which came
    case_order_.push_back(at);
    case_ids_.emplace(case_id(cases[at]), at);
  }
  std::sort(case_order_.begin(), case_order_.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(cases[a].key, cases[a].launcher) < std::tie(cases[b].key, cases[b].launcher);
  });
}

std::vector<std::string> DashboardFiles::paths() const {
  std::vector<std::string> paths;
  paths.reserve(case_ids_.size() + run_ids_.size() + 1);
  for (const auto& [id, at] : case_ids_) paths.push_back(std::string(k_cases) + id + ".js");
  for (const auto& [id, at] : run_ids_) paths.push_back(std::string(k_runs) + id + ".js");
  paths.emplace_back(k_index);
  return paths;
}

std::optional<std::string> DashboardFiles::content(std::string_view path) const {
  if (path == k_index) return index();
  if (!path.ends_with(k_end)) return std::nullopt;
  if (path.starts_with(k_cases)) {
    const auto id = path.substr(k_cases.size(), path.size() - k_cases.size() - k_end.size());
    const auto found = case_ids_.find(id);
    if (found == case_ids_.end()) return std::nullopt;
    return case_file(found->first, dashboard_.cases()[found->second]);
  }
  if (path.starts_with(k_runs)) {
    const auto id = path.substr(k_runs.size(), path.size() - k_runs.size() - k_end.size());
    const auto found = run_ids_.find(id);
    if (found != run_ids_.end()) return run_file(found->first, found->second);
  }
  return std::nullopt;
}

std::string DashboardFiles::index() const {
  Json index = {{"title", title_.text},
                {"generated", milliseconds(title_.generated)},
                {"live", title_.generation}};
  auto& runs = index["runs"] = Json::array();
  for (const auto number : order_) {
    const auto& run = dashboard_.runs()[number];
    runs.push_back({{"id", run.id},
                    {"file", file_id(run.id)},
                    {"time", milliseconds(run.begun)},
                    {"branch", run.branch},
                    {"commit", run.commit},
                    {"pipeline", run.pipeline_id},
                    {"dirty", run.dirty}});
  }
  auto& cases = index["cases"] = Json::array();
  for (const auto number : case_order_) {
    const auto& entry = dashboard_.cases()[number];
    std::string verdicts(order_.size(), '.');
    for (const auto& [run, row] : entry.rows) verdicts[positions_[run]] = row.verdict;
    // Runs before the first one that had this case need no letter each.
    const auto first = std::min(verdicts.find_first_not_of('.'), verdicts.size());
    const auto last = verdicts.find_last_not_of('.');
    auto summary = case_summary(entry);
    summary["id"] = case_id(entry);
    summary["first"] = first;
    summary["verdicts"] = verdicts.substr(first, last + 1 - first);
    cases.push_back(std::move(summary));
  }
  return receive_call("index", index);
}

std::string DashboardFiles::case_file(const std::string& id, const Dashboard::Case& entry) const {
  Json data = {{"key", entry.key}, {"launcher", entry.launcher}};
  if (entry.newest_json.empty()) {
    data["latest"] = nullptr;
  } else {
    const auto newest = record_from_json(entry.newest_json);
    data["recipe"] = newest.recipe_file;
    data["line"] = newest.recipe_line;
    data["maintainers"] = newest.maintainers;
    data["latest"] = latest_json(newest);
    data["latest"]["curves"] = entry.curves ? curves_json(*entry.curves) : Json::array();
  }
  Rows rows;
  rows.reserve(entry.rows.size());
  for (const auto& [run, row] : entry.rows) rows.emplace_back(positions_[run], &row);
  std::sort(rows.begin(), rows.end());
  put_columns(entry, rows, data);
  return receive_call("cases/" + id, data);
}

std::string DashboardFiles::run_file(const std::string& id, std::uint32_t run) const {
  Ranges cases;
  std::vector<double> seconds;
  auto notes = Json::object();
  for (std::size_t at = 0; at < case_order_.size(); ++at) {
    const auto& entry = dashboard_.cases()[case_order_[at]];
    const auto* found = entry.rows.find(run);
    if (found == nullptr) continue;
    const auto& row = *found;
    cases.add(at);
    seconds.push_back(row.verdict == 'm' || row.verdict == 'w' ? k_none
                                                               : shown_seconds(row.run_seconds));
    if (!row.note.empty()) notes[std::to_string(at)] = row.note;
  }
  const Json data = {{"cases", cases.json()},
                     {"count", seconds.size()},
                     {"run", packed_column(seconds)},
                     {"notes", std::move(notes)}};
  return receive_call("runs/" + id, data);
}

}  // namespace assay
