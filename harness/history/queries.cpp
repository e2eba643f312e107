// Everything that is read from the history.
#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <limits>
#include <ostream>
#include <unordered_map>
#include <variant>

#include "base/text.h"
#include "history/database.h"
#include "history/reading.h"
#include "model/parameters_json.h"

namespace assay {

namespace {

using detail::milliseconds;
using detail::number_at;
using detail::time_of;
using detail::Words;

std::string word_is(const char* column) {
  return std::string("r.") + column + " = (SELECT id FROM word WHERE text = ?)";
}

// A WHERE clause and what its marks stand for. A condition's "{}" is its value, however often.
class Where {
 public:
  void word(const char* column, const std::string& text) {
    if (text.empty()) return;
    add(std::string(column) + " = (SELECT id FROM word WHERE text = {})", text);
  }
  void add(std::string condition, std::variant<std::string, std::int64_t> value) {
    values_.push_back(std::move(value));
    const auto mark = "?" + std::to_string(values_.size());
    for (auto at = condition.find("{}"); at != std::string::npos; at = condition.find("{}")) {
      condition.replace(at, 2, mark);
    }
    fact(std::move(condition));
  }
  void fact(std::string condition) { conditions_.push_back(std::move(condition)); }

  std::string text() const {
    return conditions_.empty() ? std::string{} : " WHERE " + join(conditions_, " AND ");
  }
  void bind(SQLite::Statement& statement) const {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      std::visit([&](const auto& value) { statement.bind(static_cast<int>(i) + 1, value); },
                 values_[i]);
    }
  }

 private:
  std::vector<std::string> conditions_;
  std::vector<std::variant<std::string, std::int64_t>> values_;
};

// The words that begin with the value, by the words' index.
constexpr const char* k_commits =
    "r.git_commit IN (SELECT id FROM word WHERE text >= {} AND text < {} || char(1114111))";

// A run, a job or a commit is found by its index, and has few records. SQLite cannot know that a
// branch or a label has nearly all of them: "+" keeps it from using their indexes then.
bool names_few(const History::Query& query) {
  return !query.run_id.empty() || !query.pipeline_id.empty() || !query.job_id.empty() ||
         !query.git_commit.empty() || !query.reference.empty();
}

Where where_of(const History::Query& query) {
  Where where;
  const bool is_few = names_few(query);
  if (!query.run_id.empty()) {
    where.add(
        "(r.run = (SELECT id FROM word WHERE text = {}) OR "
        "r.pipeline = (SELECT id FROM word WHERE text = {}))",
        query.run_id);
  }
  where.word("r.key", query.key);
  where.word(is_few || !query.key.empty() ? "+r.branch" : "r.branch", query.branch);
  where.word("r.pipeline", query.pipeline_id);
  where.word("r.launcher", query.launcher);
  auto labels = query.labels;
  if (!query.model.empty()) labels.emplace_back("model", query.model);
  for (const auto& [name, value] : labels) {
    where.add(std::string(is_few || !query.key.empty() ? "+" : "") +
                  "r.labels IN (SELECT labels FROM label WHERE label = "
                  "(SELECT id FROM word WHERE text = {}))",
              name + "=" + value);
  }
  if (!query.job_id.empty()) {
    where.add("r.id IN (SELECT record FROM job WHERE job_id = {})", query.job_id);
  }
  if (!query.git_commit.empty()) where.add(k_commits, query.git_commit);
  if (!query.reference.empty()) {
    where.add(
        std::string("(r.branch = (SELECT id FROM word WHERE text = {}) OR ") + k_commits + ")",
        query.reference);
  }
  if (query.verdict) {
    where.fact("r.verdict = " + std::to_string(static_cast<int>(*query.verdict)));
  }
  const std::string created = is_few ? "+r.created" : "r.created";
  if (query.since) where.add(created + " >= {}", milliseconds(*query.since));
  if (query.until) where.add(created + " < {}", milliseconds(*query.until));
  if (query.after_id > 0) where.fact("r.id > " + std::to_string(query.after_id));
  if (!query.all) where.fact("r.superseded = 0");
  return where;
}

std::string limit_of(const History::Query& query) {
  return query.limit == 0 ? std::string{} : " LIMIT " + std::to_string(query.limit);
}

constexpr const char* k_row_columns =
    "SELECT r.id, r.created, r.run, r.key, r.launcher, r.gpu_model, r.branch, r.pipeline, "
    "r.git_commit, r.labels, r.verdict, r.flags, r.gpus, r.queue_seconds, r.run_seconds, "
    "r.total_seconds, r.job_id, r.summary, r.parameters, coalesce(r.job_seconds, r.run_seconds) "
    "FROM record r";

HistoryRow row_of(SQLite::Statement& at, Words& words) {
  HistoryRow row;
  row.id = at.getColumn(0).getInt64();
  row.created = time_of(at.getColumn(1).getInt64());
  row.run_id = words[at.getColumn(2).getInt64()];
  row.key = words[at.getColumn(3).getInt64()];
  row.launcher = words[at.getColumn(4).getInt64()];
  row.gpu_model = words[at.getColumn(5).getInt64()];
  row.branch = words[at.getColumn(6).getInt64()];
  if (!at.getColumn(7).isNull()) row.pipeline_id = words[at.getColumn(7).getInt64()];
  row.git_commit = words[at.getColumn(8).getInt64()];
  row.labels = words.labels(at.getColumn(9).getInt64());
  row.verdict = static_cast<Verdict>(at.getColumn(10).getInt());
  const int flags = at.getColumn(11).getInt();
  row.allowed_failure = (flags & 1) != 0;
  row.quarantined = (flags & 2) != 0;
  row.flaky = (flags & 4) != 0;
  row.gpus = at.getColumn(12).getInt();
  row.queue_seconds = at.getColumn(13).getDouble();
  row.run_seconds = at.getColumn(14).getDouble();
  row.total_seconds = at.getColumn(15).getDouble();
  row.job_id = at.getColumn(16).getString();
  row.summary = at.getColumn(17).getString();
  row.parameters = at.getColumn(18).getInt64();
  row.job_seconds = at.getColumn(19).getDouble();
  return row;
}

// How many records there are of a period: its index says so without a look at them.
std::size_t count_since(SQLite::Database& database, TimePoint since) {
  SQLite::Statement statement(database, "SELECT count(*) FROM record WHERE created >= ?");
  statement.bind(1, milliseconds(since));
  return statement.executeStep() ? static_cast<std::size_t>(statement.getColumn(0).getInt64()) : 0;
}

void for_each_body(SQLite::Database& database, const History::Query& query,
                   const std::string& order, const std::function<void(std::string_view)>& visit) {
  const auto where = where_of(query);
  SQLite::Statement statement(
      database, "SELECT b.json FROM record r JOIN body b ON b.record = r.id" + where.text() +
                    order + limit_of(query));
  where.bind(statement);
  while (statement.executeStep()) {
    const auto json = statement.getColumn(0);
    visit({json.getText(), static_cast<std::size_t>(json.getBytes())});
  }
}

}  // namespace

