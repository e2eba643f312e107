#include "launch/slurm.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/files.h"
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
    // slurmrestd cuts long lists of tasks that are still one record: "13_[2,4,6...]".
    if (row.id.find("...") != std::string::npos) found[array_id_of(row.id) + "_"] = &row;
  }
  return found;
}

// The row of a job; null when there is none, or its id is another job's by now.
const SlurmRow* row_of(const RowsById& rows, const JobRef& job) {
  auto found = rows.find(job.id);
  if (found == rows.end()) found = rows.find(job.id.substr(0, job.id.find('_') + 1));
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
      transport_(make_slurm_transport(settings_)),
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
      options = slurm_option_lines(
          slurm_common_options(job_settings(settings_, workloads[i]), workloads[i]));
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
  Written written;
  try {
    written = write_files(workloads, batch_token);
  } catch (const TransientError&) {
    throw;
  } catch (const Error& error) {
    Submission reply;
    reply.error = error.what();
    return for_all(workloads.size(), reply);
  }
  return submit_written(written, workloads);
}

// Everything is on disk before the submission: a job may start at once, and whoever looks for what
// a killed submitter left finds it.
SlurmLauncher::Written SlurmLauncher::write_files(std::span<const Workload> workloads,
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
    auto options = slurm_batch_options(job, first);
    write_file_atomically(script, slurm_batch_script(options, first), 0755);
    return {script, std::move(options)};
  }
  const auto directory = slurm_array_directory(workloads, batch_token);
  make_directories(directory);
  write_file_atomically(directory / "map", slurm_array_map(workloads));
  auto options = slurm_array_options(job, workloads, batch_token);
  write_file_atomically(script, slurm_array_script(options, workloads, batch_token), 0755);
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    make_link(directory / std::to_string(i), workloads[i].directory);
    if (i > 0) make_link(workloads[i].directory / k_slurm_batch_file, script);
  }
  return {script, std::move(options)};
}

std::vector<Submission> SlurmLauncher::submit_written(const Written& written,
                                                      std::span<const Workload> workloads) {
  const auto submitted = transport_->submit(written.script, written.options);
  const auto& id = submitted.id;
  if (id.empty()) {
    return for_all(workloads.size(), failed(submitted, job_settings(settings_, workloads.front())));
  }
  array_size_ = std::min(array_size_ * 2, settings_.array_size);
  std::vector<Submission> replies;
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    Submission reply;
    reply.job_id = workloads.size() == 1 ? id : id + "_" + std::to_string(i);
    replies.push_back(std::move(reply));
  }
  return replies;
}

// Throws TransientError when the jobs may have been submitted.
Submission SlurmLauncher::failed(const SubmitReply& submitted, const SlurmJobSettings& job) {
  Submission reply;
  reply.error = submitted.words;
  switch (submitted.failure) {
    case SubmitFailure::uncertain:
      throw TransientError("submitting: " + reply.error);
    case SubmitFailure::limited:
    case SubmitFailure::too_large:
      array_size_ = std::max<std::size_t>(array_size_ / 2, 1);
      reply.is_transient = true;
      return reply;
    case SubmitFailure::not_now:
      reply.is_transient = true;
      return reply;
    case SubmitFailure::refused:
      reply.error = "Slurm refuses the job: " + reply.error;
      break;
    case SubmitFailure::no_way:
      break;
  }
  const auto key = refused_setting(reply.error, job);
  const auto place = key.empty() ? settings_.place : job.places.at(key);
  reply.error += " (" + (key.empty() ? "launcher '" + settings_.launcher + "'" : "'" + key + "'") +
                 ", " + to_string(place) + ")";
  return reply;
}

// What has aged out of the controller's memory; without ids, all that accounting has of the user.
// Where it knows of nothing, the jobs are unknown.
std::vector<SlurmRow> SlurmLauncher::query_accounting(std::span<const std::string> ids) {
  if (!has_accounting_) return {};
  auto rows = transport_->accounting(ids);
  has_accounting_ = rows.has_value();
  return rows ? std::move(*rows) : std::vector<SlurmRow>{};
}

std::vector<JobStatus> SlurmLauncher::poll(std::span<const JobRef> jobs) {
  const auto ids = ids_of(jobs);
  const auto rows = ids.empty() ? std::vector<SlurmRow>{} : transport_->jobs(ids);
  const auto known = by_id(rows);
  std::vector<std::string> aged;
  for (const auto& job : jobs) {
    if (!job.id.empty() && row_of(known, job) == nullptr) aged.push_back(job.id);
  }
  const auto old_rows = aged.empty() ? std::vector<SlurmRow>{} : query_accounting(aged);
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
        status.end = JobEnd{EndKind::launch_failed, -1, 0, "it would never start: " + row->reason};
      }
    } else if (const auto* aged_row = row_of(old, job)) {
      status = slurm_job_status(*aged_row, SlurmSource::sacct);
    }
    status.id = job.id;
    statuses.push_back(std::move(status));
  }
  // What nobody would ever run must not stay in the queue once its test has ended.
  if (!stuck.empty()) transport_->cancel(stuck);
  return statuses;
}

// By ids that are still those jobs': another's job that was given an id anew is not cancelled.
void SlurmLauncher::cancel(std::span<const JobRef> jobs) {
  const auto asked = ids_of(jobs);
  if (asked.empty()) return;
  const auto rows = transport_->jobs(asked);
  const auto known = by_id(rows);
  std::vector<std::string> ids;
  for (const auto& job : jobs) {
    const auto* row = row_of(known, job);
    if (row == nullptr) continue;
    const auto* state = find_slurm_state(row->state);
    if (state == nullptr || state->phase != SlurmPhase::ended) ids.push_back(job.id);
  }
  if (!ids.empty()) transport_->cancel(ids);
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
  note(transport_->jobs({}));
  const bool is_complete =
      std::none_of(ids.begin(), ids.end(), [](const std::string& id) { return id.empty(); });
  if (!is_complete) note(query_accounting({}));
  return ids;
}

}  // namespace assay
