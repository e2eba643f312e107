// A scheduler between a cluster and a journal that tests make and break, on a clock of its own.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "broker/scheduler.h"
#include "fake_cluster.h"

namespace assay::test {

// A journal in memory that outlives schedulers, and can be full.
class MemoryJournal : public Journal {
 public:
  std::vector<JournalEntry> load() override {
    std::vector<JournalEntry> all;
    for (const auto& [token, entry] : entries) all.push_back(entry);
    return all;
  }
  void put(std::span<const JournalEntry> changed) override {
    if (is_full) throw TransientError("database or disk is full");
    ++writes;
    for (const auto& entry : changed) entries[entry.token] = entry;
  }
  void erase(std::span<const std::string> tokens) override {
    if (is_full) throw TransientError("database or disk is full");
    for (const auto& token : tokens) entries.erase(token);
  }
  std::map<std::string, JournalEntry> entries;
  bool is_full = false;
  int writes = 0;
};

class SchedulerTest : public ::testing::Test {
 protected:
  SchedulerTest() {
    settings_.orphan_grace = std::chrono::seconds(30);
    restart();
  }
  // What a killed process leaves: the journal and the cluster.
  void restart() {
    SchedulerHooks hooks;
    hooks.clock = [this] {
      return Moment{Scheduler::Steady(time_),
                    TimePoint(std::chrono::seconds(1'800'000'000) + time_)};
    };
    hooks.is_claimed = [this](const std::string& directory) {
      return claimed_.count(directory) > 0;
    };
    hooks.renew_lease = [this](const std::string& lease) { ++leases_[lease]; };
    hooks.log = [this](const std::string& line) { log_.push_back(line); };
    scheduler_.emplace(cluster_, journal_, settings_, hooks);
  }
  static Workload workload(const std::string& token, int nodes = 1) {
    Workload workload;
    workload.token = token;
    workload.key = "recipe/" + token;
    workload.nodes = nodes;
    workload.directory = "/work/run1/" + token + "/1";
    workload.lease = "/work/run1/.lease";
    workload.product_digest = "digest of " + token;
    return workload;
  }
  // Steps whenever something is due, for that long.
  void run_for(std::chrono::milliseconds duration) {
    const auto until = time_ + duration;
    for (;;) {
      const auto due = std::chrono::duration_cast<std::chrono::milliseconds>(
          scheduler_->step().time_since_epoch());
      for (const auto& [token, status] : scheduler_->take_updates()) {
        updates_[token].push_back(status);
      }
      if (due > until) break;
      time_ = std::max(due, time_ + std::chrono::milliseconds(1));
    }
    time_ = until;
  }
  JobStatus status(const std::string& token) { return scheduler_->status(token).value(); }
  bool is_known(const std::string& token) { return scheduler_->status(token).has_value(); }

  std::chrono::milliseconds time_{std::chrono::seconds(1'000)};
  FakeCluster cluster_;
  MemoryJournal journal_;
  WatchSettings settings_;
  std::optional<Scheduler> scheduler_;
  std::set<std::string> claimed_;
  std::map<std::string, int> leases_;
  std::vector<std::string> log_;
  std::map<std::string, std::vector<JobStatus>> updates_;
};

}  // namespace assay::test
