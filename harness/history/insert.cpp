#include "history/insert.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "base/text.h"
#include "model/parameters_json.h"

namespace assay::detail {

namespace {

std::int64_t milliseconds(TimePoint time) { return time.time_since_epoch().count(); }

// A whole number among the parameters; 0 where there is none.
long long count_parameter(const Record& record, std::string_view name, long long fallback) {
  for (const auto& [parameter, value] : record.parameters) {
    if (parameter == name) return parse_integer(value.text).value_or(fallback);
  }
  return fallback;
}

double finite(double value) { return std::isfinite(value) ? value : 0; }

double total_seconds(const Record& record) {
  if (!record.ended) return 0;
  return std::chrono::duration<double>(*record.ended - record.created).count();
}

// Of all attempts: what the record cost.
double job_seconds(const Record& record) {
  double seconds = 0;
  for (const auto& attempt : record.attempts) {
    if (!attempt.started || !attempt.ended) continue;
    seconds += std::chrono::duration<double>(*attempt.ended - *attempt.started).count();
  }
  return std::max(seconds, finite(record.run_seconds));
}

bool was_flaky(const Record& record) {
  return record.verdict == Verdict::passed &&
         std::any_of(record.attempts.begin(), record.attempts.end(), [](const Attempt& attempt) {
           return attempt.class_ == "infra" || attempt.class_ == "flaky";
         });
}

int flags(const Record& record) {
  return (record.allowed_failure ? 1 : 0) | (record.quarantined ? 2 : 0) |
         (was_flaky(record) ? 4 : 0);
}

void run(SQLite::Statement& statement) {
  statement.exec();
  statement.reset();
  statement.clearBindings();
}

}  // namespace

Inserter::Inserter(SQLite::Database& database)
    : database_(database),
      find_word_(database, "SELECT id FROM word WHERE text = ?"),
      add_word_(database, "INSERT INTO word(text) VALUES(?)"),
      find_record_(database,
                   "SELECT id, pipeline FROM record WHERE run = ? AND key = ? AND created = ?"),
      add_record_(database,
                  "INSERT INTO record(created, run, key, launcher, gpu_model, branch, pipeline, "
                  "git_commit, labels, verdict, flags, gpus, queue_seconds, run_seconds, "
                  "total_seconds, job_id, summary, parameters, job_seconds) "
                  "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      add_body_(database, "INSERT INTO body(record, json) VALUES(?, ?)"),
      // A metric that came twice keeps its last value.
      add_value_(database,
                 "INSERT OR REPLACE INTO value(key, created, record, metric, value) "
                 "VALUES(?, ?, ?, ?, ?)"),
      add_label_(database, "INSERT OR IGNORE INTO label(label, labels) VALUES(?, ?)"),
      add_job_(database, "INSERT OR IGNORE INTO job(job_id, record) VALUES(?, ?)"),
      add_node_(database,
                "INSERT INTO node(record, node, attempts, failed) VALUES(?, ?, 1, ?) "
                "ON CONFLICT DO UPDATE SET attempts = attempts + 1, "
                "failed = failed + excluded.failed"),
      // Each way to be of one run or pipeline has its index; the key alone may have thousands.
      turn_mark_(database,
                 std::string("UPDATE record AS r SET superseded = 1 - superseded WHERE "
                             "((r.run = ?2 AND r.key = ?1) OR (r.run = ?3 AND r.key = ?1) OR "
                             "(r.pipeline = ?3 AND r.key = ?1)) AND superseded = ?4 AND ") +
                     k_is_superseded + " <> ?4") {}

std::int64_t Inserter::word(const std::string& text) {
  const auto cached = words_.find(text);
  if (cached != words_.end()) return cached->second;
  find_word_.bind(1, text);
  std::int64_t id = 0;
  if (find_word_.executeStep()) id = find_word_.getColumn(0).getInt64();
  find_word_.reset();
  if (id == 0) {
    add_word_.bind(1, text);
    run(add_word_);
    id = database_.getLastInsertRowid();
  }
  words_.emplace(text, id);
  return id;
}

std::int64_t Inserter::label_set(const Record& record) {
  std::vector<std::string> labels;
  for (const auto& [name, value] : record.labels) {
    std::string label = name + "=" + value;
    std::replace(label.begin(), label.end(), '\n', ' ');
    labels.push_back(std::move(label));
  }
  const auto joined = join(labels, "\n");
  const bool is_known = words_.contains(joined);
  const auto set = word(joined);
  if (is_known) return set;
  for (const auto& label : labels) {
    add_label_.bind(1, word(label));
    add_label_.bind(2, set);
    run(add_label_);
  }
  return set;
}

void Inserter::remove_old(const Record& record, std::int64_t run_word, std::int64_t key) {
  find_record_.bind(1, run_word);
  find_record_.bind(2, key);
  find_record_.bind(3, milliseconds(record.created));
  std::int64_t old = 0;
  std::optional<std::int64_t> pipeline;
  if (find_record_.executeStep()) {
    old = find_record_.getColumn(0).getInt64();
    if (!find_record_.isColumnNull(1)) pipeline = find_record_.getColumn(1).getInt64();
  }
  find_record_.reset();
  if (old == 0) return;
  remove_record(database_, old);
  turn_marks(key, run_word, pipeline, true);
}

void Inserter::turn_marks(std::int64_t key, std::int64_t run_word,
                          std::optional<std::int64_t> pipeline, bool are_set) {
  turn_mark_.bind(1, key);
  turn_mark_.bind(2, run_word);
  if (pipeline) turn_mark_.bind(3, *pipeline);
  turn_mark_.bind(4, are_set ? 1 : 0);
  run(turn_mark_);
}

std::int64_t Inserter::insert_row(const Record& record, std::int64_t key) {
  const auto run_word = word(record.run_id);
  remove_old(record, run_word, key);
  auto& row = add_record_;
  row.bind(1, milliseconds(record.created));
  row.bind(2, run_word);
  row.bind(3, key);
  row.bind(4, word(record.launcher));
  row.bind(5, word(record.gpu_model()));
  row.bind(6, word(record.git_branch));
  std::optional<std::int64_t> pipeline;
  if (!record.pipeline_id.empty()) pipeline = word(record.pipeline_id);
  if (pipeline) row.bind(7, *pipeline);
  row.bind(8, word(record.git_commit));
  row.bind(9, label_set(record));
  row.bind(10, static_cast<int>(record.verdict));
  row.bind(11, flags(record));
  row.bind(12, static_cast<std::int64_t>(count_parameter(record, "gpus", 0) *
                                         count_parameter(record, "nodes", 1)));
  row.bind(13, finite(record.queue_seconds));
  row.bind(14, finite(record.run_seconds));
  row.bind(15, total_seconds(record));
  row.bind(16, record.attempts.empty() ? std::string{} : record.attempts.back().job_id);
  row.bind(17, record.summary);
  row.bind(18, word(parameters_json(record)));
  row.bind(19, job_seconds(record));
  run(row);
  const auto id = database_.getLastInsertRowid();
  turn_marks(key, run_word, pipeline, false);
  return id;
}

void Inserter::insert_values(const Record& record, std::int64_t key, std::int64_t id) {
  for (const auto& metric : record.metrics) {
    add_value_.bind(1, key);
    add_value_.bind(2, milliseconds(record.created));
    add_value_.bind(3, id);
    add_value_.bind(4, word(metric.name));
    add_value_.bind(5, metric.value);  // SQLite keeps NaN as NULL
    run(add_value_);
  }
}

void Inserter::insert_jobs(const Record& record, std::int64_t id) {
  for (const auto& attempt : record.attempts) {
    if (attempt.job_id.empty()) continue;
    add_job_.bind(1, attempt.job_id);
    add_job_.bind(2, id);
    run(add_job_);
  }
}

void Inserter::insert_nodes(const Record& record, std::int64_t id) {
  for (const auto& attempt : record.attempts) {
    for (const auto& node : std::set<std::string>(attempt.nodes.begin(), attempt.nodes.end())) {
      add_node_.bind(1, id);
      add_node_.bind(2, word(node));
      add_node_.bind(3, attempt.class_.empty() ? 0 : 1);
      run(add_node_);
    }
  }
}

void Inserter::insert(const Record& record, const std::string& json) {
  const auto key = word(record.key);
  const auto id = insert_row(record, key);
  add_body_.bind(1, id);
  add_body_.bindNoCopy(2, json);
  run(add_body_);
  insert_values(record, key, id);
  insert_jobs(record, id);
  insert_nodes(record, id);
}

void remove_record(SQLite::Database& database, std::int64_t id) {
  constexpr std::array k_statements = {
      "DELETE FROM value WHERE (key, created, record) IN "
      "(SELECT key, created, id FROM record WHERE id = ?)",
      "DELETE FROM body WHERE record = ?",
      "DELETE FROM job WHERE record = ?",
      "DELETE FROM node WHERE record = ?",
      "DELETE FROM record WHERE id = ?",
  };
  for (const char* text : k_statements) {
    SQLite::Statement statement(database, text);
    statement.bind(1, id);
    statement.exec();
  }
}

}  // namespace assay::detail