std::vector<Record> History::find(const Query& query) const {
  return reading(*database_, [&](SQLite::Database& database) {
    std::vector<Record> out;
    for_each_body(database, query, " ORDER BY r.created DESC, r.id DESC",
                  [&](std::string_view json) { out.push_back(record_from_json(json)); });
    return out;
  });
}

void History::visit(
    const Query& query,
    const std::function<void(std::int64_t id, std::string_view json)>& visitor) const {
  reading(*database_, [&](SQLite::Database& database) {
    const auto where = where_of(query);
    SQLite::Statement statement(database,
                                "SELECT r.id, b.json FROM record r JOIN body b ON b.record = r.id" +
                                    where.text() + limit_of(query));
    where.bind(statement);
    while (statement.executeStep()) {
      const auto json = statement.getColumn(1);
      visitor(statement.getColumn(0).getInt64(),
              {json.getText(), static_cast<std::size_t>(json.getBytes())});
    }
    return 0;
  });
}

std::vector<HistoryRow> History::rows(const Query& query) const& {
  return reading(*database_, [&](SQLite::Database& database) {
    const auto where = where_of(query);
    SQLite::Statement statement(
        database,
        k_row_columns + where.text() + " ORDER BY r.created DESC, r.id DESC" + limit_of(query));
    where.bind(statement);
    Words words(database, database_->known_words);
    std::vector<HistoryRow> out;
    // A list that grows is copied again and again, which is a tenth of a long one's time.
    if (query.since && query.limit == 0) out.reserve(count_since(database, *query.since));
    while (statement.executeStep()) out.push_back(row_of(statement, words));
    return out;
  });
}

