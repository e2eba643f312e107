#include "history/schema.h"

#include <sqlite3.h>

#include <array>

namespace assay::detail {

namespace {

// Texts that repeat (keys, runs, branches, metrics, labels) are kept once, in `word`. What a list
// or a statistic needs stands in `record`; the whole record, as JSON, apart in `body`. `value` is
// ordered by key and time, so that a series lies in one place and an append touches one page.
constexpr const char* k_version_1 = R"sql(
CREATE TABLE word(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE record(
  id INTEGER PRIMARY KEY,
  created INTEGER NOT NULL,      -- milliseconds since 1970, UTC
  run INTEGER NOT NULL,          -- these are words
  key INTEGER NOT NULL,
  launcher INTEGER NOT NULL,
  gpu_model INTEGER NOT NULL,
  branch INTEGER NOT NULL,
  pipeline INTEGER,              -- NULL: none
  git_commit INTEGER NOT NULL,
  labels INTEGER NOT NULL,       -- all "name=value", a line each
  verdict INTEGER NOT NULL,      -- passed, failed, errored, skipped
  flags INTEGER NOT NULL,        -- 1 allowed failure, 2 quarantined, 4 flaky
  gpus INTEGER NOT NULL,
  queue_seconds REAL NOT NULL,
  run_seconds REAL NOT NULL,
  total_seconds REAL NOT NULL,
  job_id TEXT NOT NULL,
  summary TEXT NOT NULL,
  UNIQUE(run, key, created));
CREATE INDEX record_created ON record(created);
CREATE INDEX record_series ON record(key, launcher, gpu_model, branch, verdict, created);
CREATE INDEX record_pipeline ON record(pipeline, key, created) WHERE pipeline IS NOT NULL;
CREATE INDEX record_branch ON record(branch, created);
CREATE INDEX record_labels ON record(labels, created);
CREATE TABLE body(record INTEGER PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE value(
  key INTEGER NOT NULL, created INTEGER NOT NULL, record INTEGER NOT NULL,
  metric INTEGER NOT NULL,
  value REAL,                    -- NULL: not a number
  PRIMARY KEY(key, created, record, metric)) WITHOUT ROWID;
CREATE TABLE label(              -- which sets of labels hold a label
  label INTEGER NOT NULL, labels INTEGER NOT NULL,
  PRIMARY KEY(label, labels)) WITHOUT ROWID;
CREATE TABLE job(
  job_id TEXT NOT NULL, record INTEGER NOT NULL,
  PRIMARY KEY(job_id, record)) WITHOUT ROWID;
CREATE INDEX job_record ON job(record);
)sql";

// Parameters repeat from run to run, so they are a word, too: a filter expression is decided once
// for all records that have the same. `node` is what each node did in a record's attempts.
constexpr const char* k_version_2 = R"sql(
ALTER TABLE record ADD COLUMN parameters INTEGER;  -- a word, as JSON; NULL: only in the body
ALTER TABLE record ADD COLUMN job_seconds REAL;    -- of all attempts; NULL: run_seconds
CREATE INDEX record_key ON record(key, created);
CREATE INDEX record_commit ON record(git_commit, created);
CREATE TABLE node(
  record INTEGER NOT NULL,
  node INTEGER NOT NULL,         -- a word
  attempts INTEGER NOT NULL, failed INTEGER NOT NULL,
  PRIMARY KEY(record, node)) WITHOUT ROWID;
INSERT OR IGNORE INTO word(text)
  SELECT DISTINCT n.value FROM body b, json_each(b.json, '$.attempts') a,
    json_each(a.value, '$.nodes') n;
INSERT INTO node(record, node, attempts, failed)
  SELECT b.record, w.id, count(*), sum(coalesce(json_extract(a.value, '$.class'), '') <> '')
  FROM body b, json_each(b.json, '$.attempts') a, json_each(a.value, '$.nodes') n
  JOIN word w ON w.text = n.value GROUP BY b.record, w.id;
)sql";

// Whether a record is superseded is asked of tens of thousands at once, and changes with few.
constexpr const char* k_version_3 = R"sql(
ALTER TABLE record ADD COLUMN superseded INTEGER NOT NULL DEFAULT 0;  -- 1: by a later record
UPDATE record AS r SET superseded = 1 WHERE
  EXISTS (SELECT 1 FROM record n WHERE n.run = r.run AND n.key = r.key
    AND n.created > r.created AND n.launcher = r.launcher)
  OR EXISTS (SELECT 1 FROM record n WHERE n.pipeline = coalesce(r.pipeline, r.run)
    AND n.key = r.key AND n.created > r.created AND n.launcher = r.launcher);
)sql";

constexpr std::array<const char*, 3> k_steps = {k_version_1, k_version_2, k_version_3};

int pragma(SQLite::Database& database, const char* name) {
  return database.execAndGet(std::string("PRAGMA ") + name).getInt();
}

}  // namespace

std::span<const char* const> history_steps() { return k_steps; }

bool check_version(SQLite::Database& database, std::span<const char* const> steps) {
  const int version = pragma(database, "user_version");
  const bool is_empty =
      database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0 && version == 0;
  if (is_empty) return true;
  if (pragma(database, "application_id") != k_application_id) {
    throw Error(database.getFilename() + " is a database of another program, no history of assay");
  }
  if (version > static_cast<int>(steps.size())) {
    throw Error(database.getFilename() + ": its schema version " + std::to_string(version) +
                " was written by a newer assay; this one reads up to version " +
                std::to_string(steps.size()) + ": update assay, or name another file by --history");
  }
  return version < static_cast<int>(steps.size());
}

void migrate(SQLite::Database& database, std::span<const char* const> steps) {
  if (pragma(database, "user_version") == static_cast<int>(steps.size()) &&
      pragma(database, "application_id") == k_application_id) {
    return;
  }
  // Another process may be at the same: look again once the file is ours.
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  check_version(database, steps);
  const auto version = static_cast<std::size_t>(pragma(database, "user_version"));
  for (const char* step : steps.subspan(version)) database.exec(step);
  database.exec("PRAGMA application_id = " + std::to_string(k_application_id));
  database.exec("PRAGMA user_version = " + std::to_string(steps.size()));
  transaction.commit();
}

void rethrow(const SQLite::Exception& error, const std::string& what) {
  const auto text = what + ": " + error.what();
  const int code = error.getErrorCode();
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED) throw TransientError(text);
  throw Error(text);
}

}  // namespace assay::detail
