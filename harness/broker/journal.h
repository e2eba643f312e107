// What must be known of jobs when the process that submitted them was killed: written down, and
// synced, before each submission.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/job.h"

namespace assay {

// One submitted workload, or one that is about to be.
struct JournalEntry {
  std::string token;  // the workload's
  std::string key;
  std::string run_id;
  std::string digest;                  // of the product; empty where it cannot be adopted
  std::string directory;               // the attempt's
  std::string lease;                   // empty: none
  std::string batch_token;             // of the submission: the workload's own, or an array's
  int task = -1;                       // its number in the array; -1: it is alone
  std::string job_id;                  // the launcher's; empty: perhaps submitted, find() tells
  std::optional<TimePoint> submitted;  // when the submission began
  std::optional<TimePoint> ended;      // when the end was seen
  std::optional<JobEnd> end;
  bool is_cancelled = false;  // its end was asked for

  // As launchers know it.
  JobRef reference() const { return {job_id, batch_token, submitted}; }
};

// Throws TransientError when it cannot be written now (a full disk).
class Journal {
 public:
  virtual ~Journal() = default;
  virtual std::vector<JournalEntry> load() = 0;
  virtual void put(std::span<const JournalEntry> entries) = 0;  // all or none; by token
  virtual void erase(std::span<const std::string> tokens) = 0;
};

// Keeps nothing: for a driver that watches its own job, and whose jobs have leases of their own.
class NoJournal : public Journal {
 public:
  std::vector<JournalEntry> load() override { return {}; }
  void put(std::span<const JournalEntry> /*entries*/) override {}
  void erase(std::span<const std::string> /*tokens*/) override {}
};

// An SQLite file, made when it is not there. Throws Error when it is another version's.
std::unique_ptr<Journal> open_journal(const std::filesystem::path& file);

}  // namespace assay
