#include "cli/record_query.h"

#include <fnmatch.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/options.h"

namespace assay {

namespace {

bool is_pattern(const std::string& text) { return text.find_first_of("*?[") != std::string::npos; }

// The keys that a KEY of the command line means: one, or all that match a shell's pattern.
std::vector<std::string> keys_of(const History& history, const std::string& wanted) {
  const auto keys = history.keys();
  std::vector<std::string> names;
  std::vector<std::string> out;
  for (const auto& key : keys) {
    const auto name = key.substr(key.find('/') + 1);
    const bool matches = is_pattern(wanted) ? ::fnmatch(wanted.c_str(), key.c_str(), 0) == 0 ||
                                                  ::fnmatch(wanted.c_str(), name.c_str(), 0) == 0
                                            : key == wanted || name == wanted;
    if (matches) out.push_back(key);
    names.push_back(name);
  }
  if (out.empty()) {
    throw InputError({"KEY", 0, 0},
                     "the history has no case '" + wanted + "'" + did_you_mean(wanted, names));
  }
  return out;
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
  std::set<std::string> seen;
  for (const auto& wanted : options.keys) {
    for (const auto& key : keys_of(history, wanted)) {
      if (!seen.insert(key).second) continue;
      out.push_back(query);
      out.back().key = key;
    }
  }
  return out;
}

Value map_of(std::vector<std::pair<std::string, Value>> entries) {
  Value map;
  map.kind = Value::Kind::map;
  map.entries = std::move(entries);
  return map;
}

// Decides a filter expression once per product: records of one key, labels and parameters are of
// the same one.
class ProductFilter {
 public:
  ProductFilter(Filter filter, const History& history)
      : filter_(std::move(filter)), history_(history) {}

  // Takes out what does not match. Throws InputError for a path that no product of `rows` has.
  void apply(std::vector<HistoryRow>& rows) {
    std::vector<std::size_t> product_of_row;
    std::map<std::string, std::size_t> numbers;
    std::vector<GridProduct> products;
    for (const auto& row : rows) {
      const auto [found, is_new] = numbers.try_emplace(identity(row), products.size());
      if (is_new) products.push_back(product(row));
      product_of_row.push_back(found->second);
    }
    filter_.check_paths(products);
    std::vector<char> matches;
    for (const auto& one : products) matches.push_back(filter_.matches(one) ? 1 : 0);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (matches[product_of_row[i]] == 0) continue;
      if (kept != i) rows[kept] = std::move(rows[i]);
      ++kept;
    }
    rows.resize(kept);
  }

 private:
  static std::string identity(const HistoryRow& row) {
    // Records of older histories have no number for their parameters: each is by itself.
    if (row.parameters == 0) return "#" + std::to_string(row.id);
    std::string text = std::string(row.key) + "\n" + std::to_string(row.parameters);
    for (const auto& [name, value] : row.labels) text += "\n" + name + "=" + value;
    return text;
  }

  GridProduct product(const HistoryRow& row) const {
    std::vector<std::pair<std::string, Value>> parameters;
    if (row.parameters != 0) {
      parameters = history_.parameters(row.parameters);
    } else if (const auto record = history_.record(row.id)) {
      parameters = record->parameters;
    }
    std::vector<std::pair<std::string, Value>> labels;
    for (const auto& [name, value] : row.labels) {
      labels.emplace_back(name, Value::of_string(value));
    }
    auto recipe = std::make_shared<Recipe>();
    recipe->document =
        map_of({{"labels", map_of(std::move(labels))}, {"spec", map_of(std::move(parameters))}});
    GridProduct out;
    out.recipe = std::move(recipe);
    out.key = row.key;
    return out;
  }

