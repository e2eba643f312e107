#include "broker/journal.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include "base/error.h"
#include "base/files.h"

namespace assay {

namespace {

constexpr int k_version = 1;
constexpr int k_busy_milliseconds = 10'000;
constexpr const char* k_schema =
    "CREATE TABLE jobs("
    "token TEXT PRIMARY KEY, key TEXT, run_id TEXT, digest TEXT, directory TEXT, lease TEXT,"
    "batch_token TEXT, task INTEGER, job_id TEXT, submitted INTEGER, ended INTEGER,"
    "end_kind INTEGER, exit_code INTEGER, signal INTEGER, reason TEXT, is_cancelled INTEGER"
    ") WITHOUT ROWID";

std::int64_t milliseconds_of(TimePoint time) { return time.time_since_epoch().count(); }

std::optional<TimePoint> time_of(const SQLite::Column& column) {
  if (column.isNull()) return std::nullopt;
  return TimePoint(std::chrono::milliseconds(column.getInt64()));
}

void bind(SQLite::Statement& statement, int index, const std::optional<TimePoint>& time) {
  if (time) {
    statement.bind(index, milliseconds_of(*time));
  } else {
    statement.bind(index);
  }
}

class SqliteJournal : public Journal {
 public:
  explicit SqliteJournal(const std::filesystem::path& file)
      : file_(file.string()),
        database_(file_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, k_busy_milliseconds) {
    // Each commit is on the disk before it returns: a submission follows.
    database_.execAndGet("PRAGMA journal_mode = WAL");
    database_.exec("PRAGMA synchronous = FULL");
    const int version = database_.execAndGet("PRAGMA user_version").getInt();
    if (version == 0) {
      database_.exec(k_schema);
      database_.exec("PRAGMA user_version = " + std::to_string(k_version));
    } else if (version != k_version) {
      throw Error("journal " + file_ + " is of version " + std::to_string(version) +
                  ", which this version of Assay does not read");
    }
  }

  std::vector<JournalEntry> load() override {
    std::vector<JournalEntry> entries;
    SQLite::Statement query(database_,
                            "SELECT token, key, run_id, digest, directory, lease, batch_token, "
                            "task, job_id, submitted, ended, end_kind, exit_code, signal, reason, "
                            "is_cancelled FROM jobs ORDER BY submitted");
    while (query.executeStep()) entries.push_back(read(query));
    return entries;
  }

  void put(std::span<const JournalEntry> entries) override {
    guarded([&] {
      SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
      SQLite::Statement insert(
          database_, "INSERT OR REPLACE INTO jobs VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
      for (const auto& entry : entries) {
        write(insert, entry);
        insert.exec();
        insert.reset();
      }
      transaction.commit();
    });
  }

  void erase(std::span<const std::string> tokens) override {
    guarded([&] {
      SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
      SQLite::Statement remove(database_, "DELETE FROM jobs WHERE token = ?");
      for (const auto& token : tokens) {
        remove.bind(1, token);
        remove.exec();
        remove.reset();
      }
      transaction.commit();
    });
  }

 private:
  template <class Action>
  void guarded(const Action& action) const {
    try {
      action();
    } catch (const SQLite::Exception& error) {
      throw TransientError("journal " + file_ + ": " + error.what());
    }
  }

  static JournalEntry read(SQLite::Statement& query) {
    JournalEntry entry;
    int column = 0;
    for (auto* text : {&entry.token, &entry.key, &entry.run_id, &entry.digest, &entry.directory,
                       &entry.lease, &entry.batch_token}) {
      *text = query.getColumn(column++).getString();
    }
    entry.task = query.getColumn(column++).getInt();
    entry.job_id = query.getColumn(column++).getString();
    entry.submitted = time_of(query.getColumn(column++));
    entry.ended = time_of(query.getColumn(column++));
    if (!query.getColumn(column).isNull()) {
      entry.end = JobEnd{static_cast<EndKind>(query.getColumn(column).getInt()),
                         query.getColumn(column + 1).getInt(), query.getColumn(column + 2).getInt(),
                         query.getColumn(column + 3).getString()};
    }
    entry.is_cancelled = query.getColumn(column + 4).getInt() != 0;
    return entry;
  }

  static void write(SQLite::Statement& insert, const JournalEntry& entry) {
    int index = 1;
    for (const auto* text : {&entry.token, &entry.key, &entry.run_id, &entry.digest,
                             &entry.directory, &entry.lease, &entry.batch_token}) {
      insert.bind(index++, *text);
    }
    insert.bind(index++, entry.task);
    insert.bind(index++, entry.job_id);
    bind(insert, index++, entry.submitted);
    bind(insert, index++, entry.ended);
    if (entry.end) {
      insert.bind(index, static_cast<int>(entry.end->kind));
      insert.bind(index + 1, entry.end->exit_code);
      insert.bind(index + 2, entry.end->signal);
      insert.bind(index + 3, entry.end->reason);
    } else {
      for (int i = 0; i < 4; ++i) insert.bind(index + i);
    }
    insert.bind(index + 4, entry.is_cancelled ? 1 : 0);
  }

  std::string file_;
  SQLite::Database database_;
};

}  // namespace

std::unique_ptr<Journal> open_journal(const std::filesystem::path& file) {
  make_directories(file.parent_path());
  try {
    return std::make_unique<SqliteJournal>(file);
  } catch (const SQLite::Exception& error) {
    throw TransientError("journal " + file.string() + ": " + error.what());
  }
}

}  // namespace assay
