#include "history/database.h"

#include <SQLiteCpp/Backup.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstdlib>

#include "base/files.h"
#include "history/schema.h"

namespace assay {

namespace {

// Writers wait for each other in the lock; SQLite's own waiting is for readers and checkpoints.
constexpr int k_busy_milliseconds = 60'000;
constexpr auto k_reader_patience = std::chrono::seconds(10);
constexpr std::size_t k_files_per_transaction = 500;

bool may_write(const std::filesystem::path& file) {
  const auto directory = file.has_parent_path() ? file.parent_path() : ".";
  if (::access(directory.c_str(), W_OK) != 0) return false;
  return ::access(file.c_str(), F_OK) != 0 || ::access(file.c_str(), W_OK) == 0;
}

// What was asked, else what ASSAY_HISTORY_STORAGE says (of file systems that statfs does not tell),
// else what the file system is.
bool is_network(const std::filesystem::path& file, History::Storage storage) {
  if (storage != History::Storage::detect) return storage == History::Storage::network;
  const char* said = std::getenv("ASSAY_HISTORY_STORAGE");
  if (said == nullptr || *said == '\0') return detail::is_network_file_system(file);
  const std::string_view word(said);
  if (word != "local" && word != "network") {
    throw InputError({"ASSAY_HISTORY_STORAGE", 1, 1}, "expected 'local' or 'network'", word);
  }
  return word == "network";
}

// One name for one file, so that all its writers have one lock.
std::filesystem::path one_name(const std::filesystem::path& path) {
  const auto absolute = std::filesystem::absolute(path);
  std::error_code code;
  auto canonical = std::filesystem::weakly_canonical(absolute, code);
  return code ? absolute : canonical;
}

}  // namespace

History::Database::Database(const std::filesystem::path& path, Storage storage)
    : file(one_name(path)), is_network(assay::is_network(file, storage)), spool(file) {}

void History::Database::open(int flags) {
  // One thread at a time has a history: SQLite need not lock each value that it hands out.
  connection_ = std::make_unique<SQLite::Database>(file.string(), flags | SQLite::OPEN_NOMUTEX,
                                                   k_busy_milliseconds);
  // Closing would else merge and delete the log each time the last of many short writers ends.
  sqlite3_db_config(connection_->getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

SQLite::Database& History::Database::writable() {
  if (connection_ && is_migrated_) return *connection_;
  make_directories(file.parent_path());
  open(SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  // Refused before anything is changed in it.
  detail::check_version(*connection_, detail::history_steps());
  connection_->execAndGet(is_network ? "PRAGMA journal_mode = DELETE"
                                     : "PRAGMA journal_mode = WAL");
  // With the write-ahead log, NORMAL loses nothing to kills; the rollback journal needs FULL.
  connection_->exec(is_network ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  detail::migrate(*connection_, detail::history_steps());
  is_migrated_ = true;
  return *connection_;
}

SQLite::Database* History::Database::readable() {
  if (connection_) return connection_.get();
  if (!std::filesystem::exists(file)) return nullptr;
  if (may_write(file)) return &writable();
  open(SQLite::OPEN_READONLY);
  if (detail::check_version(*connection_, detail::history_steps())) open_copy();
  return connection_.get();
}

// An older file that this user may not write is read as a migrated copy, in a temporary file that
// SQLite itself takes away.
void History::Database::open_copy() {
  auto copy = std::make_unique<SQLite::Database>("", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  SQLite::Backup(*copy, *connection_).executeStep();
  detail::migrate(*copy, detail::history_steps());
  connection_ = std::move(copy);
}

detail::Inserter& History::Database::inserter() {
  auto& connection = writable();
  if (!inserter_) inserter_.emplace(connection);
  return *inserter_;
}

std::size_t History::Database::take_in(std::size_t limit) {
  const auto files = spool.files(limit);
  if (files.empty()) return 0;
  auto& connection = writable();
  auto& into = inserter();
  SQLite::Transaction transaction(connection, SQLite::TransactionBehavior::IMMEDIATE);
  std::vector<std::filesystem::path> bad;
  for (const auto& path : files) {
    const auto json = read_file(path);
    std::optional<Record> record;
    try {
      record = record_from_json(json);
    } catch (const Error&) {
      bad.push_back(path);  // kept, and named by check()
      continue;
    }
    into.insert(*record, json);
  }
  transaction.commit();
  for (const auto& path : bad) spool.set_aside(path);
  // Only now: whoever dies before this leaves files that replace their own records.
  for (const auto& path : files) {
    std::error_code code;
    std::filesystem::remove(path, code);
    if (code) throw Error("cannot remove " + path.string() + ": " + code.message());
  }
  return files.size();
}

std::optional<Descriptor> History::Database::take_in_all() {
  if (!may_write(file) || (!is_network && spool.is_empty())) return std::nullopt;
  auto lock = spool.lock(k_reader_patience);
  if (!lock) return std::nullopt;
  while (take_in(k_files_per_transaction) > 0) {
  }
  return is_network ? std::move(lock) : std::nullopt;
}

}  // namespace assay
