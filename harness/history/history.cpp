#include "history/history.h"

#include <istream>

#include "base/files.h"
#include "base/text.h"
#include "history/database.h"
#include "history/schema.h"

namespace assay {

namespace {

// One writer works for the others only so long: it has a case to end.
constexpr std::size_t k_files_at_once = 100;
constexpr int k_rounds = 10;

// Runs `work` in a transaction of the database; what failed leaves nothing behind.
template <typename Work>
void in_transaction(SQLite::Database& connection, Work work) {
  SQLite::Transaction transaction(connection, SQLite::TransactionBehavior::IMMEDIATE);
  work();
  transaction.commit();
}

}  // namespace

History::History(const std::filesystem::path& file, Storage storage)
    : database_(std::make_unique<Database>(file, storage)) {}
History::History(History&&) noexcept = default;
History& History::operator=(History&&) noexcept = default;
History::~History() = default;

// Whoever has the lock writes into the file, and what others left meanwhile; whoever has not
// leaves its record as a file and looks once more whether the lock came free in between. So a
// record waits only while somebody is at work, or until the next writer or reader comes.
void History::append(const Record& record) {
  auto& database = *database_;
  const auto json = to_json_line(record);
  make_directories(database.file.parent_path());
  if (database.is_network) return database.spool.write(json, true);
  bool is_kept = false;
  try {
    auto lock = database.spool.try_lock();
    if (lock) {
      auto& into = database.inserter();
      in_transaction(database.writable(), [&] { into.insert(record, json); });
      is_kept = true;
    } else {
      database.spool.write(json, false);
      is_kept = true;
    }
    for (int round = 0; round < k_rounds && !database.spool.is_empty(); ++round) {
      if (!lock) lock = database.spool.try_lock();
      if (!lock) return;
      database.take_in(k_files_at_once);
      lock.reset();
    }
  } catch (const SQLite::Exception& error) {
    database.forget_inserter();
    if (!is_kept) database.spool.write(json, true);
    detail::rethrow(error, "history " + database.file.string());
  } catch (const Error&) {
    database.forget_inserter();
    if (!is_kept) database.spool.write(json, true);
    throw;
  }
}

std::size_t History::import_lines(std::istream& in, const std::string& name) {
  auto& database = *database_;
  std::size_t count = 0;
  int number = 0;
  const auto lock = database.spool.lock_or_fail(std::chrono::seconds(30));
  try {
    auto& into = database.inserter();
    bool is_done = false;
    while (!is_done) {
      SQLite::Transaction transaction(database.writable(), SQLite::TransactionBehavior::IMMEDIATE);
      std::optional<InputError> problem;
      for (int in_batch = 0; in_batch < 1000 && !problem && !is_done;) {
        std::string line;
        is_done = !std::getline(in, line);
        ++number;
        if (is_done || trim(line).empty()) continue;
        try {
          into.insert(record_from_json(line), std::string(trim(line)));
          ++count;
          ++in_batch;
        } catch (const SQLite::Exception&) {
          throw;
        } catch (const Error& error) {
          problem.emplace(Place{name, number, 0}, error.what());
        }
      }
      transaction.commit();
      if (problem) throw InputError(*problem);
    }
  } catch (const SQLite::Exception& error) {
    database.forget_inserter();
    detail::rethrow(error, "history " + database.file.string());
  }
  return count;
}

}  // namespace assay
