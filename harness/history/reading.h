// What all questions to the history share.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "base/text.h"
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
  Words(SQLite::Database& database, KnownWords& known)
      : statement_(database, "SELECT text FROM word WHERE id = ?"), known_(known) {}

  const std::string& operator[](std::int64_t id) {
    auto& recent = recent_[static_cast<std::size_t>(id) % recent_.size()];
    if (recent.second == nullptr || recent.first != id) recent = {id, &text(id)};
    return *recent.second;
  }

  // A word that is a record's labels.
  const std::vector<std::pair<std::string, std::string>>& labels(std::int64_t id) {
    const auto& text = (*this)[id];
    const auto [found, is_new] = known_.labels.try_emplace(id);
    auto& labels = found->second;
    if (!is_new || text.empty()) return labels;
    for (const auto& label : split(text, '\n')) {
      const auto equals = std::min(label.find('='), label.size() - 1);
      labels.emplace_back(label.substr(0, equals), label.substr(equals + 1));
    }
    return labels;
  }

 private:
  const std::string& text(std::int64_t id) {
    const auto found = known_.texts.find(id);
    if (found != known_.texts.end()) return found->second;
    statement_.bind(1, id);
    std::string text;
    if (statement_.executeStep()) text = statement_.getColumn(0).getString();
    statement_.reset();
    return known_.texts.emplace(id, std::move(text)).first->second;
  }

  SQLite::Statement statement_;
  KnownWords& known_;
  // One row's runs, branches and commits are mostly the next one's.
  std::array<std::pair<std::int64_t, const std::string*>, 64> recent_{};
};

}  // namespace detail

// The database with everything taken in, handed to `read`; the default where there is no file. All
// that is read is of one moment, and the file is locked once, not by each statement.
template <typename Owner, typename Read>
auto reading(Owner& owner, Read read) {
  using Result = decltype(read(std::declval<SQLite::Database&>()));
  try {
    const auto held = owner.take_in_all();
    auto* database = owner.readable();
    if (database == nullptr) return Result{};
    const SQLite::Transaction moment(*database);
    return read(*database);
  } catch (const SQLite::Exception& error) {
    detail::rethrow(error, "history " + owner.file.string());
  }
}

}  // namespace assay
