#include "launch/slurm_transport.h"

#include "launch/slurm_command_transport.h"
#include "launch/slurm_rest_transport.h"

namespace assay {

std::unique_ptr<SlurmTransport> make_slurm_transport(const SlurmSettings& settings) {
  if (settings.rest) return std::make_unique<SlurmRestTransport>(settings);
  return std::make_unique<SlurmCommandTransport>(settings);
}

}  // namespace assay
