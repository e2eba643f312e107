// What the local launcher's tests share: a directory for one attempt, and a job run to its end.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "launch/local.h"

namespace assay {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = std::filesystem::temp_directory_path() / "assay-test-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Polls until the condition holds; false after ten seconds.
inline bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

// The arguments of a process, each with its '\0'; empty where it has ended.
inline std::string command_line_of(int pid) {
  try {
    return read_file_if_exists("/proc/" + std::to_string(pid) + "/cmdline").value_or("");
  } catch (const Error&) {
    return {};  // it ended while it was read
  }
}

// How many living processes have `argument` among their arguments.
inline int processes_with_argument(const std::string& argument) {
  int count = 0;
  for (const auto& process : all_processes()) {
    if (process.state == 'Z') continue;
    const auto line = command_line_of(process.pid);
    if (('\0' + line).find('\0' + argument + '\0') != std::string::npos) ++count;
  }
  return count;
}

// A number of seconds to sleep that no other test uses, so that a process is found by it.
inline std::string unique_seconds() {
  static int counter = 0;
  return std::to_string(100000 + ::getpid() % 100000) + "." + std::to_string(1000 + ++counter);
}

inline LauncherConfig local_config(double kill_grace_seconds = 0.3) {
  LauncherConfig config;
  config.name = "local";
  config.type = "local";
  config.settings.kind = Value::Kind::map;
  config.settings.entries.emplace_back("kill_grace",
                                       Value::of_string(std::to_string(kill_grace_seconds)));
  return config;
}

inline Workload workload_in(const std::filesystem::path& directory, const std::string& script) {
  static int counter = 0;
  Workload workload;
  workload.key = "recipe/case";
  workload.name = "case";
  workload.token = "t" + std::to_string(::getpid()) + "x" + std::to_string(++counter);
  workload.directory = directory;
  workload.script = script;
  write_file_atomically(directory / "script.sh", script);
  return workload;
}

// One job at a time.
inline Submission submit_one(Launcher& launcher, const Workload& workload) {
  return launcher.submit(std::span(&workload, 1), workload.token).front();
}
inline JobStatus poll_one(Launcher& launcher, const std::string& id) {
  const JobRef job{id, {}, {}};
  return launcher.poll(std::span(&job, 1)).front();
}
inline void cancel_one(Launcher& launcher, const std::string& id) {
  const JobRef job{id, {}, {}};
  launcher.cancel(std::span(&job, 1));
}

// Waits on the launcher's descriptor as the driver does.
inline JobStatus wait_for_end(Launcher& launcher, const std::string& id) {
  for (int round = 0; round < 100; ++round) {
    auto status = poll_one(launcher, id);
    if (status.state == JobState::ended || status.state == JobState::unknown) return status;
    pollfd wait{launcher.event_fd(), POLLIN, 0};
    ::poll(&wait, 1, 10'000);
  }
  ADD_FAILURE() << "the job did not end";
  return {};
}

class LocalJob : public ::testing::Test {
 protected:
  JobStatus run(const Workload& workload) {
    const auto reply = submit_one(launcher_, workload);
    EXPECT_EQ(reply.error, "");
    if (reply.job_id.empty()) return {};
    return wait_for_end(launcher_, reply.job_id);
  }
  JobStatus run(const std::string& script) { return run(workload(script)); }

  Workload workload(const std::string& script) { return workload_in(directory(), script); }
  const std::filesystem::path& directory() const { return directory_.path(); }
  std::string file(const std::string& name) const { return read_file(directory() / name); }

  TemporaryDirectory directory_;
  LocalLauncher launcher_{local_config()};
};

}  // namespace assay
