// One submission from submit to its end: the only code that waits for a job. It knows nothing of
// what kind of launcher runs it.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/error.h"
#include "driver/interrupts.h"
#include "driver/job_news.h"
#include "launch/launcher.h"
#include "model/record.h"
#include "model/workload.h"

namespace assay {

// How patient the waiting is; tests give shorter times.
struct Patience {
  std::chrono::milliseconds first_interval{1'000};  // between two polls, growing
  std::chrono::milliseconds longest_interval{30'000};
  std::chrono::milliseconds exit_file{60'000};   // for a file on a shared file system to appear
  std::chrono::milliseconds unknown{60'000};     // for a job that the launcher does not know
  std::chrono::milliseconds silence{3'600'000};  // of a launcher that does not answer at all
  std::chrono::milliseconds cancelled{120'000};  // for a cancelled job to end
  std::chrono::milliseconds overtime{300'000};   // beyond a time limit that the launcher keeps
  int submissions = 5;                           // while errors are passing
};

// One submission and how it is waited for.
struct JobRun {
  const Workload& workload;
  const Patience& patience;
  std::chrono::seconds queue_limit{0};  // 0: none
  std::optional<KeptJob> adopted{};     // wait for this one and submit nothing
  Progress progress{};
};

// Thrown when the driver's ctest has ended and the launcher keeps the job for the next run's
// driver: it is neither cancelled nor recorded.
class JobLeft : public Error {
 public:
  using Error::Error;
};

// Submits the workload and waits for its end, filling `attempt`. Returns why the workload can never
// run here, where that is so; then nothing was submitted.
// The job's own exit-code file decides what `exited` means; without it the job is lost.
std::optional<std::string> run_job(Launcher& launcher, const JobRun& run, Interrupts& interrupts,
                                   Attempt& attempt);

}  // namespace assay
