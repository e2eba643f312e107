// What the history says of cases, nodes and names as a whole.
#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <limits>

#include "history/database.h"
#include "history/reading.h"

namespace assay {

namespace {

constexpr int k_past_runs = 20;     // whose mean is what a case costs
constexpr std::int64_t k_near = 8;  // records as near as this are read in one go

std::vector<std::string> texts(SQLite::Database& database, const char* query) {
  SQLite::Statement statement(database, query);
  std::vector<std::string> out;
  while (statement.executeStep()) out.push_back(statement.getColumn(0).getString());
  return out;
}

// The number of a text; 0 where it is no word, so that nothing has it.
std::int64_t word_of(SQLite::Database& database, std::string_view text) {
  SQLite::Statement statement(database, "SELECT id FROM word WHERE text = ?");
  statement.bind(1, std::string(text));
  return statement.executeStep() ? statement.getColumn(0).getInt64() : 0;
}

// Words that a column of `record` has; its index finds each in one step.
std::string words_in(const char* column) {
  return std::string("SELECT text FROM word WHERE EXISTS (SELECT 1 FROM record WHERE ") + column +
         " = word.id) ORDER BY text";
}

}  // namespace

std::vector<std::string> History::keys() const {
  return reading(*database_, [](SQLite::Database& database) {
    return texts(database, words_in("key").c_str());
  });
}

std::vector<std::string> History::branches() const {
  return reading(*database_, [](SQLite::Database& database) {
    return texts(database, words_in("branch").c_str());
  });
}

std::vector<std::string> History::pipelines() const {
  return reading(*database_, [](SQLite::Database& database) {
    return texts(database, words_in("pipeline").c_str());
  });
}

std::vector<std::string> History::launchers() const {
  // No index begins with the launcher; each key has few.
  return reading(*database_, [](SQLite::Database& database) {
    return texts(database,
                 "WITH RECURSIVE pair(k, l) AS ("
                 "SELECT key, launcher FROM (SELECT key, launcher FROM record "
                 "ORDER BY key, launcher LIMIT 1) "
                 "UNION ALL SELECT n.key, n.launcher FROM pair, record n WHERE n.id = ("
                 "SELECT id FROM record WHERE (key, launcher) > (pair.k, pair.l) "
                 "ORDER BY key, launcher LIMIT 1)) "
                 "SELECT DISTINCT text FROM pair JOIN word ON word.id = pair.l ORDER BY text");
  });
}

std::vector<std::string> History::labels() const {
  return reading(*database_, [](SQLite::Database& database) {
    return texts(database,
                 "SELECT text FROM word WHERE id IN (SELECT label FROM label) ORDER BY text");
  });
}

std::vector<std::string> History::runs() const {
  return reading(*database_, [](SQLite::Database& database) {
    return texts(database,
                 "SELECT w.text FROM word w JOIN (SELECT run, max(created) newest FROM record "
                 "GROUP BY run) r ON r.run = w.id ORDER BY r.newest DESC");
  });
}

FailingSince History::failing_since(const HistoryRow& row) const {
  return reading(*database_, [&](SQLite::Database& database) {
    const std::string series =
        " FROM record WHERE key = ? AND launcher = ? AND gpu_model = ? AND branch = ? AND ";
    const auto bind = [&](SQLite::Statement& statement) {
      int index = 0;
      for (const auto& text : {row.key, row.launcher, row.gpu_model, row.branch}) {
        statement.bind(++index, word_of(database, text));
      }
    };
    const auto created = static_cast<std::int64_t>(row.created.time_since_epoch().count());
    const auto text_of = [&](std::int64_t word) {
      return detail::Words(database, database_->known_words)[word];
    };
    FailingSince out;
    std::int64_t passed = std::numeric_limits<std::int64_t>::min();
    SQLite::Statement last_pass(database, "SELECT created, git_commit" + series +
                                              "verdict = 0 AND created < ? "
                                              "ORDER BY created DESC LIMIT 1");
    bind(last_pass);
    last_pass.bind(5, created);
    if (last_pass.executeStep()) {
      passed = last_pass.getColumn(0).getInt64();
      out.passed_commit = text_of(last_pass.getColumn(1).getInt64());
    }
    // A bare column beside min() is of the row that has it (SQLite's documentation of SELECT).
    SQLite::Statement failures(database, "SELECT count(*), min(created), git_commit" + series +
                                             "verdict = 1 AND created > ? AND created <= ?");
    bind(failures);
    failures.bind(5, passed);
    failures.bind(6, created);
    if (failures.executeStep() && failures.getColumn(0).getInt() > 0) {
      out.records = failures.getColumn(0).getInt();
      out.since = detail::time_of(failures.getColumn(1).getInt64());
      out.first_commit = text_of(failures.getColumn(2).getInt64());
    }
    return out;
  });
}

std::map<std::string, NodeTally> History::nodes(std::span<const HistoryRow> rows) const {
  return reading(*database_, [&](SQLite::Database& database) {
    SQLite::Statement statement(database,
                                "SELECT record, node, attempts, failed FROM node "
                                "WHERE record BETWEEN ? AND ?");
    std::vector<std::int64_t> ids;
    for (const auto& row : rows) ids.push_back(row.id);
    std::sort(ids.begin(), ids.end());
    std::map<std::int64_t, NodeTally> by_word;
    // A period's records lie together: reading on costs less than looking for each of them.
    for (auto begin = ids.begin(); begin != ids.end();) {
      const auto gap = std::adjacent_find(
          begin, ids.end(), [](std::int64_t a, std::int64_t b) { return b - a > k_near; });
      const auto end = gap == ids.end() ? gap : gap + 1;
      statement.reset();
      statement.bind(1, *begin);
      statement.bind(2, *(end - 1));
      while (statement.executeStep()) {
        const auto id = statement.getColumn(0).getInt64();
        begin = std::lower_bound(begin, end, id);
        if (begin == end || *begin != id) continue;
        auto& tally = by_word[statement.getColumn(1).getInt64()];
        tally.attempts += statement.getColumn(2).getInt();
        tally.failed += statement.getColumn(3).getInt();
      }
      begin = end;
    }
    detail::Words words(database, database_->known_words);
    std::map<std::string, NodeTally> out;
    for (const auto& [word, tally] : by_word) out[words[word]] = tally;
    return out;
  });
}

std::vector<CasePast> History::past(std::span<const std::string> keys,
                                    const std::string& launcher) const {
  return reading(*database_, [&](SQLite::Database& database) {
    SQLite::Statement newest(database,
                             "SELECT r.verdict, r.created, "
                             "json_extract(b.json, '$.recipe.digest') "
                             "FROM record r JOIN body b ON b.record = r.id "
                             "WHERE r.key = ? AND r.launcher = ? AND r.verdict <> 3 "
                             "ORDER BY r.created DESC LIMIT 1");
    SQLite::Statement cost(database,
                           "SELECT count(*), avg(seconds) FROM (SELECT "
                           "coalesce(job_seconds, run_seconds) seconds FROM record "
                           "WHERE key = ? AND launcher = ? AND verdict IN (0, 1) "
                           "ORDER BY created DESC LIMIT " +
                               std::to_string(k_past_runs) + ")");
    const auto launcher_word = word_of(database, launcher);
    std::vector<CasePast> out;
    for (const auto& key : keys) {
      const auto key_word = word_of(database, key);
      newest.reset();
      newest.bind(1, key_word);
      newest.bind(2, launcher_word);
      if (!newest.executeStep()) continue;
      CasePast one;
      one.key = key;
      one.verdict = static_cast<Verdict>(newest.getColumn(0).getInt());
      one.created = detail::time_of(newest.getColumn(1).getInt64());
      one.recipe_digest = newest.getColumn(2).getString();
      cost.reset();
      cost.bind(1, key_word);
      cost.bind(2, launcher_word);
      if (cost.executeStep()) {
        one.runs = cost.getColumn(0).getInt();
        one.job_seconds = cost.getColumn(1).getDouble();
      }
      out.push_back(std::move(one));
    }
    return out;
  });
}

}  // namespace assay