void History::visit(std::span<const HistoryRow> rows,
                    const std::function<void(std::string_view json)>& visitor) const {
  reading(*database_, [&](SQLite::Database& database) {
    SQLite::Statement statement(database, "SELECT json FROM body WHERE record = ?");
    for (const auto& row : rows) {
      statement.reset();
      statement.bind(1, row.id);
      if (!statement.executeStep()) continue;
      const auto json = statement.getColumn(0);
      visitor({json.getText(), static_cast<std::size_t>(json.getBytes())});
    }
    return 0;
  });
}

std::optional<Record> History::record(std::int64_t id) const {
  return reading(*database_, [&](SQLite::Database& database) -> std::optional<Record> {
    SQLite::Statement statement(database, "SELECT json FROM body WHERE record = ?");
    statement.bind(1, id);
    if (!statement.executeStep()) return std::nullopt;
    return record_from_json(statement.getColumn(0).getString());
  });
}

std::vector<HistoryValue> History::values(std::span<const HistoryRow> rows) const& {
  return reading(*database_, [&](SQLite::Database& database) {
    SQLite::Statement statement(database,
                                "SELECT metric, value FROM value WHERE record = ?1 AND "
                                "(key, created) = (SELECT key, created FROM record WHERE id = ?1)");
    Words words(database, database_->known_words);
    std::vector<HistoryValue> out;
    for (const auto& row : rows) {
      statement.reset();
      statement.bind(1, row.id);
      while (statement.executeStep()) {
        out.push_back(
            {row.id, words[statement.getColumn(0).getInt64()], number_at(statement.getColumn(1))});
      }
    }
    return out;
  });
}

std::vector<std::pair<std::string, Value>> History::parameters(std::int64_t number) const {
  using Parameters = std::vector<std::pair<std::string, Value>>;
  return reading(*database_, [&](SQLite::Database& database) -> Parameters {
    return parameters_from_json(Words(database, database_->known_words)[number]);
  });
}

std::string History::newest_run(const std::string& branch) const {
  return reading(*database_, [&](SQLite::Database& database) {
    Where where;
    where.word("r.branch", branch);
    SQLite::Statement statement(
        database, "SELECT w.text FROM record r JOIN word w ON w.id = coalesce(r.pipeline, r.run)" +
                      where.text() + " ORDER BY r.created DESC, r.id DESC LIMIT 1");
    where.bind(statement);
    return statement.executeStep() ? statement.getColumn(0).getString() : std::string{};
  });
}

std::vector<HistoryPoint> History::passing_series(
    const std::string& key, const std::string& launcher, const std::string& gpu_model,
    const std::string& branch, const std::string& metric, std::size_t limit) const {
  return reading(*database_, [&](SQLite::Database& database) {
    // The index record_series holds all of the conditions, in the order of time.
    std::string text =
        "SELECT r.created, r.run, r.git_commit, v.value FROM record r JOIN value v "
        "ON v.key = r.key AND v.created = r.created AND v.record = r.id "
        "AND v.metric = (SELECT id FROM word WHERE text = ?) WHERE " +
        word_is("key") + " AND " + word_is("launcher") + " AND " + word_is("gpu_model") + " AND " +
        word_is("branch") + " AND r.verdict = 0 ORDER BY r.created DESC, r.id DESC";
    if (limit > 0) text += " LIMIT " + std::to_string(limit);
    SQLite::Statement statement(database, text);
    int index = 0;
    for (const auto& argument : {metric, key, launcher, gpu_model, branch}) {
      statement.bind(++index, argument);
    }
    Words words(database, database_->known_words);
    std::vector<HistoryPoint> out;
    while (statement.executeStep()) {
      out.push_back({time_of(statement.getColumn(0).getInt64()),
                     words[statement.getColumn(1).getInt64()],
                     words[statement.getColumn(2).getInt64()], Verdict::passed,
                     number_at(statement.getColumn(3))});
    }
    std::reverse(out.begin(), out.end());
    return out;
  });
}

std::size_t History::export_lines(std::ostream& out, const Query& query) const {
  return reading(*database_, [&](SQLite::Database& database) {
    std::size_t count = 0;
    for_each_body(database, query, " ORDER BY r.created, r.id", [&](std::string_view json) {
      out << json << '\n';
      ++count;
    });
    return count;
  });
}

}  // namespace assay
