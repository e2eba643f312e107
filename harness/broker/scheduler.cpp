#include "broker/scheduler.h"

#include <algorithm>

#include "base/error.h"
#include "broker/timing.h"

namespace assay {

using std::chrono::milliseconds;

Scheduler::Scheduler(Launcher& launcher, Journal& journal, WatchSettings settings,
                     SchedulerHooks hooks)
    : launcher_(launcher),
      journal_(journal),
      settings_(settings),
      hooks_(std::move(hooks)),
      interval_(settings.poll_interval),
      batch_limit_(timing::k_largest_batch) {
  const auto now = hooks_.clock();
  for (auto& entry : journal_.load()) {
    Job job;
    job.phase = entry.end              ? Phase::ended
                : entry.job_id.empty() ? Phase::uncertain
                                       : Phase::submitted;
    job.status.id = entry.job_id;
    job.status.state = entry.end ? JobState::ended : JobState::pending;
    job.status.end = entry.end;
    job.status.ended = entry.ended;
    job.is_watched = false;
    job.is_journaled = true;
    job.orphaned_at = now.steady;
    if (entry.is_cancelled && !entry.end) job.cancel_at = now.steady;
    job.entry = std::move(entry);
    auto token = job.entry.token;
    jobs_.emplace(std::move(token), std::move(job));
  }
  if (!jobs_.empty()) log("took over " + std::to_string(jobs_.size()) + " jobs from the journal");
}

// --- What drivers ask for ---

void Scheduler::submit(Workload workload, const std::optional<JobRef>& known, bool is_resumed) {
  const auto found = jobs_.find(workload.token);
  if (found == jobs_.end()) {
    add(std::move(workload), known, is_resumed);
    return;
  }
  auto& job = found->second;
  job.is_watched = true;
  job.is_changed = true;
  // A look-up that finds nothing may need it.
  if (job.phase == Phase::uncertain && !job.workload) job.workload = std::move(workload);
}

void Scheduler::add(Workload workload, const std::optional<JobRef>& known, bool is_resumed) {
  const auto now = hooks_.clock();
  Job job;
  job.entry.token = workload.token;
  job.entry.batch_token = workload.token;
  job.entry.key = workload.key;
  job.entry.digest = workload.product_digest;
  job.entry.directory = workload.directory.string();
  job.entry.lease = workload.lease.string();
  for (const auto& [name, value] : workload.environment) {
    if (name == "ASSAY_RUN_ID") job.entry.run_id = value;
  }
  job.status.state = JobState::pending;
  job.is_changed = true;
  if (known && !known->id.empty()) {
    job.phase = Phase::submitted;
    job.entry.job_id = job.status.id = known->id;
    job.entry.submitted = known->submitted;
    if (!known->token.empty()) job.entry.batch_token = known->token;
    job.is_journaled = true;
    save(job);
  } else {
    job.phase = is_resumed ? Phase::uncertain : Phase::queued;
    job.look_up_at = now.steady;
    job.workload = std::move(workload);
    if (!is_resumed) {
      queue_.push_back(job.entry.token);
      newest_arrival_ = now.steady;
    }
  }
  auto token = job.entry.token;
  jobs_.emplace(std::move(token), std::move(job));
}

void Scheduler::cancel(const std::string& token, const std::string& reason) {
  const auto found = jobs_.find(token);
  if (found == jobs_.end() || found->second.phase == Phase::ended) return;
  found->second.cancel_reason = reason;
  request_cancel(found->second, hooks_.clock());
}

void Scheduler::request_cancel(Job& job, const Moment& now) {
  if (job.entry.is_cancelled) return;
  job.entry.is_cancelled = true;
  if (job.phase == Phase::queued) {
    end(job, {EndKind::cancelled, -1, 0, job.cancel_reason}, now);
    return;
  }
  job.cancel_at = now.steady;
  interval_ = settings_.poll_interval;
  save(job);
}

void Scheduler::release(const std::string& token) {
  const auto found = jobs_.find(token);
  if (found == jobs_.end()) return;
  auto& job = found->second;
  job.is_watched = false;
  job.is_released = true;
  if (job.phase != Phase::ended) request_cancel(job, hooks_.clock());
}

void Scheduler::orphan(const std::string& token) {
  const auto found = jobs_.find(token);
  if (found == jobs_.end() || !found->second.is_watched) return;
  found->second.is_watched = false;
  found->second.orphaned_at = hooks_.clock().steady;
}

std::optional<KeptJob> Scheduler::adopt(const std::string& digest) {
  if (digest.empty()) return std::nullopt;
  std::vector<Job*> candidates;
  for (auto& [token, job] : jobs_) {
    const bool is_free = !job.is_watched && !job.is_released && !job.entry.is_cancelled;
    if (!is_free || job.entry.digest != digest || job.entry.job_id.empty()) continue;
    if (job.phase == Phase::ended && !is_own_end(*job.status.end)) continue;
    // A controller that was killed may have forgotten it.
    if (job.status.state == JobState::unknown) continue;
    if (hooks_.is_claimed(job.entry.directory)) continue;
    candidates.push_back(&job);
  }
  if (candidates.empty()) return std::nullopt;
  std::sort(candidates.begin(), candidates.end(),
            [](const Job* a, const Job* b) { return a->entry.submitted < b->entry.submitted; });
  auto& newest = *candidates.back();
  candidates.pop_back();
  // One run takes one; what is older than its result is of no use to a later one.
  for (auto* older : candidates) release(older->entry.token);
  newest.is_watched = true;
  newest.is_changed = true;
  log("job " + newest.entry.job_id + " (" + newest.entry.key + ") has a new driver");
  KeptJob kept;
  kept.job = newest.entry.reference();
  kept.job.token = newest.entry.token;
  kept.directory = newest.entry.directory;
  return kept;
}

// --- The loop ---

Scheduler::Steady Scheduler::step() {
  auto now = hooks_.clock();
  renew_leases(now);
  handle_orphans(now);
  if (now.steady >= retry_at_) {
    // Cancelling first: it is what somebody waits for with a job that costs money.
    const bool has_asked = cancel_due(now) || look_up_due(now) || submit_due(now) || poll_due(now);
    if (has_asked) now = hooks_.clock();
  }
  erase_forgotten();
  write_journal();
  return next_due(now);
}

bool Scheduler::cancel_due(const Moment& now) {
  std::vector<JobRef> due;
  std::vector<Job*> jobs;
  for (auto& [token, job] : jobs_) {
    if (job.phase != Phase::submitted || !job.cancel_at || *job.cancel_at > now.steady) continue;
    due.push_back(job.entry.reference());
    jobs.push_back(&job);
  }
  if (due.empty()) return false;
  ++counts_.cancels;
  try {
    launcher_.cancel(due);
  } catch (const Error& error) {
    failed(error.what(), now);
    return true;
  }
  answered();
  for (auto* job : jobs) job->cancel_at = now.steady + timing::k_cancel_again;
  poll_at_ = std::min(poll_at_, now.steady + settings_.poll_interval);
  return true;
}

bool Scheduler::poll_due(const Moment& now) {
  if (now.steady < poll_at_) return false;
  std::vector<JobRef> refs;
  std::vector<std::string> tokens;
  for (const auto& [token, job] : jobs_) {
    if (job.phase != Phase::submitted) continue;
    refs.push_back(job.entry.reference());
    tokens.push_back(token);
  }
  if (refs.empty()) return false;
  ++counts_.polls;
  std::vector<JobStatus> statuses;
  try {
    statuses = launcher_.poll(refs);
  } catch (const Error& error) {
    failed(error.what(), now);
    return true;
  }
  answered();
  bool is_news = false;
  const auto after = hooks_.clock();
  for (std::size_t i = 0; i < tokens.size() && i < statuses.size(); ++i) {
    note_polled(jobs_.at(tokens[i]), std::move(statuses[i]), after, is_news);
  }
  const auto took = std::chrono::duration_cast<milliseconds>(after.steady - now.steady);
  interval_ = is_news ? settings_.poll_interval : interval_ * 5 / 4;
  // Asking takes a twentieth of the scheduler's time at most, whatever an answer costs; a single
  // slow one, as after an outage, says nothing of the next.
  interval_ = std::max(interval_, std::min(took, last_took_) * timing::k_rest_per_poll);
  last_took_ = took;
  interval_ = std::clamp(interval_, settings_.poll_interval, settings_.longest_interval);
  poll_at_ = after.steady + interval_;
  return true;
}

void Scheduler::note_polled(Job& job, JobStatus status, const Moment& now, bool& is_news) {
  const bool is_other = status.state != job.status.state || status.nodes != job.status.nodes;
  is_news = is_news || is_other;
  job.is_changed = job.is_changed || is_other || status.reason != job.status.reason ||
                   status.expected_start != job.status.expected_start;
  if (status.id.empty()) status.id = job.entry.job_id;
  job.status = std::move(status);
  if (job.status.state == JobState::ended) {
    if (!job.status.ended) job.status.ended = now.wall;
    end(job, job.status.end.value_or(JobEnd{}), now);
    return;
  }
  if (job.status.state != JobState::unknown) {
    job.unknown_since.reset();
    return;
  }
  // Nobody waits for it, its end was asked for, and it is gone: there is nothing left to do.
  if (!job.unknown_since) job.unknown_since = now.steady;
  const bool is_gone = now.steady - *job.unknown_since >= timing::k_gone;
  if (is_gone && !job.is_watched && job.entry.is_cancelled) {
    end(job, {EndKind::lost, -1, 0, "the launcher does not know it"}, now);
  }
}

void Scheduler::end(Job& job, JobEnd how, const Moment& now, bool cannot_run) {
  if (how.kind == EndKind::cancelled && !job.cancel_reason.empty()) how.reason = job.cancel_reason;
  job.phase = Phase::ended;
  job.cancel_at.reset();
  job.workload.reset();
  job.status.state = JobState::ended;
  job.status.end = std::move(how);
  job.status.cannot_run = cannot_run;
  job.status.notice.clear();
  if (!job.status.ended) job.status.ended = now.wall;
  job.is_changed = true;
  job.entry.end = job.status.end;
  job.entry.ended = job.status.ended;
  save(job);
}

void Scheduler::handle_orphans(const Moment& now) {
  for (auto& [token, job] : jobs_) {
    if (job.is_watched || job.is_released) continue;
    if (now.steady - job.orphaned_at >= settings_.orphan_grace) drop_orphan(job, now);
  }
}

void Scheduler::drop_orphan(Job& job, const Moment& now) {
  const bool is_submitted = job.phase == Phase::submitted || job.phase == Phase::ended;
  const bool is_kept = settings_.keep_orphans && is_submitted && !job.entry.digest.empty() &&
                       !job.entry.is_cancelled;
  const bool is_old = job.entry.ended && now.wall - *job.entry.ended >= settings_.kept;
  if (is_kept && !is_old) return;
  if (job.phase == Phase::uncertain && job.look_ups < timing::k_look_ups) return;
  job.is_released = true;
  if (job.phase == Phase::ended) return;
  log("job " + job.entry.job_id + " (" + job.entry.key + ") has lost its driver: cancelled");
  job.cancel_reason = "its driver vanished";
  if (job.phase == Phase::uncertain) {
    end(job, {EndKind::lost, -1, 0, "it was never submitted"}, now);
  } else {
    request_cancel(job, now);
  }
}

void Scheduler::renew_leases(const Moment& now) {
  if (settings_.lease.count() == 0 || now.steady < lease_at_) return;
  lease_at_ = now.steady + lease_renewal(settings_.lease);
  std::set<std::string> leases;
  for (const auto& [token, job] : jobs_) {
    const bool is_wanted = job.phase != Phase::ended && !job.is_released;
    if (is_wanted && !job.entry.lease.empty()) leases.insert(job.entry.lease);
  }
  for (const auto& lease : leases) {
    try {
      hooks_.renew_lease(lease);
    } catch (const Error& error) {
      log(error.what());
      lease_at_ = now.steady + std::chrono::seconds(1);
    }
  }
}

void Scheduler::erase_forgotten() {
  std::vector<std::string> tokens;
  for (const auto& [token, job] : jobs_) {
    if (job.phase == Phase::ended && job.is_released) tokens.push_back(token);
  }
  if (tokens.empty()) return;
  try {
    journal_.erase(tokens);
  } catch (const TransientError& error) {
    // They stay ended and released, and go with the next step that can write.
    log(error.what());
    return;
  }
  for (const auto& token : tokens) jobs_.erase(token);
}

void Scheduler::save(const Job& job) {
  if (job.is_journaled) unsaved_.insert(job.entry.token);
}

// Once per step, for all that changed in it. Nothing of it is needed before a submission: where it
// is missing, the next broker asks the launcher again.
void Scheduler::write_journal() {
  if (unsaved_.empty()) return;
  std::vector<JournalEntry> entries;
  for (const auto& token : unsaved_) {
    const auto found = jobs_.find(token);
    if (found != jobs_.end() && found->second.is_journaled) entries.push_back(found->second.entry);
  }
  try {
    journal_.put(entries);
    unsaved_.clear();
  } catch (const TransientError& error) {
    log(error.what());  // and with the next step again
  }
}

// --- A launcher that does not answer ---

void Scheduler::answered() {
  if (silent_since_) {
    log("the launcher answers again");
    silent_since_.reset();
    mark_all_changed();
  }
  failures_ = 0;
}

void Scheduler::failed(const std::string& error, const Moment& now) {
  ++counts_.failures;
  ++failures_;
  const auto after = hooks_.clock();
  retry_at_ = after.steady + timing::pause_after_failures(failures_);
  // One call without an answer is no silence yet.
  if (failures_ < timing::k_failures_of_silence) return;
  if (!silent_since_) {
    silent_since_ = now.wall;
    log("the launcher does not answer: " + error);
  } else if (silence_ == error) {
    return;
  }
  silence_ = error;
  mark_all_changed();
}

void Scheduler::mark_all_changed() {
  for (auto& [token, job] : jobs_) {
    if (job.phase != Phase::ended) job.is_changed = true;
  }
}

// --- What is told ---

JobStatus Scheduler::shown_status(const Job& job) const {
  auto status = job.status;
  if (job.phase == Phase::ended || !silent_since_) return status;
  status.silent_since = silent_since_;
  status.notice = silence_;
  return status;
}

std::vector<std::pair<std::string, JobStatus>> Scheduler::take_updates() {
  std::vector<std::pair<std::string, JobStatus>> updates;
  for (auto& [token, job] : jobs_) {
    if (!std::exchange(job.is_changed, false)) continue;
    updates.emplace_back(token, shown_status(job));
  }
  return updates;
}

std::optional<JobStatus> Scheduler::status(const std::string& token) const {
  const auto found = jobs_.find(token);
  if (found == jobs_.end()) return std::nullopt;
  return shown_status(found->second);
}

std::optional<JobRef> Scheduler::reference(const std::string& token) const {
  const auto found = jobs_.find(token);
  if (found == jobs_.end() || found->second.entry.job_id.empty()) return std::nullopt;
  return found->second.entry.reference();
}

std::vector<Scheduler::Overview> Scheduler::jobs() const {
  std::vector<Overview> all;
  for (const auto& [token, job] : jobs_) {
    all.push_back({token, job.entry, shown_status(job), job.is_watched});
  }
  return all;
}

bool Scheduler::is_idle() const {
  return std::all_of(jobs_.begin(), jobs_.end(), [](const auto& entry) {
    const auto& job = entry.second;
    return job.phase == Phase::ended && !job.is_watched;
  });
}

Scheduler::Steady Scheduler::next_due(const Moment& now) const {
  auto due = now.steady + timing::k_longest_rest;
  const auto consider = [&](Steady when) { due = std::min(due, when); };
  for (const auto& [token, job] : jobs_) {
    if (!job.is_watched && !job.is_released && job.phase != Phase::ended) {
      const auto grace_ends = job.orphaned_at + settings_.orphan_grace;
      if (grace_ends > now.steady) consider(grace_ends);
    }
    if (job.phase == Phase::submitted) {
      consider(std::max(poll_at_, retry_at_));
      if (job.cancel_at) consider(std::max(*job.cancel_at, retry_at_));
    }
    if (job.phase == Phase::uncertain) consider(std::max(job.look_up_at, retry_at_));
    if (job.phase == Phase::queued) {
      consider(std::max({submit_at_, retry_at_, draining_ > 0 ? Steady{} : batch_closes()}));
    }
    if (job.phase != Phase::ended && settings_.lease.count() > 0) consider(lease_at_);
  }
  return due;
}

void Scheduler::log(const std::string& line) const {
  if (hooks_.log) hooks_.log(line);
}

}  // namespace assay
