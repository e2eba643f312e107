// A submission of a workload, as its launcher sees it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace assay {

// The one written table of how a job can end. Only `exited` and `signaled` say something about
// the code under test; `timed_out` and `out_of_memory` do too: the job did it to itself.
enum class EndKind {
  exited,     // exit_code says how
  signaled,   // `signal` says how (a crash, or somebody's kill)
  timed_out,  // it outlived its own time limit
  out_of_memory,
  node_failed,
  preempted,
  cancelled,      // by a person, or because the driver was told to stop
  launch_failed,  // it never started
  deadline,       // the run's time budget was spent
  lost,           // nobody knows what became of it
};

struct JobEnd {
  EndKind kind = EndKind::lost;
  int exit_code = -1;  // of `exited`
  int signal = 0;      // of `signaled`
  std::string reason;  // the launcher's own words, one line; may be empty

  bool operator==(const JobEnd&) const = default;
};

enum class JobState {
  pending,  // submitted, not started
  running,
  ended,    // `end` says how
  unknown,  // the launcher does not know this id (now): the job's own exit-code file decides
};

struct Gpu {
  std::string uuid;
  std::string model;  // "NVIDIA H200"
  std::string driver;
};

struct JobStatus {
  std::string id;
  JobState state = JobState::unknown;
  std::string reason;  // why it is still pending
  std::optional<JobEnd> end;
  std::vector<std::string> nodes;
  std::optional<TimePoint> expected_start;
  std::optional<TimePoint> started;
  std::optional<TimePoint> ended;
  std::vector<Gpu> gpus;                       // that it was given, where known
  std::optional<double> cpu_seconds;           // of all its processes, where known
  std::optional<long long> peak_memory_bytes;  // of its largest process or cgroup, where known

  // What is known when somebody else asks the launcher for this process.
  std::optional<TimePoint> silent_since;  // no answer since then: the rest is the last one's
  std::string notice;                     // why there is none, or why it is not submitted yet
  bool cannot_run = false;                // with `launch_failed`: this launcher never can, here
};

// A job as its submitter knows it. Schedulers give ids anew after a crash, so that an id alone
// proves nothing: id, token and time of submission belong together.
struct JobRef {
  std::string id;     // the launcher's own; empty while it is not known
  std::string token;  // the workload's, or the batch's that it was submitted in
  std::optional<TimePoint> submitted;
};

// A job that nobody waits for any more, of a product that may be unchanged.
struct KeptJob {
  JobRef job;             // its token is the workload's
  std::string directory;  // the attempt's
};

// A launcher's answer for one workload of a batch.
struct Submission {
  std::string job_id;         // empty when it failed
  std::string error;          // the launcher's own words; the case is Errored with them
  bool is_transient = false;  // worth submitting again
  bool cannot_run = false;    // this launcher never can, here: the case is skipped with `error`
  bool is_queued = false;     // accepted, to be submitted later: a status brings the id
};

std::string to_string(EndKind kind);  // "exited", "timed-out", ...
std::string to_string(JobState state);

// "exit code 1", "killed by signal 11 (SIGSEGV)", "time limit reached", with the reason.
std::string describe(const JobEnd& end);

}  // namespace assay
