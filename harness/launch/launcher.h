// The interface between waiting and running: a launcher hands workloads to something that runs
// them. It never waits, retries or decides policy; every call works on a batch and returns at once.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/job.h"
#include "model/site.h"
#include "model/workload.h"

namespace assay {

class Launcher {
 public:
  virtual ~Launcher() = default;

  // Which of the workloads can be one submission (a job array): groups of indices, each index once.
  // Where a launcher has no such thing, each is alone.
  virtual std::vector<std::vector<std::size_t>> group(std::span<const Workload> workloads) const;

  // Submits workloads: several are one submission where they are a group of group(), which
  // `batch_token` then names. One reply per workload, in order. A workload that could not be
  // submitted is a value in the reply; TransientError means that nothing is known of any of them:
  // they may have been submitted, and find() tells.
  virtual std::vector<Submission> submit(std::span<const Workload> workloads,
                                         const std::string& batch_token) = 0;

  // The id of a batch's task, numbered as the workloads of submit() were; what its Submission has.
  virtual std::string task_id(const std::string& submission_id, std::size_t task) const;

  // One status per job, in order; one that is no longer known is JobState::unknown.
  virtual std::vector<JobStatus> poll(std::span<const JobRef> jobs) = 0;

  // Asks for the jobs' end; those that have ended or are unknown are no error.
  virtual void cancel(std::span<const JobRef> jobs) = 0;

  // The id of the submission that each token names (a workload's, or a batch's), in order; empty
  // where there is none. For submitters that died, or got no answer, between submitting and
  // learning the id. A launcher whose jobs die with their submitter never has any.
  virtual std::vector<std::string> find(std::span<const std::string> tokens);

  // The caller has what it wanted of these jobs: their results need not be kept.
  virtual void release(std::span<const JobRef> jobs);

  // The newest job of that digest that was left running, or whose result was not taken, where
  // there is one. It is the caller's from now on, as if it had submitted it.
  virtual std::optional<KeptJob> adopt(const std::string& product_digest);

  // Whether jobs that are neither cancelled nor released stay for adopt().
  virtual bool keeps_jobs() const { return false; }

  // Whether a job's files are here the moment it has ended, as no network carries them.
  virtual bool is_local() const { return false; }

  // A file descriptor that is readable when a poll() may have news, for waiting without asking
  // again and again; -1 where the launcher has none. It stays the launcher's.
  virtual int event_fd() const { return -1; }
};

// The launcher of a configuration. Throws InputError for an unknown type or a bad setting.
std::unique_ptr<Launcher> make_launcher(const LauncherConfig& config);

// The types that make_launcher knows, for messages.
std::vector<std::string> launcher_types();

}  // namespace assay
