// Pruning, shrinking and checking the history.
#include "base/files.h"
#include "history/database.h"
#include "history/insert.h"
#include "history/schema.h"

namespace assay {

namespace {

constexpr auto k_lock_limit = std::chrono::seconds(30);

void delete_before(SQLite::Database& database, const char* text, TimePoint before) {
  SQLite::Statement statement(database, text);
  statement.bind(1, static_cast<std::int64_t>(before.time_since_epoch().count()));
  statement.exec();
}

std::size_t count(SQLite::Database& database, const std::string& text) {
  return static_cast<std::size_t>(database.execAndGet(text).getInt64());
}

void add_integrity(SQLite::Database& database, std::vector<std::string>& problems) {
  SQLite::Statement statement(database, "PRAGMA integrity_check");
  while (statement.executeStep()) {
    const auto line = statement.getColumn(0).getString();
    if (line != "ok") problems.push_back("the database is damaged: " + line);
  }
}

// Rows of one table that another lacks, and bodies that are no records.
void add_content(SQLite::Database& database, std::vector<std::string>& problems) {
  const std::pair<std::string, const char*> questions[] = {
      {"SELECT count(*) FROM record WHERE id NOT IN (SELECT record FROM body)",
       "records without their JSON"},
      {"SELECT count(*) FROM body WHERE record NOT IN (SELECT id FROM record)",
       "JSON texts without their record"},
      {"SELECT count(*) FROM value WHERE record NOT IN (SELECT id FROM record)",
       "metrics without their record"},
      {std::string("SELECT count(*) FROM record r WHERE superseded <> ") + detail::k_is_superseded,
       "records that are wrongly shown or left out: superseded by a later one or not"},
  };
  for (const auto& [question, what] : questions) {
    const auto found = count(database, question);
    if (found > 0) problems.push_back(std::to_string(found) + " " + what);
  }
  SQLite::Statement statement(database, "SELECT record, json FROM body");
  while (statement.executeStep()) {
    try {
      record_from_json(statement.getColumn(1).getString());
    } catch (const Error& error) {
      problems.push_back("row " + statement.getColumn(0).getString() + ": " + error.what());
    }
  }
}

}  // namespace

std::size_t History::prune(TimePoint before) {
  auto& database = *database_;
  try {
    auto lock = database.take_in_all();
    if (database.readable() == nullptr) return 0;
    if (!lock) lock = database.spool.lock_or_fail(k_lock_limit);
    database.spool.remove_abandoned();
    auto& connection = database.writable();
    SQLite::Transaction transaction(connection, SQLite::TransactionBehavior::IMMEDIATE);
    delete_before(connection,
                  "DELETE FROM value WHERE (key, created, record) IN "
                  "(SELECT key, created, id FROM record WHERE created < ?)",
                  before);
    for (const char* table : {"body", "job", "node"}) {
      const auto text = std::string("DELETE FROM ") + table +
                        " WHERE record IN (SELECT id FROM record WHERE created < ?)";
      delete_before(connection, text.c_str(), before);
    }
    delete_before(connection, "DELETE FROM record WHERE created < ?", before);
    const auto removed = connection.getChanges();
    transaction.commit();
    return static_cast<std::size_t>(removed);
  } catch (const SQLite::Exception& error) {
    detail::rethrow(error, "history " + database.file.string());
  }
}

void History::vacuum() {
  auto& database = *database_;
  try {
    if (database.readable() == nullptr) return;
    const auto lock = database.spool.lock_or_fail(k_lock_limit);
    database.writable().exec("VACUUM");
    database.writable().exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (const SQLite::Exception& error) {
    detail::rethrow(error, "history " + database.file.string());
  }
}

std::vector<std::string> History::check() const {
  auto& database = *database_;
  std::vector<std::string> problems;
  try {
    const auto held = database.take_in_all();
    if (auto* connection = database.readable()) {
      add_integrity(*connection, problems);
      if (problems.empty()) add_content(*connection, problems);
    }
  } catch (const SQLite::Exception& error) {
    problems.push_back(database.file.string() + ": " + error.what());
  }
  for (const auto& file : database.spool.set_aside_files()) {
    try {
      record_from_json(read_file(file));
      problems.push_back(file.string() + " was set aside, but can be read now: import it");
    } catch (const Error& error) {
      problems.push_back(file.string() + ": " + error.what());
    }
  }
  return problems;
}

}  // namespace assay
