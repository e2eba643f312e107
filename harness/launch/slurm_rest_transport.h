// Slurm through slurmrestd. What is sent is in slurm_rest_options.h, what answers say in
// slurm_rest_reply.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/http.h"
#include "launch/slurm_rest_reply.h"
#include "launch/slurm_token.h"
#include "launch/slurm_transport.h"

namespace assay {

class SlurmRestTransport : public SlurmTransport {
 public:
  explicit SlurmRestTransport(SlurmSettings settings);

  SubmitReply submit(const std::filesystem::path& script, const SlurmOptions& options) override;
  std::vector<SlurmRow> jobs(std::span<const std::string> ids) override;
  std::optional<std::vector<SlurmRow>> accounting(std::span<const std::string> ids) override;
  void cancel(std::span<const std::string> ids) override;

  // "v0.0.42 of Slurm 24.11.5, token of SLURM_JWT until 2026-11-28T04:00:00Z". Throws an error that
  // says what keeps this from working.
  std::string check();

 private:
  struct Answer {
    int status = 0;  // HTTP's
    RestReply reply;
  };
  Answer send(const std::string& method, const std::string& path, const std::string& body,
              std::chrono::milliseconds limit);
  Answer get(const std::string& path);
  void choose_version();
  bool offers(const std::string& version);
  std::vector<SlurmRow> read_jobs(const std::string& path);
  std::string user() const;

  SlurmSettings settings_;
  SlurmRestSettings rest_;
  HttpClient client_;
  std::string version_;  // of the API; empty: not chosen yet
  std::string release_;  // of Slurm, where it was said
};

}  // namespace assay
