// The commands that ask Slurm, and what their answers mean. Pure, but for the environment's names.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/process.h"
#include "launch/slurm_settings.h"
#include "launch/slurm_transport.h"

namespace assay {

// Each is free of what SBATCH_*, SQUEUE_*, SACCT_* and SCANCEL_* variables would make of it, and
// has times in UTC, but for sbatch, whose options may mean the person's own.
Command sbatch_command(const SlurmSettings& settings, const std::filesystem::path& script);

// All jobs of the ids, in as few commands as the length of an argument (128 KiB in Linux) allows.
// Tasks of one array are asked for by the array's id.
std::vector<Command> squeue_commands(const SlurmSettings& settings,
                                     std::span<const std::string> ids);
std::vector<Command> sacct_commands(const SlurmSettings& settings,
                                    std::span<const std::string> ids);
std::vector<Command> scancel_commands(const SlurmSettings& settings,
                                      std::span<const std::string> ids);

// All of the user's jobs, arrays as few records as Slurm has.
Command squeue_user_command(const SlurmSettings& settings, unsigned user_id);
Command sacct_user_command(const SlurmSettings& settings, unsigned user_id);

// "12" of "12", "12_3", "12_[2-5%2]".
std::string array_id_of(std::string_view id);

// The id that `sbatch --parsable` printed ("12", "12;cluster"), which may stand below warnings.
std::optional<std::string> parse_submitted_id(std::string_view text);

SubmitFailure classify_sbatch(const CommandResult& result);

// Slurm's own words of a failed command, one line, without the tools' prefixes.
std::string slurm_words(const Command& command, const CommandResult& result);

// The key of the setting that a refusal is about ("partition", ...), where it is about one.
std::string refused_setting(std::string_view words, const SlurmJobSettings& job);

// Whether sacct said that there is no accounting here at all.
bool has_no_accounting(const CommandResult& result);

}  // namespace assay
