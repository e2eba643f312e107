// How jobs get from the queue to the launcher: batches, limits, and submissions without an answer.
#include <algorithm>

#include "base/error.h"
#include "broker/scheduler.h"
#include "broker/timing.h"

namespace assay {

using std::chrono::milliseconds;

// Jobs are collected while more of them come, and no longer than a growing limit: then all that
// wait are submitted, like ones together.
bool Scheduler::is_batch_closed(const Moment& now) {
  if (draining_ > 0) return true;
  if (queue_.empty() || now.steady < batch_closes()) return false;
  draining_ = queue_.size();
  const bool has_rested = now.steady - last_submission_ >= timing::k_rest_between_bursts;
  recent_batches_ = has_rested ? 0 : recent_batches_ + 1;
  return true;
}

Scheduler::Steady Scheduler::batch_closes() const {
  const auto limit =
      last_submission_ +
      timing::doubling(timing::k_first_collecting, timing::k_longest_collecting, recent_batches_);
  const auto quiet =
      std::max(last_submission_ + timing::k_first_collecting, newest_arrival_ + timing::k_quiet);
  return std::min(limit, quiet);
}

// The next submission: the largest group of like jobs that wait.
std::vector<std::string> Scheduler::next_batch() {
  std::erase_if(queue_, [&](const std::string& token) {
    const auto found = jobs_.find(token);
    return found == jobs_.end() || found->second.phase != Phase::queued;
  });
  draining_ = std::min(draining_, queue_.size());
  if (draining_ == 0) return {};
  std::vector<Workload> workloads;
  const auto count = std::min(draining_, timing::k_largest_batch);
  workloads.reserve(count);
  for (std::size_t i = 0; i < count; ++i) workloads.push_back(*jobs_.at(queue_[i]).workload);
  std::vector<std::vector<std::size_t>> groups;
  if (batch_limit_ > 1 && count > 1) {
    groups = launcher_.group(workloads);
  } else {
    groups = {{0}};
  }
  auto largest = std::max_element(groups.begin(), groups.end(),
                                  [](const auto& a, const auto& b) { return a.size() < b.size(); });
  if (largest->size() > batch_limit_) largest->resize(batch_limit_);
  std::vector<std::string> tokens;
  tokens.reserve(largest->size());
  for (const auto index : *largest) tokens.push_back(queue_[index]);
  return tokens;
}

bool Scheduler::submit_due(const Moment& now) {
  if (now.steady < submit_at_ || !is_batch_closed(now)) return false;
  const auto tokens = next_batch();
  if (tokens.empty()) return false;
  submit_batch(tokens, now);
  return true;
}

void Scheduler::submit_batch(const std::vector<std::string>& tokens, const Moment& now) {
  const auto& first = tokens.front();
  // An array that is submitted once more has another name than the first, should both exist.
  const auto batch_token =
      tokens.size() == 1
          ? first
          : first + "b" + std::to_string(now.wall.time_since_epoch().count() % 1'000'000'000);
  std::vector<Workload> workloads;
  workloads.reserve(tokens.size());
  for (const auto& token : tokens) workloads.push_back(*jobs_.at(token).workload);
  if (!journal_batch(tokens, batch_token, now)) return;
  std::erase_if(queue_, [&](const std::string& token) {
    return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
  });
  draining_ -= tokens.size();
  ++counts_.submissions;
  std::vector<Submission> replies;
  try {
    replies = launcher_.submit(workloads, batch_token);
  } catch (const Error& error) {
    failed(error.what(), now);
    note_uncertain(tokens, now);
    return;
  }
  answered();
  const auto after = hooks_.clock();
  last_submission_ = after.steady;
  note_replies(tokens, std::move(replies), after);
}

// Written down, and synced, before it is done. Without that nothing is submitted.
bool Scheduler::journal_batch(const std::vector<std::string>& tokens,
                              const std::string& batch_token, const Moment& now) {
  std::vector<JournalEntry> entries;
  std::set<std::string> leases;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    auto& entry = jobs_.at(tokens[i]).entry;
    entry.batch_token = batch_token;
    entry.task = tokens.size() == 1 ? -1 : static_cast<int>(i);
    entry.submitted = now.wall;
    if (!entry.lease.empty()) leases.insert(entry.lease);
    entries.push_back(entry);
  }
  try {
    for (const auto& lease : leases) hooks_.renew_lease(lease);
    journal_.put(entries);
  } catch (const Error& error) {
    limit_pause_ = timing::doubling(std::max(limit_pause_, timing::k_first_limit_pause),
                                    timing::k_longest_limit_pause, limit_pause_.count() > 0);
    submit_at_ = now.steady + limit_pause_;
    log(error.what());
    for (const auto& token : tokens) note_limit(jobs_.at(token), {{}, error.what()});
    return false;
  }
  for (const auto& token : tokens) jobs_.at(token).is_journaled = true;
  return true;
}

void Scheduler::note_replies(const std::vector<std::string>& tokens,
                             std::vector<Submission> replies, const Moment& now) {
  std::vector<std::string> refused;
  std::vector<std::string> limited;
  replies.resize(tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    auto& job = jobs_.at(tokens[i]);
    auto& reply = replies[i];
    if (!reply.job_id.empty()) {
      ++counts_.submitted;
      job.phase = Phase::submitted;
      job.workload.reset();
      job.entry.job_id = job.status.id = reply.job_id;
      job.status.notice.clear();
      job.is_changed = true;
      save(job);
    } else if (reply.is_transient) {
      note_limit(job, reply);
      job.is_journaled = false;
      refused.push_back(tokens[i]);
      limited.push_back(tokens[i]);
    } else {
      job.is_journaled = false;
      refused.push_back(tokens[i]);
      end(job, {EndKind::launch_failed, -1, 0, reply.error}, now, reply.cannot_run);
    }
  }
  if (!refused.empty()) {
    try {
      journal_.erase(refused);
    } catch (const TransientError& error) {
      log(error.what());  // a look-up will find that they were never submitted
    }
  }
  queue_.insert(queue_.begin(), limited.begin(), limited.end());  // they came first
  draining_ += limited.size();
  if (limited.empty()) {
    batch_limit_ = std::min(batch_limit_ * 2, timing::k_largest_batch);
    limit_pause_ = milliseconds(0);
    poll_at_ = std::min(std::max(poll_at_, now.steady), now.steady + settings_.poll_interval);
    interval_ = settings_.poll_interval;
    return;
  }
  // A limit may have room for half of them; when it has none for one, waiting is all that helps.
  if (tokens.size() > 1) {
    batch_limit_ = tokens.size() / 2;
    submit_at_ = now.steady + timing::k_first_collecting;
    return;
  }
  limit_pause_ = timing::doubling(std::max(limit_pause_, timing::k_first_limit_pause),
                                  timing::k_longest_limit_pause, limit_pause_.count() > 0);
  submit_at_ = now.steady + limit_pause_;
  log("submitting waits " + std::to_string(limit_pause_.count() / 1000) +
      " s: " + jobs_.at(tokens.front()).status.notice);
}

void Scheduler::note_limit(Job& job, const Submission& reply) {
  const auto notice = "not submitted yet: " + reply.error;
  job.is_changed = job.is_changed || job.status.notice != notice;
  job.status.notice = notice;
}

void Scheduler::note_uncertain(const std::vector<std::string>& tokens, const Moment& now) {
  for (const auto& token : tokens) {
    auto& job = jobs_.at(token);
    job.phase = Phase::uncertain;
    job.look_ups = 0;
    job.look_up_at = now.steady + timing::k_first_look_up;
  }
}

bool Scheduler::look_up_due(const Moment& now) {
  std::vector<std::string> batch_tokens;
  std::vector<std::string> tokens;
  for (const auto& [token, job] : jobs_) {
    if (job.phase != Phase::uncertain || job.look_up_at > now.steady) continue;
    tokens.push_back(token);
    batch_tokens.push_back(job.entry.batch_token);
  }
  if (tokens.empty()) return false;
  std::sort(batch_tokens.begin(), batch_tokens.end());
  batch_tokens.erase(std::unique(batch_tokens.begin(), batch_tokens.end()), batch_tokens.end());
  ++counts_.finds;
  std::vector<std::string> ids;
  try {
    ids = launcher_.find(batch_tokens);
  } catch (const Error& error) {
    failed(error.what(), now);
    return true;
  }
  answered();
  const auto after = hooks_.clock();
  for (const auto& token : tokens) {
    auto& job = jobs_.at(token);
    const auto at =
        std::lower_bound(batch_tokens.begin(), batch_tokens.end(), job.entry.batch_token) -
        batch_tokens.begin();
    const auto& id = ids.at(static_cast<std::size_t>(at));
    if (id.empty()) {
      note_not_found(job, after);
      continue;
    }
    job.phase = Phase::submitted;
    job.workload.reset();
    job.entry.job_id =
        job.entry.task < 0 ? id : launcher_.task_id(id, static_cast<std::size_t>(job.entry.task));
    job.status.id = job.entry.job_id;
    job.is_changed = true;
    job.is_journaled = true;
    if (job.entry.is_cancelled) job.cancel_at = after.steady;
    log("job " + job.entry.job_id + " (" + job.entry.key + ") was found by its name");
    save(job);
  }
  poll_at_ = std::min(poll_at_, after.steady);
  return true;
}

void Scheduler::note_not_found(Job& job, const Moment& now) {
  ++job.look_ups;
  job.look_up_at = now.steady + timing::k_look_up_again;
  if (job.look_ups < timing::k_look_ups) return;
  if (job.entry.is_cancelled) {
    end(job, {EndKind::cancelled, -1, 0, job.cancel_reason}, now);
    return;
  }
  // Its driver may still come back with the workload; handle_orphans ends it if not.
  if (!job.workload) return;
  log(job.entry.key + " was not submitted after all; once more");
  job.phase = Phase::queued;
  queue_.push_back(job.entry.token);
  newest_arrival_ = now.steady;
}

}  // namespace assay
