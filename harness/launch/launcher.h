// The interface between waiting and running: a launcher hands workloads to something that runs
// them. It never waits, retries or decides policy; every call works on a batch and returns at once.
#pragma once

#include <chrono>
#include <memory>
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

  // One reply per workload, in order. A workload that could not be submitted is a value in the
  // reply; TransientError means that nothing is known of any of them.
  virtual std::vector<Submission> submit(std::span<const Workload> workloads) = 0;

  // One status per id, in order; an id that is no longer known is JobState::unknown.
  virtual std::vector<JobStatus> poll(std::span<const std::string> job_ids) = 0;

  // Asks for the jobs' end; ids that have ended or are unknown are no error.
  virtual void cancel(std::span<const std::string> job_ids) = 0;

  // A file descriptor that is readable when a poll() may have news, for waiting without asking
  // again and again; -1 where the launcher has none. It stays the launcher's.
  virtual int event_fd() const { return -1; }
};

// The launcher of a configuration. Throws InputError for an unknown type or a bad setting.
std::unique_ptr<Launcher> make_launcher(const LauncherConfig& config);

// The types that make_launcher knows, for messages.
std::vector<std::string> launcher_types();

}  // namespace assay
