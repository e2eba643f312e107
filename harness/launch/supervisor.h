// The small process between a driver and its job on this machine. It ends everything the job
// started (grandchildren, daemons in sessions of their own, the container) however the job or the
// driver ended.
//
// It is no descendant of the driver: ctest ends a late test by killing the driver's whole tree with
// SIGKILL, and that must not take the one process that cleans up. It knows of the driver's end by
// the end of a socket, which no kind of death can prevent.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"
#include "model/job.h"

namespace assay {

// The variable that marks every process of a job, its value the submission's token.
inline constexpr const char* k_token_variable = "ASSAY_TOKEN";

struct SupervisedJob {
  std::filesystem::path directory;          // holds the script, takes stdout.log and stderr.log
  std::string script = "job.sh";            // run by /bin/sh in the directory
  std::string token;                        // of the submission
  std::chrono::milliseconds time_limit{0};  // of run time; 0: none
  std::chrono::milliseconds grace{0};       // between SIGTERM and SIGKILL
  std::vector<std::string> gpu_locks;       // held while the job lives; it starts when it has all
  std::vector<std::string> container_end;   // the command that ends the container; empty: none
};

// What a supervisor tells its driver: one packet each, `started` once, `ended` last.
struct SupervisorMessage {
  enum class Kind { waiting, started, ended };
  Kind kind = Kind::waiting;
  TimePoint::rep time = 0;  // since 1970, in milliseconds
  EndKind end = EndKind::lost;
  int exit_code = -1;
  int signal = 0;
  double cpu_seconds = 0;
  long long peak_memory_bytes = 0;
  char reason[256] = {};
};
static_assert(std::is_trivially_copyable_v<SupervisorMessage>);

struct Supervisor {
  pid_t pid = 0;
  Descriptor socket;  // SOCK_SEQPACKET: messages come, any packet sent asks for the job's end
};

// Forks; returns as soon as the supervisor exists. Throws TransientError when the system has no
// process or descriptor left.
Supervisor start_supervisor(const SupervisedJob& job);

// Kills every process whose environment has the token: for a job whose supervisor was killed.
// Returns how many there were.
int kill_by_token(const std::string& token);

}  // namespace assay
