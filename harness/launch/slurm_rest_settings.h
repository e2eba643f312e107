// How a site file says that a launcher of type `slurm` asks slurmrestd instead of Slurm's commands:
//
//   transport: rest
//   url: https://slurm.example.org:6820     # or unix:/run/slurmrestd/slurmrestd.socket
//   token_file: ~/.slurm_token              # mode 600; without it SLURM_JWT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/site.h"

namespace assay {

struct SlurmRestSettings {
  std::string url;                    // http: or https:, without a slash at its end
  std::filesystem::path unix_socket;  // empty: by TCP
  std::string user;                   // whose token it is; empty: the person's
  std::filesystem::path token_file;   // empty: SLURM_JWT, or the file that SLURM_JWT_FILE names
  std::filesystem::path ca_file;      // certificates to trust instead of the system's
  std::string api_version;            // empty: the newest that both sides know
};

// Nothing where Slurm is asked through its commands. Throws InputError, which points into the site
// file.
std::optional<SlurmRestSettings> read_slurm_rest_settings(const LauncherConfig& config);

// The keys that it reads.
const std::vector<std::string>& slurm_rest_setting_names();

}  // namespace assay
