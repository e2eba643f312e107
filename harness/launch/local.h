// Jobs on this machine, each below a supervisor of its own that dies with this process.
// Settings of a launcher of type `local`: `container` (podman, docker, or auto: whichever is there;
// without it an image is not used), `kill_grace` (seconds between SIGTERM and SIGKILL).
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "launch/launcher.h"
#include "launch/supervisor.h"

namespace assay {

inline constexpr std::chrono::seconds k_default_kill_grace{10};

class LocalLauncher : public Launcher {
 public:
  // Throws InputError for a setting that it cannot read.
  explicit LocalLauncher(const LauncherConfig& config);

  std::vector<Submission> submit(std::span<const Workload> workloads,
                                 const std::string& batch_token) override;
  std::vector<JobStatus> poll(std::span<const JobRef> jobs) override;
  void cancel(std::span<const JobRef> jobs) override;
  bool is_local() const override { return true; }
  int event_fd() const override { return events_.get(); }

 private:
  struct Job {
    Descriptor socket;
    std::string token;
    JobStatus status;
  };

  Submission submit_one(const Workload& workload);
  void start(const Workload& workload, const std::string& container, std::vector<Gpu> gpus,
             std::vector<std::string> locks, Submission& reply);
  void read_messages(Job& job);
  static void apply(const SupervisorMessage& message, JobStatus& status);

  std::string name_;
  std::string container_;  // "podman", "docker", "auto"; empty: none
  std::chrono::milliseconds kill_grace_{k_default_kill_grace};
  Descriptor events_;  // epoll over all jobs' sockets
  std::map<std::string, Job, std::less<>> jobs_;
};

}  // namespace assay
