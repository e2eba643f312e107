// What a site file says of a launcher of type `slurm`, and what a recipe's `launchers` section
// adjusts of it for its jobs.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "launch/slurm_rest_settings.h"
#include "launch/watch_settings.h"
#include "model/site.h"
#include "model/workload.h"

namespace assay {

enum class SlurmContainer { none, pyxis, apptainer };

// An option of sbatch: --name=value, or --name where it has none.
struct SlurmFlag {
  std::string name;
  std::string value;
  bool has_value = false;
};
using SlurmOptions = std::vector<SlurmFlag>;

// What sites and recipes both may set: options of one job.
struct SlurmJobSettings {
  std::string partition;
  std::string account;
  std::string qos;
  std::string constraint;
  std::string reservation;
  std::string comment;          // before the one that names the job's token
  std::string gres;             // "gpu:a100:{gpus}" instead of --gpus-per-node; "none"
  std::string signal = "USR1";  // what is sent `signal_before_end` before the time limit
  std::chrono::seconds signal_before_end{0};  // 0: nothing is sent
  SlurmContainer container = SlurmContainer::none;
  bool container_mount_home = true;
  bool exclusive = false;
  bool requeue = false;        // by Slurm itself; else only the driver makes another attempt
  bool launch_script = false;  // `launch: script`: the script does its own srun
  int nodes = 0;               // 0: the workload's
  int ntasks_per_node = 1;
  std::vector<std::pair<std::string, std::string>> environment;
  SlurmOptions flags;  // of sbatch
  SlurmOptions srun_flags;
  std::vector<Mount> mounts;            // the workload's
  std::map<std::string, Place> places;  // where each was said, by its key
};

// How the launcher itself behaves.
struct SlurmSettings {
  std::string launcher;  // its name
  Place place;
  Value said;  // the site file's map
  SlurmJobSettings job;
  WatchSettings watch;
  std::size_t array_size = 1000;  // most tasks of one array (MaxArraySize is 1001 by default)
  std::chrono::milliseconds submit_timeout{60'000};  // of sbatch, which blocks on a full queue
  std::chrono::milliseconds query_timeout{60'000};   // of squeue, sacct, scancel
  bool accounting = true;                            // it is asked where there is one
  std::optional<SlurmRestSettings> rest;             // empty: through Slurm's commands
};

// Throws InputError, which points into the site file, for an unknown or bad setting.
SlurmSettings read_slurm_settings(const LauncherConfig& config);

// The site's, adjusted by the workload's own, in which the site's stand, too, where the recipe
// changed nothing. Throws InputError, which names the recipe's key.
SlurmJobSettings job_settings(const SlurmSettings& site, const Workload& workload);

}  // namespace assay
