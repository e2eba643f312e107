// How Slurm is asked: through its commands or through slurmrestd. What the answers mean for jobs,
// and what is done about them, is the launcher's (slurm.h) and the same for both.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "launch/slurm_settings.h"
#include "launch/slurm_status.h"

namespace assay {

// What a failed submission means for what was submitted.
enum class SubmitFailure {
  refused,    // by Slurm, and would be again
  no_way,     // nothing leads to Slurm from here: a program, or a token, is missing
  limited,    // a limit on jobs in flight: later there may be room
  too_large,  // the array has more tasks than Slurm takes
  not_now,    // nothing was submitted, as nobody answered
  uncertain,  // it may have been submitted
};

// What Slurm's words for a failed submission mean.
SubmitFailure classify_words(std::string_view words);

struct SubmitReply {
  std::string id;  // empty when it failed
  SubmitFailure failure = SubmitFailure::refused;
  std::string words{};  // Slurm's own, one line, of a failure
};

class SlurmTransport {
 public:
  virtual ~SlurmTransport() = default;

  // Submits a script with its options, which stand in its head as well.
  virtual SubmitReply submit(const std::filesystem::path& script, const SlurmOptions& options) = 0;

  // What the controller knows of the jobs with these ids, perhaps with others among them; without
  // ids, of all of the user's. Throws TransientError when there is no answer.
  virtual std::vector<SlurmRow> jobs(std::span<const std::string> ids) = 0;

  // The same from accounting, without ids for the last days. Nothing where there is no accounting;
  // one that does not answer now is no error, and knows of no job.
  virtual std::optional<std::vector<SlurmRow>> accounting(std::span<const std::string> ids) = 0;

  // Asks for the jobs' end; an id that is gone by now is no error. Throws TransientError when there
  // is no answer.
  virtual void cancel(std::span<const std::string> ids) = 0;
};

// The one that the settings choose.
std::unique_ptr<SlurmTransport> make_slurm_transport(const SlurmSettings& settings);

}  // namespace assay
