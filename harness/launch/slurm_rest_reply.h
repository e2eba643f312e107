// What slurmrestd's answers say, in the shapes of all versions of its API that are known good.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "launch/slurm_status.h"

namespace assay {

struct RestReply {
  bool is_json = false;               // else it is a proxy's, or an error's few words
  std::string job_id;                 // of a submission
  std::vector<SlurmRow> rows;         // of jobs, as squeue or sacct has them
  std::vector<long long> codes;       // Slurm's numbers of its errors
  std::string words;                  // Slurm's words of its errors, one line
  std::string release;                // "24.11.5"
  std::vector<std::string> versions;  // of an OpenAPI description: "v0.0.42"

  bool has_code(long long code) const;
};

// Numbers of slurm/slurm_errno.h.
inline constexpr long long k_slurm_error = -1;  // v0.0.38 tells no more of most errors
inline constexpr long long k_protocol_authentication_error = 1007;
inline constexpr long long k_invalid_job_id = 2017;
inline constexpr long long k_already_done = 2021;

// An answer of /slurm/... or, from accounting, of /slurmdb/...: their jobs tell which.
RestReply parse_rest_reply(std::string_view body);

}  // namespace assay
