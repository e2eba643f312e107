#include "report/dashboard.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/digest.h"
#include "base/text.h"

namespace assay {

namespace {

using Json = nlohmann::ordered_json;

// Six significant digits are what a chart can show; what is no number is null.
Json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  return parse_number(fmt::format("{:.6g}", value)).value_or(value);
}

// Whole seconds from 100 on.
Json seconds(double value) {
  if (!std::isfinite(value)) return nullptr;
  return value < 100 ? number(std::round(value * 100) / 100) : Json(std::llround(value));
}

// Ascending numbers as [first, count] ranges: most cases are in every run.
Json ranges(const std::vector<std::size_t>& numbers) {
  auto list = Json::array();
  for (const auto each : numbers) {
    if (!list.empty() &&
        list.back()[0].get<std::size_t>() + list.back()[1].get<std::size_t>() == each) {
      list.back()[1] = list.back()[1].get<std::size_t>() + 1;
    } else {
      list.push_back(Json::array({each, 1}));
    }
  }
  return list;
}

Json number(const std::optional<double>& value) { return value ? number(*value) : Json(nullptr); }

// ASCII only, so that no byte of a hostile name can end the script or confuse its reader.
std::string receive_call(const std::string& name, const Json& data) {
  const auto text = data.dump(-1, ' ', true, Json::error_handler_t::replace);
  return "assay.receive(" + Json(name).dump() + "," + text + ");\n";
}

// Names of files: keys may hold anything, and may differ only in case.
std::string file_id(std::string_view text) { return sha256_hex(text).substr(0, 16); }

long long milliseconds(TimePoint time) { return time.time_since_epoch().count(); }

std::string goal_name(Goal goal) {
  if (goal == Goal::maximize) return "maximize";
  return goal == Goal::minimize ? "minimize" : "";
}

std::string label_of(const Record& record, std::string_view name) {
  for (const auto& [label, value] : record.labels) {
    if (label == name) return value;
  }
  for (const auto& [parameter, value] : record.parameters) {
    if (parameter == name && value.is_scalar()) return value.is_null() ? "" : value.rendered();
  }
  return "";
}

Json pairs(const std::vector<std::pair<std::string, std::string>>& entries) {
  auto list = Json::array();
  for (const auto& [name, value] : entries) list.push_back(Json::array({name, value}));
  return list;
}

// What can make the same code give other numbers. Marked on the charts where it changes.
std::string environment_of(const Record& record) {
  Json environment = {{"gpu", record.gpu_model()},
                      {"driver", ""},
                      {"image", record.image},
                      {"assay", record.assay_version}};
  if (!record.attempts.empty() && !record.attempts.back().gpus.empty()) {
    environment["driver"] = record.attempts.back().gpus.front().driver;
  }
  return environment.dump(-1, ' ', true, Json::error_handler_t::replace);
}

template <class T, class Equal>
std::size_t index_of(std::vector<T>& list, T item, Equal equal) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const T& other) { return equal(other, item); });
  const auto index = static_cast<std::size_t>(found - list.begin());
  if (found == list.end()) list.push_back(std::move(item));
  return index;
}

// At most so many points, evenly chosen, the last one always.
Json curve_json(const Series& curve) {
  constexpr std::size_t k_most_points = 120;
  Json steps = Json::array();
  Json values = Json::array();
  const auto count = curve.points.size();
  const auto shown = std::min(count, k_most_points);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto at = shown < 2 ? 0 : i * (count - 1) / (shown - 1);
    steps.push_back(curve.points[at].step);
    values.push_back(number(curve.points[at].value));
  }
  return {{"name", curve.name}, {"unit", curve.unit}, {"steps", steps}, {"values", values}};
}

Json latest_json(const Record& record) {
  Json latest = {{"run", record.run_id},          {"summary", record.summary},
                 {"directory", record.directory}, {"logs", record.logs},
                 {"commit", record.git_commit},   {"user", record.user},
                 {"host", record.host},           {"image", record.image}};
  auto& parameters = latest["parameters"] = Json::array();
  for (const auto& [name, value] : record.parameters) {
    parameters.push_back(Json::array({name, value.rendered()}));
  }
  auto& findings = latest["findings"] = Json::array();
  for (const auto& finding : record.findings) {
    findings.push_back({{"check", finding.check},
                        {"status", to_string(finding.status)},
                        {"expected", finding.expected},
                        {"actual", finding.actual},
                        {"reason", finding.reason}});
  }
  auto& attempts = latest["attempts"] = Json::array();
  for (const auto& attempt : record.attempts) {
    attempts.push_back({{"job", attempt.job_id},
                        {"nodes", join(attempt.nodes, " ")},
                        {"end", describe(attempt.end)}});
  }
  return latest;
}

}  // namespace

