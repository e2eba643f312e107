// A scheduler of jobs in memory, as the broker's tests need one: it can be silent, refuse by
// limits, lose answers, forget jobs.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "launch/launcher.h"

namespace assay::test {

class FakeCluster : public Launcher {
 public:
  struct Job {
    std::string token;  // of the submission
    JobState state = JobState::pending;
    JobEnd end{};
    bool is_cancelled = false;
    Workload workload{};
  };

  std::vector<std::vector<std::size_t>> group(std::span<const Workload> workloads) const override {
    std::map<std::string, std::vector<std::size_t>> alike;
    for (std::size_t i = 0; i < workloads.size(); ++i) {
      alike[std::to_string(workloads[i].nodes)].push_back(i);
    }
    std::vector<std::vector<std::size_t>> groups;
    for (auto& [nodes, group] : alike) groups.push_back(std::move(group));
    return groups;
  }

  std::vector<Submission> submit(std::span<const Workload> workloads,
                                 const std::string& batch_token) override {
    submissions.push_back(workloads.size());
    if (is_silent) throw TransientError("connect failure");
    std::vector<Submission> replies(workloads.size());
    if (!refusal.empty() || jobs_in_flight() + workloads.size() > max_jobs) {
      for (auto& reply : replies) {
        reply.error = refusal.empty() ? "QOSMaxSubmitJobPerUserLimit" : refusal;
        reply.is_transient = refusal.empty();
      }
      return replies;
    }
    const auto id = std::to_string(next_id++);
    for (std::size_t i = 0; i < workloads.size(); ++i) {
      replies[i].job_id = workloads.size() == 1 ? id : task_id(id, i);
      Job job;
      job.token = batch_token;
      job.workload = workloads[i];
      jobs[replies[i].job_id] = std::move(job);
    }
    by_token[batch_token] = id;
    if (loses_answer) {
      loses_answer = false;
      throw TransientError("socket timed out");
    }
    return replies;
  }

  std::vector<JobStatus> poll(std::span<const JobRef> refs) override {
    ++polls;
    if (is_silent) throw TransientError("connect failure");
    std::vector<JobStatus> statuses;
    for (const auto& ref : refs) {
      JobStatus status;
      status.id = ref.id;
      const auto found = jobs.find(ref.id);
      if (found != jobs.end() && found->second.token == ref.token && ref.submitted) {
        status.state = found->second.state;
        if (status.state == JobState::pending) status.reason = "Resources";
        if (status.state == JobState::ended) status.end = found->second.end;
      }
      statuses.push_back(status);
    }
    return statuses;
  }

  void cancel(std::span<const JobRef> refs) override {
    ++cancels;
    if (is_silent) throw TransientError("connect failure");
    for (const auto& ref : refs) {
      const auto found = jobs.find(ref.id);
      if (found == jobs.end()) continue;
      found->second.is_cancelled = true;
      if (obeys) finish(ref.id, {EndKind::cancelled, -1, 0, "by scancel"});
    }
  }

  std::vector<std::string> find(std::span<const std::string> tokens) override {
    ++finds;
    if (is_silent) throw TransientError("connect failure");
    std::vector<std::string> ids;
    for (const auto& token : tokens) {
      const auto found = by_token.find(token);
      ids.push_back(found == by_token.end() ? "" : found->second);
    }
    return ids;
  }

  void finish(const std::string& id, JobEnd end = {EndKind::exited, 0, 0, ""}) {
    jobs.at(id).state = JobState::ended;
    jobs.at(id).end = std::move(end);
  }
  std::size_t jobs_in_flight() const {
    return static_cast<std::size_t>(std::count_if(
        jobs.begin(), jobs.end(), [](const auto& j) { return j.second.state != JobState::ended; }));
  }
  // How many jobs were ever made of the workload.
  long copies(const std::string& token) const {
    return std::count_if(jobs.begin(), jobs.end(),
                         [&](const auto& job) { return job.second.workload.token == token; });
  }

  std::map<std::string, Job> jobs;
  std::map<std::string, std::string> by_token;
  std::vector<std::size_t> submissions;
  int polls = 0;
  int cancels = 0;
  int finds = 0;
  int next_id = 100;
  std::size_t max_jobs = 100'000;
  std::string refusal;
  bool is_silent = false;
  bool loses_answer = false;
  bool obeys = true;
};

}  // namespace assay::test
