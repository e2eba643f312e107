#include "broker/start.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "broker/protocol.h"

namespace assay {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds k_start_limit{10};
constexpr std::chrono::seconds k_lock_limit{20};
constexpr std::chrono::milliseconds k_lock_pause{50};
constexpr std::chrono::milliseconds k_connect_pause{10};
constexpr int k_first_other_descriptor = 3;

[[noreturn]] void fail(const std::string& what) {
  throw TransientError("cannot start the broker: " + what + ": " + std::strerror(errno));
}

// The configuration travels as standard input: settings may be long, or secret.
Descriptor config_file(const LauncherConfig& config) {
  const auto bytes = encode_config(config);
  Descriptor file(::memfd_create("config", MFD_CLOEXEC));
  if (!file.is_open()) fail("no file in memory");
  if (::write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    fail("no file in memory");
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

// The new process holds nothing of its starter's: no terminal, no pipe that
// ctest waits for, no directory, none of its blocked signals.
[[noreturn]] void become_broker(int config, int null, const char* program, char* const* arguments) {
  if (::setsid() < 0) ::_exit(1);
  const auto child = ::fork();
  if (child != 0) ::_exit(child < 0 ? 1 : 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD}) ::signal(number, SIG_DFL);
  if (::chdir("/") != 0) ::_exit(1);
  ::dup2(config, STDIN_FILENO);
  ::dup2(null, STDOUT_FILENO);
  ::dup2(null, STDERR_FILENO);
  ::close_range(k_first_other_descriptor, ~0U, 0);
  ::execv(program, arguments);
  ::_exit(1);
}

void start(const LauncherConfig& config, const std::filesystem::path& program) {
  const auto input = config_file(config);
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.is_open()) fail("no /dev/null");
  auto path = program.string();
  std::string name = "assay";
  std::string command = "broker";
  std::string action = "serve";
  char* const arguments[] = {name.data(), command.data(), action.data(), nullptr};
  const auto child = ::fork();
  if (child < 0) fail("fork");
  if (child == 0) become_broker(input.get(), null.get(), path.c_str(), arguments);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) throw TransientError("cannot start the broker: no new process");
}

Descriptor lock_start(const std::filesystem::path& path) {
  Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.is_open()) fail(path.string());
  // Whoever holds it for so long starts a broker in vain; the caller must hear of signals, too.
  const auto until = Clock::now() + k_lock_limit;
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (Clock::now() >= until) fail("others have been starting it for long");
    std::this_thread::sleep_for(k_lock_pause);
  }
  return lock;
}

}  // namespace

std::filesystem::path own_program() {
  std::error_code code;
  const std::filesystem::path link("/proc/self/exe");
  const auto path = std::filesystem::read_symlink(link, code);
  // An executable that was replaced since is still there by that name.
  return code || !std::filesystem::exists(path, code) ? link : path;
}

Descriptor connect_or_start(const LauncherConfig& config, const BrokerPaths& paths,
                            const std::filesystem::path& program) {
  if (auto connection = connect_to(paths.socket); connection.is_open()) return connection;
  const auto lock = lock_start(paths.lock);
  if (auto connection = connect_to(paths.socket); connection.is_open()) return connection;
  start(config, program);
  const auto until = Clock::now() + k_start_limit;
  while (Clock::now() < until) {
    if (auto connection = connect_to(paths.socket); connection.is_open()) return connection;
    std::this_thread::sleep_for(k_connect_pause);
  }
  throw TransientError("the broker does not come up; its log is " + paths.log.string());
}

}  // namespace assay
