#include "cli/record_query.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/text.h"
#include "cli/options.h"

namespace assay {

namespace {

std::string key_of(const History& history, const std::string& wanted) {
  const auto keys = history.keys();
  std::vector<std::string> names;
  for (const auto& key : keys) {
    const auto name = key.substr(key.find('/') + 1);
    if (key == wanted || name == wanted) return key;
    names.push_back(name);
  }
  throw InputError({"KEY", 0, 0},
                   "the history has no case '" + wanted + "'" + did_you_mean(wanted, names));
}

Verdict verdict_of(const std::string& text) {
  constexpr std::array k_all = {Verdict::passed, Verdict::failed, Verdict::errored,
                                Verdict::skipped};
  std::vector<std::string> names;
  for (const auto verdict : k_all) {
    if (to_string(verdict) == text) return verdict;
    names.push_back(to_string(verdict));
  }
  throw InputError({"--verdict", 1, 1},
                   "unknown verdict '" + text + "'" + did_you_mean(text, names) + " (there are " +
                       join(names, ", ") + ")",
                   text);
}

std::pair<std::string, std::string> label_of(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw InputError({"--label", 1, 1}, "expected NAME=VALUE, got '" + text + "'", text);
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// A query per key, or one for all of them.
std::vector<History::Query> queries(const History& history, const RecordQueryOptions& options,
                                    TimePoint now) {
  const auto query = options.query(history, now);
  if (options.keys.empty()) return {query};
  std::vector<History::Query> out;
  for (const auto& key : options.keys) {
    out.push_back(query);
    out.back().key = key_of(history, key);
  }
  return out;
}

Value map_of(std::vector<std::pair<std::string, Value>> entries) {
  Value map;
  map.kind = Value::Kind::map;
  map.entries = std::move(entries);
  return map;
}

}  // namespace

TimePoint parse_period(const std::string& text, TimePoint now, const std::string& option) {
  using namespace std::chrono;
  if (const auto time = from_iso8601(text)) return *time;
  const auto count = parse_integer(text.substr(0, text.empty() ? 0 : text.size() - 1));
  if (count && *count >= 0 && *count <= 100'000) {
    const int number = static_cast<int>(*count);
    const auto day = floor<days>(now);
    const year_month_day date(day);
    switch (text.back()) {
      case 'm':
        return now - minutes(number);
      case 'h':
        return now - hours(number);
      case 'd':
        return now - days(number);
      case 'w':
        return now - weeks(number);
      case 'M':
      case 'y': {
        auto earlier = date - (text.back() == 'M' ? months(number) : months(12 * number));
        if (!earlier.ok()) earlier = earlier.year() / earlier.month() / last;
        return sys_days(earlier) + (now - day);
      }
      default:
        break;
    }
  }
  throw InputError({option, 1, 1},
                   "'" + text +
                       "' is neither a period (30m, 12h, 5d, 2w, 1M, 1y) nor a time in UTC "
                       "(2026-11-21, 2026-11-21T15:00)",
                   text);
}

void HistoryOptions::add_to(CLI::App& command) {
  command
      .add_option("--history", file,
                  "History file (default: $ASSAY_HISTORY, else the\n"
                  "site file's, else ./assay/history.sqlite)")
      ->type_name("FILE");
}

std::filesystem::path HistoryOptions::path() const {
  const bool is_said = !file.empty() || !environment_or_empty("ASSAY_HISTORY").empty();
  return history_file(file, is_said ? Site{} : SiteOptions{}.load());
}

History HistoryOptions::open() const {
  const auto chosen = path();
  if (!std::filesystem::exists(chosen) && !std::filesystem::exists(chosen.string() + ".pending")) {
    throw InputError({"--history", 0, 0}, "there is no history " + chosen.string() +
                                              "; name the file by --history or ASSAY_HISTORY");
  }
  return History(chosen);
}

void RecordQueryOptions::add_to(CLI::App& command) {
  command.add_option("KEY", keys, "Keys or names of cases (default: every case)");
  command.add_option("--run", run_id, "Run id")->type_name("ID");
  command.add_option("--pipeline", pipeline_id, "Pipeline id of the CI")->type_name("ID");
  command.add_option("--branch", branch, "Git branch")->type_name("NAME");
  command.add_option("--commit", git_commit, "Git commit, or its beginning")->type_name("ID");
  command.add_option("--job", job_id, "Job id of the launcher")->type_name("ID");
  command.add_option("--launcher", launcher, "Launcher")->type_name("NAME");
  command.add_option("--model", model, "Short for --label model=NAME")->type_name("NAME");
  command.add_option("--label", labels, "Label; several must all be there")
      ->type_name("NAME=VALUE");
  command.add_option("--verdict", verdict, "passed, failed, errored or skipped")->type_name("WORD");
  command
      .add_option("--filter", filter,
                  "Only products that match, such as\n\"spec.precision == 'fp32'\"")
      ->type_name("EXPR");
  command
      .add_option("--since", since,
                  "Records of a period (30m, 12h, 5d, 2w, 1M, 1y) or\n"
                  "from a time in UTC (2026-11-21T15:00) on")
      ->type_name("TIME");
  command.add_option("--until", until, "Records before a period or time")->type_name("TIME");
  command.add_flag("--all", all, "Also records that a retry or rerun superseded");
  command.add_option("--limit", limit, "At most so many, the newest (default: all)")
      ->type_name("N");
}

History::Query RecordQueryOptions::query(const History& history, TimePoint now) const {
  History::Query query;
  query.run_id = run_id;
  query.pipeline_id = pipeline_id;
  query.branch = branch;
  query.git_commit = git_commit;
  query.job_id = job_id;
  query.launcher = launcher;
  query.model = model;
  for (const auto& label : labels) query.labels.push_back(label_of(label));
  if (!verdict.empty()) query.verdict = verdict_of(verdict);
  if (!since.empty()) query.since = parse_period(since, now, "--since");
  if (!until.empty()) query.until = parse_period(until, now, "--until");
  query.all = all;
  // The filter expression is applied to what comes back, so the limit is, too.
  query.limit = filter.empty() && keys.size() < 2 ? limit : 0;
  const bool says_which_runs = !run_id.empty() || !pipeline_id.empty() || !git_commit.empty() ||
                               !job_id.empty() || query.since || query.until || !keys.empty();
  if (!says_which_runs) query.run_id = history.newest_run(branch);
  return query;
}

bool matches(const Filter& filter, const Record& record) {
  auto recipe = std::make_shared<Recipe>();
  std::vector<std::pair<std::string, Value>> labels;
  for (const auto& [name, value] : record.labels) {
    labels.emplace_back(name, Value::of_string(value));
  }
  recipe->document =
      map_of({{"labels", map_of(std::move(labels))}, {"spec", map_of(record.parameters)}});
  GridProduct product;
  product.recipe = std::move(recipe);
  product.key = record.key;
  return filter.matches(product);
}

std::vector<HistoryRow> select_rows(const History& history, const RecordQueryOptions& options,
                                    TimePoint now) {
  std::optional<Filter> filter;
  if (!options.filter.empty()) filter = Filter::parse(options.filter, "--filter");
  std::vector<HistoryRow> out;
  for (const auto& query : queries(history, options, now)) {
    for (auto& row : history.rows(query)) {
      if (filter) {
        const auto record = history.record(row.id);
        if (!record || !matches(*filter, *record)) continue;
      }
      out.push_back(std::move(row));
    }
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const HistoryRow& a, const HistoryRow& b) { return a.created > b.created; });
  if (options.limit > 0 && out.size() > options.limit) out.resize(options.limit);
  return out;
}

std::vector<Record> select_records(const History& history, const RecordQueryOptions& options,
                                   TimePoint now) {
  std::vector<Record> out;
  for (const auto& row : select_rows(history, options, now)) {
    if (auto record = history.record(row.id)) out.push_back(std::move(*record));
  }
  return out;
}

}  // namespace assay
