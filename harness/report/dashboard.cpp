#include "report/dashboard.h"

#include <algorithm>
#include <utility>

namespace assay {

namespace {

// The index of what equals, where it was last time or elsewhere; put at the end where it is new.
template <typename Item, typename Equal, typename Make>
std::uint32_t index_of(std::vector<Item>& list, std::size_t guess, Equal equal, Make make) {
  if (guess < list.size() && equal(list[guess])) return static_cast<std::uint32_t>(guess);
  const auto found = std::find_if(list.begin(), list.end(), equal);
  const auto index = static_cast<std::uint32_t>(found - list.begin());
  if (found == list.end()) list.push_back(make());
  return index;
}

// A record's directory with its run's id left open, so that most of a case's are the same.
std::string directory_pattern(std::string_view directory, std::string_view run_id) {
  std::string out(directory);
  if (const auto at = out.find(run_id); at != std::string::npos) {
    out.replace(at, run_id.size(), "{run}");
  }
  return out;
}

std::uint32_t metric_index(Dashboard::Case& entry, std::size_t guess, std::string_view name) {
  return index_of(
      entry.metrics, guess, [&](const auto& metric) { return metric.name == name; },
      [&] {
        return Dashboard::MetricName{std::string(name), "", Goal::none};
      });
}

// A metric with several checks must hold all of them: the narrowest bounds count.
void add_band(std::vector<Dashboard::Band>& bands, const Dashboard::Band& band) {
  const auto same = std::find_if(bands.begin(), bands.end(), [&](const Dashboard::Band& other) {
    return other.metric == band.metric;
  });
  if (same == bands.end()) {
    bands.push_back(band);
    return;
  }
  if (band.minimum && (!same->minimum || *band.minimum > *same->minimum)) {
    same->minimum = band.minimum;
  }
  if (band.maximum && (!same->maximum || *band.maximum < *same->maximum)) {
    same->maximum = band.maximum;
  }
}

bool is_placeholder(const Dashboard::Row& row) { return row.verdict == 'm' || row.verdict == 'w'; }

}  // namespace

std::size_t Dashboard::Rows::position(std::uint32_t run) const {
  if (rows_.empty() || rows_.back().first < run) return rows_.size();
  const auto found =
      std::lower_bound(rows_.begin(), rows_.end(), run,
                       [](const auto& row, auto other) { return row.first < other; });
  return static_cast<std::size_t>(found - rows_.begin());
}

const Dashboard::Row* Dashboard::Rows::find(std::uint32_t run) const {
  const auto at = position(run);
  return at < rows_.size() && rows_[at].first == run ? &rows_[at].second : nullptr;
}

Dashboard::Row* Dashboard::Rows::find(std::uint32_t run) {
  return const_cast<Row*>(std::as_const(*this).find(run));
}

Dashboard::Row& Dashboard::Rows::operator[](std::uint32_t run) {
  const auto at = position(run);
  if (at == rows_.size() || rows_[at].first != run) {
    rows_.emplace(rows_.begin() + static_cast<std::ptrdiff_t>(at), run, Row{});
  }
  return rows_[at].second;
}

void Dashboard::Rows::erase(std::uint32_t run) {
  std::erase_if(rows_, [&](const auto& row) { return row.first == run; });
}

std::uint32_t Dashboard::run_number(const DashboardResult& result) {
  const auto [found, is_new] = run_numbers_.try_emplace(std::string(result.run_id),
                                                        static_cast<std::uint32_t>(runs_.size()));
  if (is_new) runs_.push_back({found->first, result.created, "", "", "", false});
  auto& run = runs_[found->second];
  run.begun = std::min(run.begun, result.created);
  run.branch = result.branch;
  run.commit = result.commit;
  run.pipeline_id = result.pipeline_id;
  run.dirty = run.dirty || result.is_dirty;
  return found->second;
}

Dashboard::Case& Dashboard::case_of(const std::string& key, const std::string& launcher) {
  const auto [found, is_new] = case_numbers_.try_emplace({key, launcher}, cases_.size());
  if (is_new) {
    cases_.emplace_back();
    cases_.back().key = key;
    cases_.back().launcher = launcher;
  }
  return cases_[found->second];
}

Dashboard::Row Dashboard::row_of(const DashboardResult& result, Case& entry) {
  Row row;
  row.created = result.created;
  row.verdict = result.verdict;
  row.queue_seconds = result.queue_seconds;
  row.run_seconds = result.run_seconds;
  row.environment = index_of(
      entry.environments, entry.environments.size() - 1,
      [&](const auto& other) { return other == result.environment; },
      [&] { return result.environment; });
  auto pattern = directory_pattern(result.directory, result.run_id);
  row.directory = index_of(
      entry.directories, entry.directories.size() - 1,
      [&](const auto& other) { return other == pattern; }, [&] { return std::move(pattern); });
  if (row.verdict != 'p') {
    row.note = result.summary;
    row.job_id = result.job_id;
  }
  row.values.reserve(result.values.size());
  for (const auto& value : result.values) {
    const auto index = metric_index(entry, row.values.size(), value.name);
    auto& metric = entry.metrics[index];
    if (metric.unit != value.unit) metric.unit = value.unit;
    metric.goal = value.goal;
    row.values.push_back({index, value.value});
  }
  row.bands.reserve(result.bands.size());
  for (const auto& band : result.bands) {
    add_band(row.bands, {metric_index(entry, 0, band.metric), band.minimum, band.maximum});
  }
  return row;
}

void Dashboard::add(std::string_view json) {
  const auto& result = reader_.read(json);
  const auto run = run_number(result);
  const std::string key(result.key);
  auto& entry = case_of(key, std::string(result.launcher));
  // What stood for a missing record of a case that had none before goes with its first one.
  if (const auto found = case_numbers_.find({key, ""});
      found != case_numbers_.end() && !result.launcher.empty()) {
    cases_[found->second].rows.erase(run);
  }
  auto& row = entry.rows[run];
  const bool is_superseded =
      row.verdict != '.' && !is_placeholder(row) && result.created < row.created;
  if (!is_superseded) row = row_of(result, entry);
  if (entry.newest_json.empty() || result.created >= entry.newest) {
    entry.newest = result.created;
    entry.newest_json = json;
    entry.curves.reset();
  }
}

void Dashboard::expect_one(const ExpectedCase& expected, std::uint32_t run, char letter) {
  // On whichever launcher it ran last, it is missed; on any, its record counts.
  Case* newest = nullptr;
  for (auto at = case_numbers_.lower_bound({expected.key, ""});
       at != case_numbers_.end() && at->first.first == expected.key; ++at) {
    auto& entry = cases_[at->second];
    const auto* row = entry.rows.find(run);
    if (row != nullptr && !is_placeholder(*row)) return;
    if (newest == nullptr || entry.newest > newest->newest) newest = &entry;
  }
  auto& entry = newest != nullptr ? *newest : case_of(expected.key, "");
  if (entry.newest_json.empty()) entry.expected = expected;
  auto& row = entry.rows[run];
  row.verdict = letter;
  row.note = letter == 'm' ? "expected, but it left no record" : "no record yet";
}

void Dashboard::expect(const std::vector<ExpectedCase>& cases, const std::string& run_id,
                       char letter) {
  const auto run = run_numbers_.find(run_id);
  if (run == run_numbers_.end()) return;
  for (const auto& expected : cases) expect_one(expected, run->second, letter);
}

std::string Dashboard::newest_run() const {
  const auto newest = std::max_element(
      runs_.begin(), runs_.end(), [](const Run& a, const Run& b) { return a.begun < b.begun; });
  return newest == runs_.end() ? std::string{} : newest->id;
}

std::size_t Dashboard::case_count() const {
  return static_cast<std::size_t>(std::count_if(
      cases_.begin(), cases_.end(), [](const Case& entry) { return !entry.rows.empty(); }));
}

std::vector<Record> Dashboard::without_curves() const {
  std::vector<Record> records;
  for (const auto& entry : cases_) {
    if (entry.curves || entry.newest_json.empty()) continue;
    records.push_back(record_from_json(entry.newest_json));
  }
  return records;
}

void Dashboard::set_curves(const Record& record, DashboardCurves curves) {
  constexpr std::size_t k_most_curves = 4;
  const auto has_golden = [&](const Series& curve) {
    return std::any_of(curves.golden.begin(), curves.golden.end(),
                       [&](const Series& golden) { return golden.name == curve.name; });
  };
  const auto is_of_interest = [&](const Series& curve) {
    const auto has_goal = [&](const Metric& metric) {
      return metric.name == curve.name && metric.goal != Goal::none;
    };
    const auto is_judged = [&](const Finding& finding) { return finding.metric == curve.name; };
    return std::any_of(record.metrics.begin(), record.metrics.end(), has_goal) ||
           std::any_of(record.findings.begin(), record.findings.end(), is_judged);
  };
  auto& logged = curves.logged;
  const auto rest = std::stable_partition(logged.begin(), logged.end(), has_golden);
  std::stable_partition(rest, logged.end(), is_of_interest);
  if (logged.size() > k_most_curves) logged.resize(k_most_curves);
  case_of(record.key, record.launcher).curves = std::move(curves);
}

}  // namespace assay
