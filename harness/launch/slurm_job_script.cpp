// job.sh: what runs on the first node of a Slurm job.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "launch/exit_file.h"
#include "launch/job_facts.h"
#include "launch/slurm_script.h"
#include "launch/telemetry_script.h"

namespace assay {

namespace {

constexpr const char* k_first_failure = ".first_failure";

using Words = std::vector<std::string>;

void append(Words& words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
}

std::string command_line(const Words& words) {
  Words quoted;
  for (const auto& word : words) quoted.push_back(shell_quote(word));
  return join(quoted, " ");
}

Words shell_words(const std::string& shell) {
  Words words;
  for (const auto& word : split(shell, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

bool is_contained(const SlurmJobSettings& job, const Workload& workload) {
  return job.container != SlurmContainer::none && !workload.image.empty();
}

Words srun_words(const SlurmJobSettings& job, bool once_per_node) {
  Words words{"srun", "--kill-on-bad-exit=1"};
  if (once_per_node) {
    append(words, {"--ntasks=" + std::to_string(job.nodes), "--ntasks-per-node=1"});
  }
  for (const auto& flag : job.srun_flags) {
    words.push_back("--" + flag.name + (flag.has_value ? "=" + flag.value : ""));
  }
  return words;
}

std::string mount_list(const SlurmJobSettings& job, const Workload& workload) {
  const auto directory = workload.directory.string();
  Words mounts{directory + ":" + directory};
  for (const auto& mount : job.mounts) mounts.push_back(mount.outside + ":" + mount.inside);
  return join(mounts, ",");
}

// pyxis is a plug-in of srun's. A name keeps what setup.sh installs for the steps after it.
Words pyxis_words(const SlurmJobSettings& job, const Workload& workload) {
  Words words{"--container-image=" + pyxis_image(workload.image),
              "--container-mounts=" + mount_list(job, workload),
              "--container-workdir=" + workload.directory.string()};
  if (!workload.script_setup.empty()) words.push_back("--container-name=assay-" + workload.token);
  if (!job.container_mount_home) words.emplace_back("--no-container-mount-home");
  return words;
}

Words apptainer_words(const SlurmJobSettings& job, const Workload& workload) {
  Words words{"apptainer", "exec"};
  if (workload.gpus_per_node > 0) words.emplace_back("--nv");
  if (!job.container_mount_home) words.emplace_back("--no-home");
  append(words, {"--bind", mount_list(job, workload), "--pwd", workload.directory.string()});
  const auto& image = workload.image;
  const bool is_file = image[0] == '/' || image[0] == '.' || image.ends_with(".sif");
  words.push_back(is_file || image.find("://") != std::string::npos ? image : "docker://" + image);
  return words;
}

// The command that runs a file of the attempt's directory.
std::string run_line(const SlurmJobSettings& job, const Workload& workload, const char* file,
                     bool is_setup) {
  Words words;
  const bool in_steps =
      needs_srun(job, workload) || (is_setup && (job.nodes > 1 || is_contained(job, workload)));
  if (in_steps) {
    words = srun_words(job, is_setup);
    if (is_contained(job, workload)) {
      append(words, job.container == SlurmContainer::pyxis ? pyxis_words(job, workload)
                                                           : apptainer_words(job, workload));
    }
  }
  if (in_steps && !is_setup) {
    append(words, {"sh", "./" + std::string(k_slurm_step_file)});
  } else {
    append(words, shell_words(workload.shell));
    words.emplace_back(file);
  }
  return command_line(words);
}

// The login environment is not wanted, but a user has a home, and programs a PATH.
std::string environment_lines(const SlurmJobSettings& job, const Workload& workload) {
  std::string text =
      "[ -n \"${USER-}\" ] || USER=$(id -un)\n"
      "export USER LOGNAME=\"${LOGNAME:-$USER}\"\n"
      "[ -n \"${HOME-}\" ] || HOME=$(getent passwd \"$(id -u)\" | cut -d: -f6)\n"
      "export HOME=\"${HOME:-/}\"\n"
      "export PATH=\"${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}\"\n"
      "export SLURM_EXPORT_ENV=ALL\nunset SLURM_JWT\n"
      // srun does not take it over from sbatch by itself (since 22.05).
      "[ -z \"${SLURM_CPUS_PER_TASK-}\" ] || export SRUN_CPUS_PER_TASK=\"$SLURM_CPUS_PER_TASK\"\n";
  if (workload.gpus_per_node == 0) {
    // Without a mask a job that asked for no GPU would see them all.
    text += "export CUDA_VISIBLE_DEVICES='' ROCR_VISIBLE_DEVICES=''\n";
  }
  for (const auto* variables : {&job.environment, &workload.environment}) {
    for (const auto& [name, value] : *variables) {
      text += "export " + name + "=" + shell_quote(value) + "\n";
    }
  }
  return text;
}

// What the job used. Of steps that did not all succeed some tasks were killed before they could
// say.
std::string usage_lines(bool in_steps) {
  return fmt::format(
      "  {}{{ times >{}; }} 2>/dev/null\n"
      "  while IFS=: read -r number controllers path; do\n"
      "    group=${{path%%/step_*}}\n"
      "    case $controllers in\n"
      "      '') file=/sys/fs/cgroup$group/memory.peak ;;\n"
      "      *memory*) file=/sys/fs/cgroup/memory$group/memory.max_usage_in_bytes ;;\n"
      "      *) continue ;;\n"
      "    esac\n"
      "    case $group in */job_*) cat \"$file\" ;; esac\n"
      "  done </proc/self/cgroup >{} 2>/dev/null\n",
      in_steps ? "[ \"$1\" -ne 0 ] || " : "", k_cpu_times_file, k_peak_memory_file);
}

// The exit code first: nothing else may keep it from being written.
std::string finish_lines(const SlurmJobSettings& job, const Workload& workload) {
  const std::string file(k_exit_file);
  return "finish() {\n"
         "  [ -z \"$watch\" ] || kill \"$watch\" 2>/dev/null\n" +
         (workload.gpus_per_node > 0 ? "  " + telemetry_stop_script() : std::string{}) +
         "  printf '%s\\n' \"$1\" >" + file + ".tmp && mv " + file + ".tmp " + file + "\n" +
         usage_lines(needs_srun(job, workload)) +
         "  exit \"$1\"\n"
         "}\n";
}

// Ends the job when nobody has touched the lease for too long: whoever waited for it is gone with
// his whole machine. Ages are differences of times that the file system itself gave.
std::string lease_lines(const Workload& workload, std::chrono::seconds lease) {
  if (lease.count() == 0 || workload.lease.empty()) return {};
  const auto limit = lease.count();
  const auto pause = std::clamp<long long>(limit / 10, 1, 60);
  return fmt::format(
      "lease={}\n"
      "touched=\n"
      "lease_age() {{\n"
      "  : >.lease_check || return 1\n"
      "  set -- $(stat -c %Y .lease_check \"$lease\" 2>/dev/null)\n"
      "  [ $# -gt 0 ] || return 1\n"
      "  touched=${{2:-${{touched:-$1}}}}\n"
      "  age=$(($1 - touched))\n"
      "}}\n"
      "give_up() {{\n"
      "  echo \"assay: nobody has watched this job for $age s; it ends itself\" >&2\n"
      "  trap '' TERM\n"
      "  scancel "
      "\"${{SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}}${{SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}}\" "
      ">&2\n"
      "  kill -TERM 0\n  sleep 30\n  kill -KILL 0\n"
      "}}\n"
      "lease_age && [ \"$age\" -gt {} ] && give_up\n"
      "(\n"
      "  trap 'kill \"$pause\" 2>/dev/null; exit 0' TERM\n"
      "  while :; do\n"
      "    sleep {} & pause=$!\n"
      "    wait \"$pause\"\n"
      "    if lease_age && [ \"$age\" -gt {} ]; then give_up; fi\n"
      "  done\n"
      ") </dev/null >/dev/null &\n"
      "watch=$!\n",
      shell_quote(workload.lease.string()), limit, pause, limit);
}

// What there is, is of a run before a requeue. What that one printed is kept beside: its metrics
// and its errors are not this run's.
std::string facts_lines(const Workload& workload) {
  auto text = fmt::format(
      "if [ \"${{SLURM_RESTART_COUNT:-0}}\" -gt 0 ]; then\n"
      "  rm -f {0} {1} {2} {2}.* {3}\n"
      "  for log in stdout stderr; do\n"
      "    cp $log.log $log.before_restart_$SLURM_RESTART_COUNT.log && : >$log.log\n"
      "  done\n"
      "fi\n"
      "printf '%s\\n' "
      "\"${{SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}}${{SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}}\" "
      ">{4}\n",
      k_exit_file, k_first_failure, k_cpu_times_file, k_peak_memory_file, k_job_id_file);
  if (workload.gpus_per_node > 0) {
    text += fmt::format(
        "printf '%s\\n' \"${{CUDA_VISIBLE_DEVICES-}}\" >{0}\n"
        "if command -v nvidia-smi >/dev/null; then\n"
        "  timeout 30 nvidia-smi "
        "--query-gpu=index,uuid,name,driver_version,mig.mode.current "
        "--format=csv,noheader,nounits >{1}.tmp 2>/dev/null && mv {1}.tmp {1}\n"
        "fi\n",
        k_job_gpu_mask_file, k_job_gpus_file);
  }
  return text;
}

// After srun: the first failure's exit code, where a task wrote one.
std::string step_end_lines() {
  return fmt::format(
      "\ncode=$?\n"
      "[ \"$code\" -eq 0 ] || [ ! -s {0} ] || code=$(cat {0})\n",
      k_first_failure);
}

// Runs the script so that the warning before the time limit reaches it: a shell runs its traps only
// between two commands, so it waits for a background one. A script that the warning's signal ended
// was ended by its time limit: this shell then waits for Slurm to say so.
std::string warned_run_lines(const SlurmJobSettings& job, const Workload& workload,
                             const std::string& run) {
  const bool in_steps = needs_srun(job, workload);
  std::string text;
  if (in_steps) {
    text = run + step_end_lines();
  } else {
    text = fmt::format(
        "trap 'seen=1; trap \"seen=1\" {0}; kill -{0} 0' {0}\n"
        "trap 'seen=1' HUP INT TERM\n"
        "{1} &\n"
        "script=$!\n"
        "code=\n"
        "while :; do\n"
        "  seen=\n"
        "  wait \"$script\"; now=$?\n"
        "  [ \"$now\" = 127 ] && [ -n \"$code\" ] || code=$now\n"
        "  [ -n \"$seen\" ] || break\n"
        "done\n",
        job.signal, run);
  }
  const auto warned = workload.time_limit - job.signal_before_end - std::chrono::seconds(60);
  text += fmt::format(
      "case $code in 129 | 13? | 14? | 15?)\n"
      "  if [ \"$(kill -l \"$code\" 2>/dev/null)\" = {} ] && [ $(($(date +%s) - began)) -ge {} ]; "
      "then\n"
      "    echo \"assay: ended by the warning before its time limit\" >&2\n"
      "    sleep {} & wait $!\n"
      "  fi ;;\n"
      "esac\n",
      shell_quote(job.signal), std::max<long long>(warned.count(), 0),
      job.signal_before_end.count() + 120);
  return text + "finish \"$code\"\n";
}

}  // namespace

bool needs_srun(const SlurmJobSettings& job, const Workload& workload) {
  return !job.launch_script && (job.nodes * job.ntasks_per_node > 1 || is_contained(job, workload));
}

std::string slurm_job_script(const SlurmJobSettings& job, const Workload& workload,
                             std::chrono::seconds lease) {
  std::string out = "#!/bin/sh\n# " + workload.name + ", submission " + workload.token +
                    ": runs script.sh and writes down how it ended.\n";
  // A handler, not 'ignore', which children would inherit: the script gets the signal, this shell
  // lives on to write down the script's end.
  out += "trap : HUP INT TERM\n";
  out += "cd " + shell_quote(workload.directory.string()) + " || exit 1\n";
  const bool is_warned = job.signal_before_end.count() > 0 && workload.time_limit.count() > 0;
  out += "watch=\n";
  if (is_warned) out += "began=$(date +%s)\n";
  out += environment_lines(job, workload) + finish_lines(job, workload);
  out += lease_lines(workload, lease) + facts_lines(workload);
  if (!workload.script_setup.empty()) {
    out += run_line(job, workload, "setup.sh", true) + "\ncode=$?\nif [ \"$code\" -ne 0 ]; then\n";
    out += "  echo \"assay: script_setup failed with exit code $code\" >&2\n";
    out += "  finish \"$code\"\nfi\n";
  }
  // Of the node that this runs on, the job's first; Slurm says which GPUs it has.
  if (workload.gpus_per_node > 0) out += telemetry_start_script({});
  const auto run = run_line(job, workload, "script.sh", false);
  if (is_warned) {
    return out + warned_run_lines(job, workload, run);
  }
  if (needs_srun(job, workload)) return out + run + step_end_lines() + "finish \"$code\"\n";
  return out + run + "\nfinish \"$?\"\n";
}

std::string slurm_step_script(const SlurmJobSettings& job, const Workload& workload) {
  if (!needs_srun(job, workload)) return {};
  auto words = shell_words(workload.shell);
  words.emplace_back("script.sh");
  return fmt::format(
      "#!/bin/sh\n"
      "{}\ncode=$?\n"
      "times >{}.\"$SLURM_PROCID\"\n"
      "[ \"$code\" -eq 0 ] || (set -C; echo \"$code\" >{}) 2>/dev/null\n"
      "exit \"$code\"\n",
      command_line(words), k_cpu_times_file, k_first_failure);
}

}  // namespace assay
