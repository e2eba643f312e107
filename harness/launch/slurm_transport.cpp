#include "launch/slurm_transport.h"

#include "launch/slurm_command_transport.h"

namespace assay {

std::unique_ptr<SlurmTransport> make_slurm_transport(const SlurmSettings& settings) {
  return std::make_unique<SlurmCommandTransport>(settings);
}

}  // namespace assay
