#include "launch/slurm_command_transport.h"

#include <unistd.h>

#include <iterator>

#include "base/error.h"
#include "base/process.h"
#include "launch/slurm_commands.h"

namespace assay {

namespace {

void append(std::vector<SlurmRow>& rows, std::vector<SlurmRow> more) {
  rows.insert(rows.end(), std::make_move_iterator(more.begin()),
              std::make_move_iterator(more.end()));
}

}  // namespace

SlurmCommandTransport::SlurmCommandTransport(SlurmSettings settings)
    : settings_(std::move(settings)) {}

SubmitReply SlurmCommandTransport::submit(const std::filesystem::path& script,
                                          const SlurmOptions& /*options*/) {
  if (!find_program("sbatch")) {
    return {
        .id = {},
        .failure = SubmitFailure::no_way,
        .words = "launcher '" + settings_.launcher + "' needs sbatch, and there is none on PATH"};
  }
  const auto command = sbatch_command(settings_, script);
  const auto result = run_command(command);
  if (result.succeeded()) {
    if (auto id = parse_submitted_id(result.out)) return {.id = std::move(*id)};
  }
  return {.id = {}, .failure = classify_sbatch(result), .words = slurm_words(command, result)};
}

std::vector<SlurmRow> SlurmCommandTransport::jobs(std::span<const std::string> ids) {
  auto commands = squeue_commands(settings_, ids);
  if (ids.empty()) commands = {squeue_user_command(settings_, ::getuid())};
  std::vector<SlurmRow> rows;
  for (const auto& command : commands) {
    const auto result = run_command(command);
    if (!result.succeeded()) throw TransientError(slurm_words(command, result));
    append(rows, parse_slurm_rows(result.out));
  }
  return rows;
}

std::optional<std::vector<SlurmRow>> SlurmCommandTransport::accounting(
    std::span<const std::string> ids) {
  auto commands = sacct_commands(settings_, ids);
  if (ids.empty()) commands = {sacct_user_command(settings_, ::getuid())};
  std::vector<SlurmRow> rows;
  for (const auto& command : commands) {
    const auto result = run_command(command);
    if (result.succeeded()) {
      append(rows, parse_slurm_rows(result.out));
    } else if (has_no_accounting(result)) {
      return std::nullopt;
    }
  }
  return rows;
}

void SlurmCommandTransport::cancel(std::span<const std::string> ids) {
  for (const auto& command : scancel_commands(settings_, ids)) {
    const auto result = run_command(command);
    // An id that is gone by now is no error, even to scancel.
    const auto* exited = std::get_if<Exited>(&result.end);
    const bool is_answered = exited != nullptr && exited->code <= 1;
    if (!is_answered) throw TransientError(slurm_words(command, result));
  }
}

}  // namespace assay
