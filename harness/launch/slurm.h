// Jobs in a Slurm cluster. Thin: what is submitted is in slurm_script.h, how Slurm is asked in
// slurm_transport.h, what its states mean in slurm_status.h. Settings: slurm_settings.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "launch/launcher.h"
#include "launch/slurm_settings.h"
#include "launch/slurm_status.h"
#include "launch/slurm_transport.h"

namespace assay {

class SlurmLauncher : public Launcher {
 public:
  // Throws InputError for a setting that is unknown or cannot be read.
  explicit SlurmLauncher(const LauncherConfig& config);

  std::vector<std::vector<std::size_t>> group(std::span<const Workload> workloads) const override;
  std::vector<Submission> submit(std::span<const Workload> workloads,
                                 const std::string& batch_token) override;
  std::vector<JobStatus> poll(std::span<const JobRef> jobs) override;
  void cancel(std::span<const JobRef> jobs) override;
  std::vector<std::string> find(std::span<const std::string> tokens) override;

 private:
  // A submission that is on disk.
  struct Written {
    std::filesystem::path script;
    SlurmOptions options;
  };
  Written write_files(std::span<const Workload> workloads, const std::string& batch_token) const;
  std::vector<Submission> submit_written(const Written& written,
                                         std::span<const Workload> workloads);
  Submission failed(const SubmitReply& reply, const SlurmJobSettings& job);
  std::vector<SlurmRow> query_accounting(std::span<const std::string> ids);

  SlurmSettings settings_;
  std::unique_ptr<SlurmTransport> transport_;
  std::size_t array_size_;  // what this Slurm takes, and has room for, as far as is known
  bool has_accounting_;     // until Slurm says that there is none
};

}  // namespace assay
