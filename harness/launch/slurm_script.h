// The texts that a Slurm job is made of. Pure.
//
// What sbatch gets, job.sbatch, is a header of options and a few lines that start job.sh in the
// attempt's directory. job.sh is the job: it sets the environment, runs setup.sh and script.sh,
// alone or in srun and a container, and writes down how that ended. A job array's job.sbatch
// finds its task's directory in a map file.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "launch/slurm_settings.h"
#include "model/workload.h"

namespace assay {

inline constexpr const char* k_slurm_batch_file = "job.sbatch";
inline constexpr const char* k_slurm_job_file = "job.sh";
inline constexpr const char* k_slurm_step_file = "step.sh";  // what each task of a step runs

// An array's own directory, in its first workload's: `map`, whose line N (from 0) is task N's
// token and directory, and a link to that directory by the task's number.
std::filesystem::path slurm_array_directory(std::span<const Workload> workloads,
                                            const std::string& batch_token);
std::string slurm_array_map(std::span<const Workload> workloads);

// "<name>.<token>", at most 200 characters; for an array "assay.<batch token>".
std::string slurm_job_name(const Workload& workload);
std::string slurm_array_name(const std::string& batch_token);

// Whether a job of that name is the one that a token, a workload's or a batch's, names.
bool is_slurm_name_of(std::string_view job_name, std::string_view token);

// Whether script.sh runs in steps: it is more than one task, or in a container that a step makes.
bool needs_srun(const SlurmJobSettings& job, const Workload& workload);

// "2-03:04:05"; whole minutes and more of them are what Slurm counts, so it rounds up.
std::string slurm_time(std::chrono::seconds duration);

// The options that jobs share where they can be one array: everything but names and directories.
SlurmOptions slurm_common_options(const SlurmJobSettings& job, const Workload& workload);

// All options of one workload's submission, and of several workloads' as an array. A later one of
// the same name replaces an earlier one.
SlurmOptions slurm_batch_options(const SlurmJobSettings& job, const Workload& workload);
SlurmOptions slurm_array_options(const SlurmJobSettings& job, std::span<const Workload> workloads,
                                 const std::string& batch_token);

// The options as the head of a script.
std::string slurm_option_lines(const SlurmOptions& options);

// job.sbatch of one workload, and of several, with its options.
std::string slurm_batch_script(const SlurmOptions& options, const Workload& workload);
std::string slurm_array_script(const SlurmOptions& options, std::span<const Workload> workloads,
                               const std::string& batch_token);

// job.sh. `lease` is how old the workload's lease may grow; 0: it is not checked.
std::string slurm_job_script(const SlurmJobSettings& job, const Workload& workload,
                             std::chrono::seconds lease);

// step.sh, which runs script.sh. srun ends with the highest exit code of its tasks, and those that
// it ended for one that failed count as killed: the first failure's own code is what is wanted.
// Empty where the job has no step.
std::string slurm_step_script(const SlurmJobSettings& job, const Workload& workload);

// As enroot wants it: "nvcr.io#nvidia/pytorch:24.01-py3" for "nvcr.io/nvidia/pytorch:24.01-py3".
std::string pyxis_image(const std::string& image);

}  // namespace assay
