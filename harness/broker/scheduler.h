// The one loop that submits, polls and cancels jobs, for many drivers in the broker, for its own
// job in a driver that uses none. A state machine: it waits for nothing, and one step asks the
// launcher at most one thing.
//
// A job's way: queued -> (journaled) submitted -> ended, until it is released. Where nobody knows
// whether a submission succeeded it is uncertain, and looked up by its token before anything else
// is done with it; it is only submitted again when two look-ups, apart in time, found nothing.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "broker/journal.h"
#include "launch/launcher.h"
#include "launch/watch_settings.h"
#include "model/workload.h"

namespace assay {

// Both of a moment's times: intervals are counted in one, records keep the other.
struct Moment {
  std::chrono::steady_clock::time_point steady;
  TimePoint wall;
};

// What the loop needs of the world beside its launcher and journal.
struct SchedulerHooks {
  std::function<Moment()> clock;
  // Whether a record, or anybody, has taken the result in that attempt's directory.
  std::function<bool(const std::string& directory)> is_claimed;
  std::function<void(const std::string& lease)> renew_lease;  // throws Error
  std::function<void(const std::string& line)> log;
};

struct SchedulerCounts {
  long long submissions = 0;  // calls of submit()
  long long submitted = 0;    // jobs
  long long polls = 0;
  long long finds = 0;
  long long cancels = 0;
  long long failures = 0;  // calls without an answer
};

class Scheduler {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  // Takes over what the journal holds; nobody watches those jobs yet.
  Scheduler(Launcher& launcher, Journal& journal, WatchSettings settings, SchedulerHooks hooks);

  // A driver's job. One that is known already, by its token, is only watched again. `known` is what
  // its driver learned from an earlier broker; a driver that only may have had it submitted says
  // `is_resumed`, and it is looked up first.
  void submit(Workload workload, const std::optional<JobRef>& known = {}, bool is_resumed = false);

  void cancel(const std::string& token, const std::string& reason);

  // The driver has what it wanted. A job that has not ended is cancelled.
  void release(const std::string& token);

  // The driver has vanished.
  void orphan(const std::string& token);

  std::optional<KeptJob> adopt(const std::string& digest);

  // Does what is due, and returns when to be called next.
  Steady step();

  // The jobs whose status has changed since the last call, and their statuses.
  std::vector<std::pair<std::string, JobStatus>> take_updates();

  std::optional<JobStatus> status(const std::string& token) const;

  // How the launcher knows it; nothing before its submission.
  std::optional<JobRef> reference(const std::string& token) const;

  // For people: what there is.
  struct Overview {
    std::string token;
    JournalEntry entry;
    JobStatus status;
    bool is_watched = false;
  };
  std::vector<Overview> jobs() const;
  const SchedulerCounts& counts() const { return counts_; }
  std::chrono::milliseconds interval() const { return interval_; }

  // Jobs that somebody waits for, or that must still be watched or cancelled.
  bool is_idle() const;

 private:
  enum class Phase { queued, uncertain, submitted, ended };
  struct Job {
    JournalEntry entry;
    std::optional<Workload> workload;  // until it is submitted
    Phase phase = Phase::queued;
    JobStatus status;
    bool is_watched = true;
    bool is_released = false;  // forgotten once it has ended
    bool is_changed = false;
    bool is_journaled = false;
    Steady orphaned_at{};
    Steady look_up_at{};                    // of uncertain ones
    int look_ups = 0;                       // that found nothing
    std::optional<Steady> cancel_at;        // when to ask for its end, again
    std::optional<Steady> unknown_since{};  // of cancelled ones
    std::string cancel_reason;
  };
  using Jobs = std::map<std::string, Job, std::less<>>;

  // Each does at most one call of the launcher and says whether it did.
  bool cancel_due(const Moment& now);
  bool look_up_due(const Moment& now);
  bool submit_due(const Moment& now);
  bool poll_due(const Moment& now);

  void add(Workload workload, const std::optional<JobRef>& known, bool is_resumed);
  void handle_orphans(const Moment& now);
  void drop_orphan(Job& job, const Moment& now);
  void request_cancel(Job& job, const Moment& now);
  void renew_leases(const Moment& now);
  void erase_forgotten();

  bool is_batch_closed(const Moment& now);
  Steady batch_closes() const;
  std::vector<std::string> next_batch();
  void submit_batch(const std::vector<std::string>& tokens, const Moment& now);
  bool journal_batch(const std::vector<std::string>& tokens, const std::string& batch_token,
                     const Moment& now);
  void note_replies(const std::vector<std::string>& tokens, std::vector<Submission> replies,
                    const Moment& now);
  void note_limit(Job& job, const Submission& reply);
  void note_uncertain(const std::vector<std::string>& tokens, const Moment& now);
  void note_not_found(Job& job, const Moment& now);
  void note_polled(Job& job, JobStatus status, const Moment& now, bool& is_news);
  void end(Job& job, JobEnd how, const Moment& now, bool cannot_run = false);
  void save(const Job& job);
  void write_journal();

  void answered();
  void failed(const std::string& error, const Moment& now);
  JobStatus shown_status(const Job& job) const;
  Steady next_due(const Moment& now) const;
  void mark_all_changed();
  void log(const std::string& line) const;

  Launcher& launcher_;
  Journal& journal_;
  WatchSettings settings_;
  SchedulerHooks hooks_;
  SchedulerCounts counts_;
  Jobs jobs_;
  std::vector<std::string> queue_;  // tokens, in the order they came
  std::set<std::string> unsaved_;   // tokens whose entries the journal has not yet

  // Polling.
  std::chrono::milliseconds interval_;
  Steady poll_at_{};
  std::chrono::milliseconds last_took_{};  // the last answer

  // Submitting.
  Steady submit_at_{};
  Steady last_submission_{};
  Steady newest_arrival_{};
  int recent_batches_ = 0;    // without a rest between them
  std::size_t draining_ = 0;  // of the queue's first ones: their batch is closed
  std::size_t batch_limit_;
  std::chrono::milliseconds limit_pause_{};

  // A launcher that does not answer.
  int failures_ = 0;
  Steady retry_at_{};
  std::optional<TimePoint> silent_since_;
  std::string silence_;

  Steady lease_at_{};
};

}  // namespace assay
