// Jobs in a Slurm cluster, through its commands. Thin: what is sent and what answers mean is in
// slurm_script.h, slurm_commands.h and slurm_status.h. Settings: slurm_settings.h.
#pragma once

#include <string>
#include <vector>

#include "base/process.h"
#include "launch/launcher.h"
#include "launch/slurm_settings.h"
#include "launch/slurm_status.h"

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
  std::filesystem::path write_files(std::span<const Workload> workloads,
                                    const std::string& batch_token) const;
  std::vector<Submission> submit_script(const std::filesystem::path& script,
                                        std::span<const Workload> workloads);
  Submission failed(const Command& command, const CommandResult& result,
                    const SlurmJobSettings& job);
  std::vector<SlurmRow> query(std::span<const JobRef> jobs) const;
  std::vector<SlurmRow> query_accounting(std::span<const std::string> ids);
  void cancel_ids(std::span<const std::string> ids) const;

  SlurmSettings settings_;
  std::size_t array_size_;  // what this Slurm takes, and has room for, as far as is known
  bool has_accounting_;     // until sacct says that there is none
};

}  // namespace assay
