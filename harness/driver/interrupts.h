// What may end a driver's waiting besides its job: a signal, the end of its ctest, the run's
// deadline.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/process.h"
#include "model/job.h"

namespace assay {

// A reason to end the job now, and what its end is then called.
struct Stop {
  EndKind kind = EndKind::cancelled;
  std::string reason;
  bool is_ctests_end = false;  // nobody asked for it: whoever would read the result is gone
};

// ASSAY_DEADLINE: seconds since 1970, or a date as in ISO 8601, UTC. Throws InputError.
TimePoint parse_deadline(const std::string& text);

// One per process. From its construction on SIGINT, SIGTERM and SIGHUP no longer end the process
// but are seen by wait(); SIGPIPE is ignored. When the ctest that started this process ends, that
// is seen too, however it ends.
class Interrupts {
 public:
  explicit Interrupts(std::optional<TimePoint> deadline);
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  ~Interrupts();

  // Waits until `fd` (where it is not -1) is readable, `limit` is over, or there is a new reason to
  // stop.
  void wait(int fd, std::chrono::milliseconds limit);

  // The first reason to stop that was seen.
  const std::optional<Stop>& stop() const { return stop_; }

  // Asked to stop more than once: do not wait for an orderly end any more.
  bool is_urgent() const { return requests_ > 1; }

 private:
  void read_signals();

  std::optional<TimePoint> deadline_;
  std::optional<ProcessInfo> ctest_;
  Descriptor ctest_end_;
  Descriptor signals_;
  std::optional<Stop> stop_;
  int requests_ = 0;
};

}  // namespace assay
