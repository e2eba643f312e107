// The history's tables, and how a file gets them.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <functional>
#include <span>
#include <string>

#include "base/error.h"

namespace assay::detail {

// "ASSY": written into each file's header, so that another program's database is never touched.
inline constexpr int k_application_id = 0x41535359;

// Step i makes version i + 1 of version i. A step that was released is never edited.
std::span<const char* const> history_steps();

// Brings the database to the newest version of `steps`, all or nothing. Throws Error for a newer
// version and for a file that is no history.
void migrate(SQLite::Database& database, std::span<const char* const> steps);

// Throws Error unless the database is a history of the newest version of `steps` or older; says
// whether it is older.
bool check_version(SQLite::Database& database, std::span<const char* const> steps);

// SQLite's exception as one of ours: TransientError when others were in the way.
[[noreturn]] void rethrow(const SQLite::Exception& error, const std::string& what);

}  // namespace assay::detail
