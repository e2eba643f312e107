#include "launch/local.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "base/text.h"
#include "launch/gpu_grant.h"
#include "launch/local_script.h"

namespace assay {

namespace {

std::optional<std::string> environment_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// Whether nobody holds the GPU now. The supervisor takes the lock; this only prefers idle GPUs.
bool is_free(const std::string& lock) { return try_lock_gpus({lock}).has_value(); }

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

[[noreturn]] void reject(const LauncherConfig& config, const Value& value,
                         const std::string& message) {
  throw InputError({config.place.file, value.line, value.column},
                   "launcher '" + config.name + "': " + message);
}

std::string read_container(const LauncherConfig& config, const Value& value) {
  const std::vector<std::string> known{"podman", "docker", "auto", "none"};
  for (const auto& name : known) {
    if (value.text == name) return name == "none" ? std::string{} : name;
  }
  reject(config, value,
         "unknown container runtime '" + value.rendered() + "'" + did_you_mean(value.text, known) +
             " (known: " + join(known, ", ") + ")");
}

// The runtime that a setting means on this machine; nothing when it is not there.
std::optional<std::string> find_container(const std::string& setting) {
  for (const auto* name : {"podman", "docker"}) {
    if ((setting == "auto" || setting == name) && find_program(name)) return name;
  }
  return std::nullopt;
}

// How many tasks per node the workload asks for.
std::string tasks_per_node(const Workload& workload) {
  const auto* value = workload.settings.find("ntasks_per_node");
  return value == nullptr || value->is_null() ? "1" : value->rendered();
}

Submission cannot_run(std::string reason) {
  Submission reply;
  reply.error = std::move(reason);
  reply.cannot_run = true;
  return reply;
}

Submission failed(std::string reason) {
  Submission reply;
  reply.error = std::move(reason);
  return reply;
}

}  // namespace

LocalLauncher::LocalLauncher(const LauncherConfig& config)
    : name_(config.name), events_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!events_.is_open()) throw Error(std::string("cannot watch jobs: ") + std::strerror(errno));
  for (const auto& [key, value] : config.settings.entries) {
    if (key == "container") {
      container_ = read_container(config, value);
    } else if (key == "kill_grace") {
      const auto seconds = parse_number(value.text);
      if (!seconds || *seconds < 0 || *seconds > 86400) {
        reject(config, value, "kill_grace is a number of seconds");
      }
      kill_grace_ = std::chrono::milliseconds(static_cast<long long>(*seconds * 1000));
    }
  }
}

std::vector<Submission> LocalLauncher::submit(std::span<const Workload> workloads,
                                              const std::string& /*batch_token*/) {
  std::vector<Submission> replies;
  for (const auto& workload : workloads) replies.push_back(submit_one(workload));
  return replies;
}

Submission LocalLauncher::submit_one(const Workload& workload) {
  if (workload.nodes > 1) {
    return cannot_run("needs " + std::to_string(workload.nodes) + " nodes, and launcher '" + name_ +
                      "' is one machine");
  }
  if (const auto tasks = tasks_per_node(workload); tasks != "1") {
    return cannot_run("needs " + tasks + " tasks per node, and launcher '" + name_ +
                      "' runs one task");
  }
  std::string container;
  if (!container_.empty() && !workload.image.empty()) {
    const auto found = find_container(container_);
    if (!found) {
      return cannot_run("needs a container runtime, and there is no " +
                        (container_ == "auto" ? "podman or docker" : container_) + " here");
    }
    container = *found;
  }
  const auto shell = workload.shell.substr(0, workload.shell.find(' '));
  if (container.empty() && !find_program(shell)) return failed("no such shell: " + shell);

  Submission reply;
  try {
    auto answer = grant_gpus(workload.gpus_per_node, environment_variable, detect_gpus, is_free);
    if (const auto* refusal = std::get_if<GpuRefusal>(&answer)) {
      return refusal->is_skip ? cannot_run(refusal->reason) : failed(refusal->reason);
    }
    auto& grant = std::get<GpuGrant>(answer);
    const LocalScript script{&workload, grant.environment, grant.gpus, container};
    write_file_atomically(workload.directory / "job.sh", local_job_script(script), 0755);
    if (!workload.script_setup.empty()) {
      write_file_atomically(workload.directory / "setup.sh", workload.script_setup);
    }
    start(workload, container, std::move(grant.gpus), std::move(grant.locks), reply);
  } catch (const TransientError& error) {
    reply.error = error.what();
    reply.is_transient = true;
  } catch (const Error& error) {
    reply.error = error.what();
  }
  return reply;
}

