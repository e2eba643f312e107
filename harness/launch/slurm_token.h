// The token (a JWT, as `scontrol token` makes them) that slurmrestd is shown. It never reaches a
// log: messages name where it came from.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "launch/slurm_rest_settings.h"

namespace assay {

struct SlurmToken {
  std::string text;                  // empty: there is none
  std::string origin;                // "SLURM_JWT", "/home/me/.slurm_token"
  std::optional<TimePoint> expires;  // where it says so
};

// Read anew each time, as a file may have been renewed. Throws InputError for a file that others
// may read, Error for one that cannot be read or for what is no token.
SlurmToken read_slurm_token(const SlurmRestSettings& settings);

// When a token says that it expires; nothing when it does not say so. Throws Error for what is no
// JWT.
std::optional<TimePoint> token_expiry(std::string_view token);

}  // namespace assay
