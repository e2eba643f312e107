#include "launch/slurm.h"

#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "base/text.h"
#include "launch/slurm_commands.h"
#include "launch/slurm_script.h"

namespace assay {

namespace {

using RowsById = std::map<std::string, const SlurmRow*, std::less<>>;

RowsById by_id(const std::vector<SlurmRow>& rows) {
  RowsById found;
  for (const auto& row : rows) {
    for (const auto& id : ids_of_row(row)) found[id] = &row;
  }
  return found;
}

// The row of a job; null when there is none, or its id is another job's by now.
const SlurmRow* row_of(const RowsById& rows, const JobRef& job) {
  const auto found = rows.find(job.id);
  if (found == rows.end() || !is_row_of(*found->second, job)) return nullptr;
  return found->second;
}

std::vector<std::string> ids_of(std::span<const JobRef> jobs) {
  std::vector<std::string> ids;
  for (const auto& job : jobs) {
    if (!job.id.empty()) ids.push_back(job.id);
  }
  return ids;
}

// Runs a query; TransientError when it has no answer.
std::string ask(const Command& command) {
  const auto result = run_command(command);
  if (!result.succeeded()) throw TransientError(slurm_words(command, result));
  return result.out;
}

// In the place of what an earlier try may have left.
void make_link(const std::filesystem::path& link, const std::filesystem::path& target) {
  std::error_code error;
  std::filesystem::remove(link, error);
  std::filesystem::create_symlink(target, link, error);
  if (error) throw Error("cannot make " + link.string() + ": " + error.message());
}

std::vector<Submission> for_all(std::size_t count, const Submission& reply) {
  return std::vector<Submission>(count, reply);
}

}  // namespace

SlurmLauncher::SlurmLauncher(const LauncherConfig& config)
    : settings_(read_slurm_settings(config)),
      array_size_(settings_.array_size),
      has_accounting_(settings_.accounting) {}

// Jobs with equal options can be one array.
std::vector<std::vector<std::size_t>> SlurmLauncher::group(
    std::span<const Workload> workloads) const {
  std::vector<std::vector<std::size_t>> groups;
  std::map<std::string, std::size_t> open;  // the last group of these options
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    std::string options;
    try {
      options = slurm_common_options(job_settings(settings_, workloads[i]), workloads[i]);
    } catch (const InputError&) {  // submit() says it
      groups.push_back({i});
      continue;
    }
    const auto found = open.find(options);
    if (found != open.end() && groups[found->second].size() < array_size_) {
      groups[found->second].push_back(i);
      continue;
    }
    open[options] = groups.size();
    groups.push_back({i});
  }
  return groups;
}

std::vector<Submission> SlurmLauncher::submit(std::span<const Workload> workloads,
                                              const std::string& batch_token) {
  if (workloads.empty()) return {};
  std::filesystem::path script;
  try {
    script = write_files(workloads, batch_token);
  } catch (const TransientError&) {
    throw;
  } catch (const Error& error) {
    Submission reply;
    reply.error = error.what();
    return for_all(workloads.size(), reply);
  }
  return submit_script(script, workloads);
}

// Everything is on disk before the submission: a job may start at once, and whoever looks for what
// a killed submitter left finds it. Returns the script to submit.
std::filesystem::path SlurmLauncher::write_files(std::span<const Workload> workloads,
                                                 const std::string& batch_token) const {
  for (const auto& workload : workloads) {
    const auto job = job_settings(settings_, workload);
    write_file_atomically(workload.directory / k_slurm_job_file,
                          slurm_job_script(job, workload, settings_.watch.lease), 0755);
    if (const auto step = slurm_step_script(job, workload); !step.empty()) {
      write_file_atomically(workload.directory / k_slurm_step_file, step);
    }
    if (!workload.script_setup.empty()) {
      write_file_atomically(workload.directory / "setup.sh", workload.script_setup);
    }
  }
  const auto& first = workloads.front();
  const auto job = job_settings(settings_, first);
  const auto script = first.directory / k_slurm_batch_file;
  if (workloads.size() == 1) {
    write_file_atomically(script, slurm_batch_script(job, first), 0755);
    return script;
  }
  const auto directory = slurm_array_directory(workloads, batch_token);
  make_directories(directory);
  write_file_atomically(directory / "map", slurm_array_map(workloads));
  write_file_atomically(script, slurm_array_script(job, workloads, batch_token), 0755);
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    make_link(directory / std::to_string(i), workloads[i].directory);
    if (i > 0) make_link(workloads[i].directory / k_slurm_batch_file, script);
  }
  return script;
}

std::vector<Submission> SlurmLauncher::submit_script(const std::filesystem::path& script,
                                                     std::span<const Workload> workloads) {
  if (!find_program("sbatch")) {
    Submission reply;
    reply.error = "launcher '" + settings_.launcher + "' needs sbatch, and there is none on PATH";
    return for_all(workloads.size(), reply);
  }
  const auto command = sbatch_command(settings_, script);
  const auto result = run_command(command);
  const auto id = result.succeeded() ? parse_submitted_id(result.out) : std::nullopt;
  if (!id) {
    return for_all(workloads.size(),
                   failed(command, result, job_settings(settings_, workloads.front())));
  }
  array_size_ = std::min(array_size_ * 2, settings_.array_size);
  std::vector<Submission> replies;
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    Submission reply;
    reply.job_id = workloads.size() == 1 ? *id : *id + "_" + std::to_string(i);
    replies.push_back(std::move(reply));
  }
  return replies;
}