  Filter filter_;
  const History& history_;
};

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

void HistoryOptions::add_to(CliCommand command) {
  command
      .add_option("--history", file,
                  "History file (default: $ASSAY_HISTORY, else the\n"
                  "site file's, else ./assay/history.sqlite)")
      .type_name("FILE");
}

std::filesystem::path HistoryOptions::path(const std::string& site) const {
  const bool is_said = !file.empty() || !environment_or_empty("ASSAY_HISTORY").empty();
  SiteOptions options;
  options.site = site;
  return history_file(file, is_said ? Site{} : options.load());
}

namespace {

bool is_there(const std::filesystem::path& history) {
  return std::filesystem::exists(history) || std::filesystem::exists(history.string() + ".pending");
}

// Histories of build trees below the current directory: what was probably meant.
std::string nearby_histories() {
  std::string out;
  std::error_code code;
  for (std::filesystem::directory_iterator it(".", code), end; !code && it != end;
       it.increment(code)) {
    const auto candidate = it->path().filename() / "assay/history.sqlite";
    if (is_there(candidate)) out += "\n  --history " + candidate.string();
  }
  return out;
}

}  // namespace

History HistoryOptions::open(const std::string& site) const {
  const auto chosen = path(site);
  if (!is_there(chosen)) {
    const auto nearby = nearby_histories();
    throw InputError({"--history", 0, 0},
                     "there is no history " + chosen.string() +
                         (nearby.empty() ? "; name the file by --history or ASSAY_HISTORY"
                                         : "; did you mean" + nearby));
  }
  return History(chosen);
}

void RecordQueryOptions::add_to(CliCommand command) {
  command.add_option("KEY", keys,
                     "Keys or names of cases, or patterns such as\n"
                     "'esm2_*' (default: every case)");
  command.add_option("--run", run_id, "Run id; what was run again of it counts, too")
      .type_name("ID");
  command.add_option("--pipeline", pipeline_id, "Pipeline id of the CI").type_name("ID");
  command.add_option("--branch", branch, "Git branch").type_name("NAME");
  command.add_option("--ref", reference, "Git reference: a branch, or a commit's beginning")
      .type_name("NAME");
  command.add_option("--commit", git_commit, "Git commit, or its beginning").type_name("ID");
  command.add_option("--job", job_id, "Job id of the launcher").type_name("ID");
  command.add_option("--launcher", launcher, "Launcher").type_name("NAME");
  command.add_option("--model", model, "Short for --label model=NAME").type_name("NAME");
  command.add_option("--label", labels, "Label; several must all be there").type_name("NAME=VALUE");
  command.add_option("--verdict", verdict, "passed, failed, errored or skipped").type_name("WORD");
  command
      .add_option("--filter", filter,
                  "Only products that match, such as\n\"spec.precision == 'fp32'\"")
      .type_name("EXPR");
  command
      .add_option("--since", since,
                  "Records of a period (30m, 12h, 5d, 2w, 1M, 1y) or\n"
                  "from a time in UTC (2026-11-21T15:00) on")
      .type_name("TIME");
  command.add_option("--until", until, "Records before a period or time").type_name("TIME");
  command.add_flag("--all", all, "Also records that a retry or rerun superseded");
  command.add_option("--limit", limit, "At most so many, the newest (default: all)").type_name("N");
}

History::Query RecordQueryOptions::query(const History& history, TimePoint now) const {
  History::Query query;
  query.run_id = run_id;
  query.pipeline_id = pipeline_id;
  query.branch = branch;
  query.git_commit = git_commit;
  query.reference = reference;
  query.job_id = job_id;
  query.launcher = launcher;
  query.model = model;
  for (const auto& label : labels) query.labels.push_back(label_of(label));
  if (!verdict.empty()) query.verdict = verdict_of(verdict);
  if (!since.empty()) query.since = parse_period(since, now, "--since");
  if (!until.empty()) query.until = parse_period(until, now, "--until");
  query.all = all || !job_id.empty();  // whoever names a job means it, superseded or not
  // The filter expression is applied to what comes back, so the limit is, too.
  query.limit = filter.empty() && keys.size() < 2 ? limit : 0;
  const bool says_which_runs = !run_id.empty() || !pipeline_id.empty() || !git_commit.empty() ||
                               !reference.empty() || !job_id.empty() || query.since ||
                               query.until || !keys.empty();
  if (!says_which_runs) query.run_id = history.newest_run(branch);
  return query;
}

std::vector<HistoryRow> select_rows(const History& history, const RecordQueryOptions& options,
                                    TimePoint now) {
  std::vector<HistoryRow> out;
  const auto all = queries(history, options, now);
  if (all.size() == 1) {
    out = history.rows(all.front());
  } else {
    for (const auto& query : all) {
      auto rows = history.rows(query);
      std::move(rows.begin(), rows.end(), std::back_inserter(out));
    }
    std::stable_sort(out.begin(), out.end(), [](const HistoryRow& a, const HistoryRow& b) {
      return a.created > b.created;
    });
  }
  if (!options.filter.empty()) {
    ProductFilter(Filter::parse(options.filter, "--filter"), history).apply(out);
  }
  if (options.limit > 0 && out.size() > options.limit) out.resize(options.limit);
  return out;
}

std::string no_record_text(const HistoryOptions& file, const History& history,
                           const RecordQueryOptions& options) {
  std::string out = "assay: no record in " + file.path().string() + " matches";
  const auto check = [&](const char* what, const std::string& name,
                         const std::vector<std::string>& known) {
    if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) return;
    out += std::string("\n  it has no ") + what + " '" + name + "'" + did_you_mean(name, known);
  };
  auto labels = options.labels;
  if (!options.model.empty()) labels.push_back("model=" + options.model);
  for (const auto& label : labels) check("label", label, history.labels());
  check("run", options.run_id, history.runs());
  check("pipeline", options.pipeline_id, history.pipelines());
  check("branch", options.branch, history.branches());
  check("launcher", options.launcher, history.launchers());
  return out + "\n";
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
