// What sbatch is handed: see slurm_script.h. job.sh is in slurm_job_script.cpp.
#include "launch/slurm_script.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace assay {

namespace {

constexpr std::size_t k_name_length = 200;  // Slurm takes 1,024, its tools show less

// A value in an #SBATCH line, as sbatch takes such lines apart.
std::string option_value(std::string_view text) {
  if (!text.empty() && text.find_first_of(" \t\"'\\#&;<>|()$`*?[]{}!") == std::string_view::npos) {
    return std::string(text);
  }
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

void add(SlurmOptions& options, std::string_view name) {
  options.push_back({std::string(name), {}, false});
}

void add(SlurmOptions& options, std::string_view name, std::string value) {
  options.push_back({std::string(name), std::move(value), true});
}

void add_if(SlurmOptions& options, std::string_view name, const std::string& value) {
  if (!value.empty()) add(options, name, value);
}

// A file name, in which Slurm replaces %j and the like.
std::string file_pattern(const std::filesystem::path& path) {
  std::string out;
  for (const char c : path.string()) {
    if (c == '%') out += '%';
    out += c;
  }
  return out;
}

std::string replace_gpus(std::string text, int gpus) {
  constexpr std::string_view k_place = "{gpus}";
  for (auto at = text.find(k_place); at != std::string::npos; at = text.find(k_place)) {
    text.replace(at, k_place.size(), std::to_string(gpus));
  }
  return text;
}

void add_gpus(SlurmOptions& options, const SlurmJobSettings& job, int gpus) {
  if (gpus == 0 || job.gres == "none") return;
  if (job.gres.empty()) {
    add(options, "gpus-per-node", std::to_string(gpus));
  } else {
    add(options, "gres", replace_gpus(job.gres, gpus));
  }
}

// With srun the steps get the signal, without it the batch script passes it on.
void add_signal(SlurmOptions& options, const SlurmJobSettings& job, const Workload& workload) {
  if (job.signal_before_end.count() == 0 || workload.time_limit.count() == 0) return;
  add(options, "signal",
      fmt::format("{}{}@{}", needs_srun(job, workload) ? "" : "B:", job.signal,
                  job.signal_before_end.count()));
}

std::string comment(const SlurmJobSettings& job, const std::string& token) {
  return job.comment.empty() ? "assay " + token : job.comment + " assay " + token;
}

SlurmOptions first_options(const std::string& name, const std::string& token,
                           const SlurmJobSettings& job, const Workload& workload) {
  SlurmOptions options;
  add(options, "job-name", name);
  add(options, "comment", comment(job, token));
  for (auto& option : slurm_common_options(job, workload)) options.push_back(std::move(option));
  return options;
}

// The files of a job may be seen on its node a little later than the job is.
std::string start_lines(const std::string& directory) {
  const std::string file(k_slurm_job_file);
  return "cd \"" + directory + "\" || exit 1\ntries=0\nuntil [ -r " + file +
         " ] || [ $tries -ge 60 ]; do "
         "tries=$((tries + 1)); sleep 1; done\nexec /bin/sh ./" +
         file + "\n";
}

// Within double quotes of a shell.
std::string in_double_quotes(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '$' || c == '`') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::filesystem::path slurm_array_directory(std::span<const Workload> workloads,
                                            const std::string& batch_token) {
  return workloads.front().directory / ("array." + batch_token);
}

std::string slurm_array_map(std::span<const Workload> workloads) {
  std::string text;
  for (const auto& workload : workloads) {
    text += workload.token + "\t" + workload.directory.string() + "\n";
  }
  return text;
}

std::string slurm_job_name(const Workload& workload) {
  const auto room = k_name_length - std::min(k_name_length, workload.token.size() + 1);
  return workload.name.substr(0, room) + "." + workload.token;
}

std::string slurm_array_name(const std::string& batch_token) { return "assay." + batch_token; }

bool is_slurm_name_of(std::string_view job_name, std::string_view token) {
  return !token.empty() && job_name.size() > token.size() && job_name.ends_with(token) &&
         job_name[job_name.size() - token.size() - 1] == '.';
}

std::string slurm_time(std::chrono::seconds duration) {
  const auto minutes = (duration.count() + 59) / 60;
  return fmt::format("{}-{:02}:{:02}:00", minutes / 1440, minutes / 60 % 24, minutes % 60);
}

SlurmOptions slurm_common_options(const SlurmJobSettings& job, const Workload& workload) {
  SlurmOptions options;
  add_if(options, "partition", job.partition);
  add_if(options, "account", job.account);
  add_if(options, "qos", job.qos);
  add_if(options, "constraint", job.constraint);
  add_if(options, "reservation", job.reservation);
  add(options, "nodes", std::to_string(job.nodes));
  add(options, "ntasks-per-node", std::to_string(job.ntasks_per_node));
  add_gpus(options, job, workload.gpus_per_node);
  if (workload.time_limit.count() > 0) add(options, "time", slurm_time(workload.time_limit));
  add_signal(options, job, workload);
  if (job.exclusive) add(options, "exclusive");
  add_if(options, "exclude", join(workload.excluded_nodes, ","));
  add(options, job.requeue ? "requeue" : "no-requeue");
  add(options, "open-mode", "append");
  add(options, "export", "NIL");  // nothing of the submitting shell
  options.insert(options.end(), job.flags.begin(), job.flags.end());
  return options;
}

SlurmOptions slurm_batch_options(const SlurmJobSettings& job, const Workload& workload) {
  auto options = first_options(slurm_job_name(workload), workload.token, job, workload);
  add(options, "chdir", workload.directory.string());
  add(options, "output", file_pattern(workload.directory / "stdout.log"));
  add(options, "error", file_pattern(workload.directory / "stderr.log"));
  return options;
}

SlurmOptions slurm_array_options(const SlurmJobSettings& job, std::span<const Workload> workloads,
                                 const std::string& batch_token) {
  const auto directory = slurm_array_directory(workloads, batch_token);
  auto options = first_options(slurm_array_name(batch_token), batch_token, job, workloads.front());
  add(options, "array", fmt::format("0-{}", workloads.size() - 1));
  add(options, "chdir", directory.string());
  // By its link each task's output is in its own directory.
  add(options, "output", file_pattern(directory) + "/%a/stdout.log");
  add(options, "error", file_pattern(directory) + "/%a/stderr.log");
  return options;
}

std::string slurm_option_lines(const SlurmOptions& options) {
  std::string text;
  for (const auto& option : options) {
    // Not every version knows NIL; sbatch_command() shuts the caller's environment out by itself.
    const bool is_nil = option.name == "export" && option.value == "NIL";
    const auto value = is_nil ? std::string("ALL") : option.value;
    text += "#SBATCH --" + option.name;
    if (option.has_value) text += "=" + option_value(value);
    text += "\n";
  }
  return text;
}

std::string slurm_batch_script(const SlurmOptions& options, const Workload& workload) {
  return "#!/bin/sh\n" + slurm_option_lines(options) +
         start_lines(in_double_quotes(workload.directory.string()));
}

std::string slurm_array_script(const SlurmOptions& options, std::span<const Workload> workloads,
                               const std::string& batch_token) {
  const auto directory = slurm_array_directory(workloads, batch_token);
  auto text = "#!/bin/sh\n" + slurm_option_lines(options);
  // By its link, which costs no process as reading the map would.
  return text + start_lines(in_double_quotes(directory.string()) + "/$SLURM_ARRAY_TASK_ID");
}

std::string pyxis_image(const std::string& image) {
  const auto slash = image.find('/');
  if (slash == std::string::npos || slash == 0 || image[0] == '.' ||
      image.find('#') != std::string::npos || image.find("://") != std::string::npos) {
    return image;
  }
  const auto registry = std::string_view(image).substr(0, slash);
  const bool is_host =
      registry == "localhost" || registry.find_first_of(".:") != std::string_view::npos;
  if (!is_host) return image;
  return std::string(registry) + "#" + image.substr(slash + 1);
}

}  // namespace assay