// Throws TransientError when the jobs may have been submitted.
Submission SlurmLauncher::failed(const Command& command, const CommandResult& result,
                                 const SlurmJobSettings& job) {
  Submission reply;
  reply.error = slurm_words(command, result);
  switch (classify_sbatch(result)) {
    case SbatchFailure::uncertain:
      throw TransientError("sbatch: " + reply.error);
    case SbatchFailure::limited:
    case SbatchFailure::too_large:
      array_size_ = std::max<std::size_t>(array_size_ / 2, 1);
      reply.is_transient = true;
      return reply;
    case SbatchFailure::not_now:
      reply.is_transient = true;
      return reply;
    case SbatchFailure::refused:
      break;
  }
  const auto key = refused_setting(reply.error, job);
  const auto place = key.empty() ? settings_.place : job.places.at(key);
  reply.error = "Slurm refuses the job: " + reply.error + " (" +
                (key.empty() ? "launcher '" + settings_.launcher + "'" : "'" + key + "'") + ", " +
                to_string(place) + ")";
  return reply;
}

std::vector<SlurmRow> SlurmLauncher::query(std::span<const JobRef> jobs) const {
  std::vector<SlurmRow> rows;
  const auto ids = ids_of(jobs);
  for (const auto& command : squeue_commands(settings_, ids)) {
    auto more = parse_slurm_rows(ask(command));
    rows.insert(rows.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
  }
  return rows;
}

// What has aged out of the controller's memory. No accounting, or one that does not answer now, is
// no error: the jobs are then unknown.
std::vector<SlurmRow> SlurmLauncher::query_accounting(std::span<const std::string> ids) {
  std::vector<SlurmRow> rows;
  if (ids.empty()) return rows;
  for (const auto& command : sacct_commands(settings_, ids)) {
    if (!has_accounting_) return rows;
    const auto result = run_command(command);
    if (!result.succeeded()) {
      if (has_no_accounting(result)) has_accounting_ = false;
      continue;
    }
    auto more = parse_slurm_rows(result.out);
    rows.insert(rows.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
  }
  return rows;
}

std::vector<JobStatus> SlurmLauncher::poll(std::span<const JobRef> jobs) {
  const auto rows = query(jobs);
  const auto known = by_id(rows);
  std::vector<std::string> aged;
  for (const auto& job : jobs) {
    if (!job.id.empty() && row_of(known, job) == nullptr) aged.push_back(job.id);
  }
  const auto old_rows = query_accounting(aged);
  const auto old = by_id(old_rows);
  std::vector<JobStatus> statuses;
  std::vector<std::string> stuck;
  for (const auto& job : jobs) {
    JobStatus status;
    if (const auto* row = row_of(known, job)) {
      status = slurm_job_status(*row, SlurmSource::squeue);
      if (is_stuck(*row)) {
        stuck.push_back(job.id);
        status.state = JobState::ended;
        status.end = JobEnd{EndKind::launch_failed, -1, 0, row->reason};
      }
    } else if (const auto* aged_row = row_of(old, job)) {
      status = slurm_job_status(*aged_row, SlurmSource::sacct);
    }
    status.id = job.id;
    statuses.push_back(std::move(status));
  }
  // What nobody would ever run must not stay in the queue once its test has ended.
  cancel_ids(stuck);
  return statuses;
}

void SlurmLauncher::cancel_ids(std::span<const std::string> ids) const {
  if (ids.empty()) return;
  for (const auto& command : scancel_commands(settings_, ids)) {
    const auto result = run_command(command);
    // An id that is gone by now is no error, even to scancel.
    const auto* exited = std::get_if<Exited>(&result.end);
    const bool is_answered = exited != nullptr && exited->code <= 1;
    if (!is_answered) throw TransientError(slurm_words(command, result));
  }
}

// By ids that are still those jobs': another's job that was given an id anew is not cancelled.
void SlurmLauncher::cancel(std::span<const JobRef> jobs) {
  if (ids_of(jobs).empty()) return;
  const auto rows = query(jobs);
  const auto known = by_id(rows);
  std::vector<std::string> ids;
  for (const auto& job : jobs) {
    const auto* row = row_of(known, job);
    if (row == nullptr) continue;
    const auto* state = find_slurm_state(row->state);
    if (state == nullptr || state->phase != SlurmPhase::ended) ids.push_back(job.id);
  }
  cancel_ids(ids);
}

std::vector<std::string> SlurmLauncher::find(std::span<const std::string> tokens) {
  std::vector<std::string> ids(tokens.size());
  const auto note = [&](const std::vector<SlurmRow>& rows) {
    for (const auto& row : rows) {
      for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (ids[i].empty() && is_slurm_name_of(row.name, tokens[i])) ids[i] = array_id_of(row.id);
      }
    }
  };
  note(parse_slurm_rows(ask(squeue_user_command(settings_, ::getuid()))));
  const bool is_complete =
      std::none_of(ids.begin(), ids.end(), [](const std::string& id) { return id.empty(); });
  if (is_complete || !has_accounting_) return ids;
  const auto result = run_command(sacct_user_command(settings_, ::getuid()));
  if (result.succeeded()) {
    note(parse_slurm_rows(result.out));
  } else if (has_no_accounting(result)) {
    has_accounting_ = false;
  }
  return ids;
}

}  // namespace assay
