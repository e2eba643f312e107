// Slurm through sbatch, squeue, sacct and scancel. The commands are in slurm_commands.h.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "launch/slurm_transport.h"

namespace assay {

class SlurmCommandTransport : public SlurmTransport {
 public:
  explicit SlurmCommandTransport(SlurmSettings settings);

  SubmitReply submit(const std::filesystem::path& script, const SlurmOptions& options) override;
  std::vector<SlurmRow> jobs(std::span<const std::string> ids) override;
  std::optional<std::vector<SlurmRow>> accounting(std::span<const std::string> ids) override;
  void cancel(std::span<const std::string> ids) override;

 private:
  SlurmSettings settings_;
};

}  // namespace assay
