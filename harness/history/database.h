// A history's connection and its spool: what all of History's members work on.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "history/history.h"
#include "history/insert.h"
#include "history/spool.h"

namespace assay {

namespace detail {

// Texts, and sets of labels, by their number in `word`, which never means another one.
struct KnownWords {
  std::unordered_map<std::int64_t, std::string> texts;
  std::unordered_map<std::int64_t, std::vector<std::pair<std::string, std::string>>> labels;
};

}  // namespace detail

struct History::Database {
  Database(const std::filesystem::path& path, Storage storage);

  // The connection, opened when it is first asked for.
  SQLite::Database& writable();  // creates or migrates the file
  SQLite::Database* readable();  // null: there is no file, so no records
  detail::Inserter& inserter();  // of the writable connection
  void forget_inserter() { inserter_.reset(); }

  // Merges what waits, at most `limit` files, in one transaction; the lock is held by the caller.
  // Returns how many files it took or set aside.
  std::size_t take_in(std::size_t limit);

  // Before a query: everything that waits is merged, where this user may write. Whoever has the
  // lock for longer than a query should wait (a VACUUM) does not keep readers out. What it returns
  // is held while the query reads: on a network file system the lock, else nothing.
  [[nodiscard]] std::optional<Descriptor> take_in_all();

  std::filesystem::path file;
  bool is_network = false;
  detail::Spool spool;
  detail::KnownWords known_words;  // what rows show to their users

 private:
  void open(int flags);
  void open_copy();

  std::unique_ptr<SQLite::Database> connection_;
  std::optional<detail::Inserter> inserter_;
  bool is_migrated_ = false;
};

}  // namespace assay