void LocalLauncher::start(const Workload& workload, const std::string& container,
                          std::vector<Gpu> gpus, std::vector<std::string> locks,
                          Submission& reply) {
  SupervisedJob supervised;
  supervised.directory = workload.directory;
  supervised.token = workload.token;
  supervised.time_limit = workload.time_limit;
  supervised.grace = kill_grace_;
  supervised.gpu_locks = std::move(locks);
  if (!container.empty()) supervised.container_end = container_end_command(container, workload);
  auto supervisor = start_supervisor(supervised);

  reply.job_id = std::to_string(supervisor.pid);
  Job job;
  job.socket = std::move(supervisor.socket);
  job.token = workload.token;
  job.status.id = reply.job_id;
  job.status.state = JobState::pending;
  job.status.nodes = {host_name()};
  job.status.gpus = std::move(gpus);
  epoll_event event{};
  event.events = EPOLLIN;
  if (::epoll_ctl(events_.get(), EPOLL_CTL_ADD, job.socket.get(), &event) != 0) {
    throw Error(std::string("cannot watch a job: ") + std::strerror(errno));
  }
  jobs_[reply.job_id] = std::move(job);
}

std::vector<JobStatus> LocalLauncher::poll(std::span<const JobRef> jobs) {
  std::vector<JobStatus> statuses;
  for (const auto& job : jobs) {
    const auto found = jobs_.find(job.id);
    if (found == jobs_.end()) {
      JobStatus unknown;
      unknown.id = job.id;
      statuses.push_back(std::move(unknown));
      continue;
    }
    read_messages(found->second);
    statuses.push_back(found->second.status);
  }
  return statuses;
}

void LocalLauncher::read_messages(Job& job) {
  while (job.socket.is_open()) {
    SupervisorMessage message;
    const auto count = ::recv(job.socket.get(), &message, sizeof message, MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count == sizeof message) {
      apply(message, job.status);
      continue;
    }
    // The supervisor is gone; its last packet was `ended`, unless something killed it.
    job.socket.reset();
    if (job.status.state == JobState::ended) return;
    kill_by_token(job.token);
    job.status.state = JobState::ended;
    job.status.ended = now();
    job.status.end = JobEnd{EndKind::lost, -1, 0, "its supervisor was killed"};
  }
}

void LocalLauncher::apply(const SupervisorMessage& message, JobStatus& status) {
  const TimePoint time{std::chrono::milliseconds(message.time)};
  switch (message.kind) {
    case SupervisorMessage::Kind::waiting:
      status.reason = message.reason;
      return;
    case SupervisorMessage::Kind::started:
      status.state = JobState::running;
      status.reason.clear();
      status.started = time;
      return;
    case SupervisorMessage::Kind::ended:
      status.state = JobState::ended;
      status.ended = time;
      status.end = JobEnd{message.end, message.exit_code, message.signal, message.reason};
      status.cpu_seconds = message.cpu_seconds;
      status.peak_memory_bytes = message.peak_memory_bytes;
      return;
  }
}

void LocalLauncher::cancel(std::span<const JobRef> jobs) {
  for (const auto& job : jobs) {
    const auto found = jobs_.find(job.id);
    if (found == jobs_.end() || !found->second.socket.is_open()) continue;
    const char request = 'c';
    ::send(found->second.socket.get(), &request, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
}

}  // namespace assay