char verdict_letter(const Record& record) {
  switch (record.verdict) {
    case Verdict::passed:
      return 'p';
    case Verdict::failed:
      return record.allowed_failure || record.quarantined ? 'a' : 'f';
    case Verdict::errored:
      return 'e';
    case Verdict::skipped:
      return 's';
  }
  return 'e';
}

void Dashboard::add(const Record& record) {
  auto& run =
      runs_.try_emplace(record.run_id, Run{record.created, "", "", "", false}).first->second;
  run.begun = std::min(run.begun, record.created);
  run.branch = record.git_branch;
  run.commit = record.git_commit;
  run.pipeline_id = record.pipeline_id;
  run.dirty = record.git_dirty;

  auto& entry = cases_[{record.key, record.launcher}];
  const bool is_first = entry.rows.empty();
  auto& row = entry.rows[record.run_id];
  if (record.created < row.created) return;  // superseded within its run
  row = Row{};
  row.created = record.created;
  row.verdict = verdict_letter(record);
  row.queue_seconds = record.queue_seconds;
  row.run_seconds = record.run_seconds;
  row.environment = index_of(entry.environments, environment_of(record), std::equal_to<>());
  if (row.verdict != 'p') row.note = record.summary;
  const auto metric_index = [&](MetricName metric) {
    return index_of(entry.metrics, std::move(metric),
                    [](const auto& a, const auto& b) { return a.name == b.name; });
  };
  for (const auto& metric : record.metrics) {
    const auto index = metric_index({metric.name, metric.unit, metric.goal});
    entry.metrics[index].unit = metric.unit;
    entry.metrics[index].goal = metric.goal;
    row.values.push_back({index, metric.value});
  }
  for (const auto& finding : record.findings) {
    if (finding.metric.empty() || (!finding.minimum && !finding.maximum)) continue;
    const auto index = metric_index({finding.metric, "", Goal::none});
    row.bands.push_back({index, finding.minimum, finding.maximum});
  }
  if (is_first || record.created >= entry.latest.created) entry.latest = record;
}

std::vector<const Record*> Dashboard::newest() const {
  std::vector<const Record*> records;
  for (const auto& [identity, entry] : cases_) records.push_back(&entry.latest);
  return records;
}

void Dashboard::set_curves(const Record& record, std::vector<Series> curves) {
  constexpr std::size_t k_most_curves = 4;
  const auto is_of_interest = [&](const Series& curve) {
    const auto has_goal = [&](const Metric& metric) {
      return metric.name == curve.name && metric.goal != Goal::none;
    };
    const auto is_judged = [&](const Finding& finding) { return finding.metric == curve.name; };
    return std::any_of(record.metrics.begin(), record.metrics.end(), has_goal) ||
           std::any_of(record.findings.begin(), record.findings.end(), is_judged);
  };
  std::stable_partition(curves.begin(), curves.end(), is_of_interest);
  if (curves.size() > k_most_curves) curves.resize(k_most_curves);
  cases_.at({record.key, record.launcher}).curves = std::move(curves);
}

std::vector<std::pair<std::string, Dashboard::Run>> Dashboard::runs_in_order() const {
  std::vector<std::pair<std::string, Run>> runs(runs_.begin(), runs_.end());
  std::stable_sort(runs.begin(), runs.end(),
                   [](const auto& a, const auto& b) { return a.second.begun < b.second.begun; });
  return runs;
}

