// What all questions to the history share.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <limits>
#include <string>
#include <unordered_map>

#include "history/database.h"
#include "history/schema.h"

namespace assay {

namespace detail {

inline std::int64_t milliseconds(TimePoint time) { return time.time_since_epoch().count(); }

inline TimePoint time_of(std::int64_t milliseconds) {
  return TimePoint(std::chrono::milliseconds(milliseconds));
}

// A metric's value; SQLite keeps NaN as NULL.
inline double number_at(const SQLite::Column& column) {
  return column.isNull() ? std::numeric_limits<double>::quiet_NaN() : column.getDouble();
}

// Words by their number, read once each.
class Words {
 public:
  explicit Words(SQLite::Database& database)
      : statement_(database, "SELECT text FROM word WHERE id = ?") {}

  const std::string& operator[](std::int64_t id) {
    const auto found = words_.find(id);
    if (found != words_.end()) return found->second;
    statement_.bind(1, id);
    std::string text;
    if (statement_.executeStep()) text = statement_.getColumn(0).getString();
    statement_.reset();
    return words_.emplace(id, std::move(text)).first->second;
  }

 private:
  SQLite::Statement statement_;
  std::unordered_map<std::int64_t, std::string> words_;
};

}  // namespace detail

// The database with everything taken in, handed to `read`; the default where there is no file.
template <typename Owner, typename Read>
auto reading(Owner& owner, Read read) {
  using Result = decltype(read(std::declval<SQLite::Database&>()));
  try {
    const auto held = owner.take_in_all();
    auto* database = owner.readable();
    return database == nullptr ? Result{} : read(*database);
  } catch (const SQLite::Exception& error) {
    detail::rethrow(error, "history " + owner.file.string());
  }
}

}  // namespace assay
