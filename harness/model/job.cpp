#include "model/job.h"

#include <cstring>

namespace assay {

std::string to_string(EndKind kind) {
  switch (kind) {
    case EndKind::exited:
      return "exited";
    case EndKind::signaled:
      return "signaled";
    case EndKind::timed_out:
      return "timed-out";
    case EndKind::out_of_memory:
      return "out-of-memory";
    case EndKind::node_failed:
      return "node-failed";
    case EndKind::preempted:
      return "preempted";
    case EndKind::cancelled:
      return "cancelled";
    case EndKind::launch_failed:
      return "launch-failed";
    case EndKind::deadline:
      return "deadline";
    case EndKind::lost:
      return "lost";
  }
  return {};
}

std::string to_string(JobState state) {
  switch (state) {
    case JobState::pending:
      return "pending";
    case JobState::running:
      return "running";
    case JobState::ended:
      return "ended";
    case JobState::unknown:
      return "unknown";
  }
  return {};
}

namespace {

std::string described_kind(const JobEnd& end) {
  switch (end.kind) {
    case EndKind::exited:
      return "exit code " + std::to_string(end.exit_code);
    case EndKind::signaled: {
      const char* name = ::sigabbrev_np(end.signal);
      return "killed by signal " + std::to_string(end.signal) +
             (name != nullptr ? " (SIG" + std::string(name) + ")" : std::string{});
    }
    case EndKind::timed_out:
      return "time limit reached";
    case EndKind::out_of_memory:
      return "out of memory";
    case EndKind::node_failed:
      return "node failed";
    case EndKind::preempted:
      return "preempted";
    case EndKind::cancelled:
      return "cancelled";
    case EndKind::launch_failed:
      return "could not be started";
    case EndKind::deadline:
      return "stopped at the run's deadline";
    case EndKind::lost:
      return "lost";
  }
  return {};
}

}  // namespace

std::string describe(const JobEnd& end) {
  const auto text = described_kind(end);
  return end.reason.empty() ? text : text + ": " + end.reason;
}

}  // namespace assay