std::string Dashboard::case_file(const std::string& id, const Case& entry,
                                 const std::map<std::string, std::size_t>& run_index) {
  std::vector<std::pair<std::size_t, const Row*>> rows;
  for (const auto& [run, row] : entry.rows) rows.emplace_back(run_index.at(run), &row);
  std::sort(rows.begin(), rows.end());

  Json data = {{"key", entry.latest.key},
               {"launcher", entry.latest.launcher},
               {"recipe", entry.latest.recipe_file},
               {"line", entry.latest.recipe_line},
               {"maintainers", entry.latest.maintainers},
               {"latest", latest_json(entry.latest)}};
  auto& curves = data["latest"]["curves"] = Json::array();
  for (const auto& curve : entry.curves) curves.push_back(curve_json(curve));
  auto& environments = data["environments"] = Json::array();
  for (const auto& text : entry.environments) environments.push_back(Json::parse(text));

  std::string verdicts;
  std::vector<std::size_t> numbers;
  Json notes = Json::object();
  auto metrics = Json::array();
  for (const auto& metric : entry.metrics) {
    metrics.push_back({{"name", metric.name},
                       {"unit", metric.unit},
                       {"goal", goal_name(metric.goal)},
                       {"values", Json::array_t(rows.size(), nullptr)},
                       {"bands", Json::array()}});
  }
  // The band that each metric was held against last; written where it changes.
  std::vector<std::optional<Band>> bands(entry.metrics.size());
  for (std::size_t at = 0; at < rows.size(); ++at) {
    const auto& [run, row] = rows[at];
    numbers.push_back(run);
    data["queue"].push_back(seconds(row->queue_seconds));
    data["run"].push_back(seconds(row->run_seconds));
    if (at == 0 || row->environment != rows[at - 1].second->environment) {
      data["environment"].push_back(Json::array({at, row->environment}));
    }
    verdicts += row->verdict;
    if (!row->note.empty()) notes[std::to_string(at)] = row->note;
    for (const auto& value : row->values) metrics[value.metric]["values"][at] = number(value.value);
    for (const auto& band : row->bands) {
      if (bands[band.metric] == band) continue;
      bands[band.metric] = band;
      metrics[band.metric]["bands"].push_back(
          Json::array({at, number(band.minimum), number(band.maximum)}));
    }
  }
  data["runs"] = ranges(numbers);
  data["verdicts"] = verdicts;
  data["notes"] = std::move(notes);
  data["metrics"] = std::move(metrics);
  return receive_call("cases/" + id, data);
}

std::vector<Dashboard::File> Dashboard::files(const std::string& title, TimePoint generated) const {
  const auto runs = runs_in_order();
  std::map<std::string, std::size_t> run_index;
  Json index = {{"title", title}, {"generated", milliseconds(generated)}};
  auto& run_list = index["runs"] = Json::array();
  for (const auto& [id, run] : runs) {
    run_index.emplace(id, run_list.size());
    run_list.push_back({{"id", id},
                        {"file", file_id(id)},
                        {"time", milliseconds(run.begun)},
                        {"branch", run.branch},
                        {"commit", run.commit},
                        {"pipeline", run.pipeline_id},
                        {"dirty", run.dirty}});
  }

  std::vector<File> files(1);
  std::vector<std::vector<std::size_t>> run_cases(runs.size());
  std::vector<Json> run_data(runs.size(), {{"run", Json::array()}, {"notes", Json::object()}});
  auto& case_list = index["cases"] = Json::array();
  for (const auto& [identity, entry] : cases_) {
    const auto id = file_id(identity.first + "\n" + identity.second);
    std::string verdicts(runs.size(), '.');
    for (const auto& [run, row] : entry.rows) {
      const auto at = run_index.at(run);
      verdicts[at] = row.verdict;
      auto& data = run_data[at];
      run_cases[at].push_back(case_list.size());
      data["run"].push_back(seconds(row.run_seconds));
      if (!row.note.empty()) data["notes"][std::to_string(case_list.size())] = row.note;
    }
    // Runs before the first one that had this case need no letter each.
    const auto first = std::min(verdicts.find_first_not_of('.'), verdicts.size());
    const auto last = verdicts.find_last_not_of('.');
    case_list.push_back({{"id", id},
                         {"key", identity.first},
                         {"name", entry.latest.name},
                         {"launcher", identity.second},
                         {"model", label_of(entry.latest, "model")},
                         {"scope", label_of(entry.latest, "scope")},
                         {"labels", pairs(entry.latest.labels)},
                         {"first", first},
                         {"verdicts", verdicts.substr(first, last + 1 - first)}});
    files.push_back({"data/cases/" + id + ".js", case_file(id, entry, run_index)});
  }
  for (std::size_t at = 0; at < runs.size(); ++at) {
    const auto id = file_id(runs[at].first);
    run_data[at]["cases"] = ranges(run_cases[at]);
    files.push_back({"data/runs/" + id + ".js", receive_call("runs/" + id, run_data[at])});
  }
  files.front() = {"data/index.js", receive_call("index", index)};
  return files;
}

}  // namespace assay
