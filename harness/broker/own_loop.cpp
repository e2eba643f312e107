// The scheduling loop inside a driver: what `--no-broker` means.
#include <sys/timerfd.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/error.h"
#include "broker/client.h"
#include "broker/scheduler.h"
#include "launch/lease.h"

namespace assay {

namespace {

// A step asks the launcher one thing; what is due at the same time follows at once.
constexpr int k_steps_at_once = 4;

class OwnLoop : public Launcher {
 public:
  OwnLoop(std::unique_ptr<Launcher> launcher, const WatchSettings& settings)
      : launcher_(std::move(launcher)),
        has_lease_(settings.lease.count() > 0),
        scheduler_(*launcher_, journal_, settings, hooks()),
        timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
    if (!timer_.is_open()) throw Error(std::string("no timer: ") + std::strerror(errno));
  }

  std::vector<Submission> submit(std::span<const Workload> workloads,
                                 const std::string& /*batch_token*/) override {
    std::vector<Submission> replies(workloads.size());
    for (std::size_t i = 0; i < workloads.size(); ++i) {
      auto workload = workloads[i];
      if (has_lease_) workload.lease = job_lease(workload.directory);
      scheduler_.submit(std::move(workload));
      replies[i].is_queued = true;
    }
    step();
    return replies;
  }

  std::vector<JobStatus> poll(std::span<const JobRef> jobs) override {
    step();
    std::vector<JobStatus> statuses;
    for (const auto& job : jobs) {
      statuses.push_back(scheduler_.status(job.token).value_or(JobStatus{}));
    }
    return statuses;
  }

  void cancel(std::span<const JobRef> jobs) override {
    for (const auto& job : jobs) scheduler_.cancel(job.token, {});
    step();
  }

  void release(std::span<const JobRef> jobs) override {
    for (const auto& job : jobs) scheduler_.release(job.token);
    step();
  }

 private:
  static SchedulerHooks hooks() {
    SchedulerHooks hooks;
    hooks.clock = [] { return Moment{std::chrono::steady_clock::now(), now()}; };
    hooks.is_claimed = [](const std::string& /*directory*/) { return true; };
    hooks.renew_lease = [](const std::string& lease) { renew_lease(lease); };
    return hooks;
  }

  void step() {
    for (int i = 0; i < k_steps_at_once; ++i) {
      if (scheduler_.step() > std::chrono::steady_clock::now()) return;
    }
  }

  std::unique_ptr<Launcher> launcher_;
  bool has_lease_;
  NoJournal journal_;
  Scheduler scheduler_;
  Descriptor timer_;
};

}  // namespace

std::unique_ptr<Launcher> make_own_loop(std::unique_ptr<Launcher> launcher,
                                        const LauncherConfig& config) {
  return std::make_unique<OwnLoop>(std::move(launcher), read_watch_settings(config));
}

}  // namespace assay
