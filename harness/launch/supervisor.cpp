#include "launch/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "launch/exit_file.h"
#include "launch/gpu_grant.h"

namespace assay {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds k_lock_interval{200};
constexpr milliseconds k_kill_interval{20};
constexpr milliseconds k_kill_patience{10'000};   // then a process counts as unkillable
constexpr milliseconds k_leftover_grace{1'000};   // for what outlives the job's main process
constexpr milliseconds k_abandoned_grace{2'000};  // for a job whose driver is gone
constexpr std::chrono::seconds k_container_patience{60};

// The kernel's count of processes that it killed for want of memory, on this machine.
long long oom_kills() {
  const auto text = read_file_if_exists("/proc/vmstat").value_or("");
  const auto at = text.find("\noom_kill ");
  return at == std::string::npos ? 0 : std::atoll(text.c_str() + at + 10);
}

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void put_on(int target, const char* path, int flags) {
  const int fd = ::open(path, flags, 0644);
  if (fd < 0) ::_exit(126);
  if (fd != target) {
    ::dup2(fd, target);
    ::close(fd);
  }
}

class Supervision {
 public:
  Supervision(const SupervisedJob& job, Descriptor socket, Descriptor signals)
      : job_(job), socket_(std::move(socket)), signals_(std::move(signals)) {}

  void run() {
    try {
      if (!take_locks()) return;
      start_job();
      report(watch());
    } catch (const std::exception& error) {
      end_descendants(milliseconds(0));
      SupervisorMessage message = message_of(EndKind::lost, error.what());
      report(message);
    }
  }

 private:
  // Why watching ended.
  enum class Event { main_ended, time_limit, cancelled, abandoned };

  static SupervisorMessage message_of(EndKind end, std::string_view reason) {
    SupervisorMessage message;
    message.kind = SupervisorMessage::Kind::ended;
    message.end = end;
    set_reason(message, reason);
    return message;
  }

  static void set_reason(SupervisorMessage& message, std::string_view reason) {
    reason = reason.substr(0, sizeof message.reason - 1);
    std::copy(reason.begin(), reason.end(), message.reason);
    message.reason[reason.size()] = '\0';
  }

  void report(SupervisorMessage message) const {
    if (message.time == 0) message.time = now().time_since_epoch().count();
    ::send(socket_.get(), &message, sizeof message, MSG_NOSIGNAL);  // a driver may be gone
  }

  // Waits for a signal or the driver. True when there is something to look at.
  bool wait(milliseconds limit) const {
    std::array<pollfd, 2> waits{pollfd{socket_.get(), POLLIN, 0},
                                pollfd{signals_.get(), POLLIN, 0}};
    return ::poll(waits.data(), waits.size(), static_cast<int>(limit.count())) > 0;
  }

  // What the driver or a signal asks for.
  std::optional<Event> requested() {
    char byte = 0;
    const auto count = ::recv(socket_.get(), &byte, 1, MSG_DONTWAIT);
    if (count == 0) return Event::abandoned;
    if (count > 0) return Event::cancelled;
    signalfd_siginfo info{};
    std::optional<Event> event;
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
      if (info.ssi_signo != SIGCHLD) event = Event::cancelled;
    }
    return event;
  }

  bool take_locks() {
    bool told = false;
    for (;;) {
      if (auto locks = try_lock_gpus(job_.gpu_locks)) {
        locks_ = std::move(*locks);
        return true;
      }
      if (!told) {
        SupervisorMessage message;
        set_reason(message, "waiting for a GPU that another run holds");
        report(message);
        told = true;
      }
      wait(k_lock_interval);
      const auto event = requested();
      if (event == Event::abandoned) return false;
      if (event) {
        report(message_of(EndKind::cancelled, "while it waited for a GPU"));
        return false;
      }
    }
  }

  void start_job() {
    oom_kills_before_ = oom_kills();
    const pid_t supervisor = ::getpid();
    main_ = ::fork();
    if (main_ < 0) throw Error(std::string("cannot start a process: ") + std::strerror(errno));
    if (main_ == 0) exec_job(supervisor);
    started_ = Clock::now();
    SupervisorMessage message;
    message.kind = SupervisorMessage::Kind::started;
    report(message);
  }

  [[noreturn]] void exec_job(pid_t supervisor) const {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != supervisor) ::_exit(126);
    if (::chdir(job_.directory.c_str()) != 0) ::_exit(126);
    put_on(STDIN_FILENO, "/dev/null", O_RDONLY);
    put_on(STDOUT_FILENO, "stdout.log", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
    put_on(STDERR_FILENO, "stderr.log", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
    ::setenv(k_token_variable, job_.token.c_str(), 1);
    reset_signals();
    ::execl("/bin/sh", "sh", job_.script.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }

  // Reaps what has ended. True when no descendant is left: orphans become this process's children.
  bool reap() {
    for (;;) {
      int status = 0;
      const pid_t pid = ::waitpid(-1, &status, WNOHANG);
      if (pid < 0 && errno == EINTR) continue;
      if (pid <= 0) return pid < 0;
      if (pid == main_) {
        main_status_ = status;
        main_ended_ = now();
      }
    }
  }

  SupervisorMessage watch() {
    for (;;) {
      milliseconds left{-1};
      if (job_.time_limit.count() > 0) {
        left = std::chrono::ceil<milliseconds>(started_ + job_.time_limit - Clock::now());
        if (left.count() <= 0) return finish(Event::time_limit);
        left = std::min(left, milliseconds(1 << 30));
      }
      wait(left);
      const auto event = requested();
      const bool all_ended = reap();
      if (main_status_) {
        if (all_ended) return described(Event::main_ended, 0);
        return finish(Event::main_ended);
      }
      if (event) return finish(*event);
    }
  }

  SupervisorMessage finish(Event event) {
    const auto leftovers = event == Event::main_ended ? count_descendants() : 0;
    const auto grace = event == Event::main_ended  ? std::min(job_.grace, k_leftover_grace)
                       : event == Event::abandoned ? std::min(job_.grace, k_abandoned_grace)
                                                   : job_.grace;
    end_descendants(grace);
    return described(event, leftovers);
  }

  SupervisorMessage described(Event event, int leftovers) {
    SupervisorMessage message = message_of(EndKind::cancelled, {});
    if (event == Event::time_limit) {
      message.end = EndKind::timed_out;
      set_reason(message, "after " + format_duration(job_.time_limit));
    } else if (event == Event::main_ended) {
      describe_main(message);
      if (leftovers > 0) {
        set_reason(message, "left " + std::to_string(leftovers) +
                                (leftovers == 1 ? " process" : " processes") +
                                " behind, which Assay ended");
      }
    }
    if (!unkillable_.empty()) set_reason(message, unkillable_);
    rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    message.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    message.peak_memory_bytes = static_cast<long long>(usage.ru_maxrss) * 1024;
    message.time = main_ended_.value_or(now()).time_since_epoch().count();
    return message;
  }

  void describe_main(SupervisorMessage& message) const {
    const int status = *main_status_;
    const auto end = WIFSIGNALED(status) ? end_of_status(128 + WTERMSIG(status))
                                         : end_of_status(WEXITSTATUS(status));
    message.end = end.kind;
    message.exit_code = end.exit_code;
    message.signal = end.signal;
    if (end.kind == EndKind::signaled && end.signal == SIGKILL && oom_kills() > oom_kills_before_) {
      message.end = EndKind::out_of_memory;
      set_reason(message, "the kernel killed a process for want of memory");
    }
  }

  static int count_descendants() {
    const auto found = descendants_of(::getpid(), all_processes());
    return static_cast<int>(std::count_if(found.begin(), found.end(),
                                          [](const ProcessInfo& p) { return p.state != 'Z'; }));
  }

  static void signal_descendants(int signal) {
    for (const auto& process : descendants_of(::getpid(), all_processes())) {
      // Descendants that ended since leave their pid free for others: the start time tells.
      const auto current = process_info(process.pid);
      if (current && current->is_same(process)) ::kill(process.pid, signal);
    }
  }

  // Waits until all have ended or the time is over.
  bool wait_for_all(milliseconds limit) {
    const auto deadline = Clock::now() + limit;
    for (;;) {
      if (reap()) return true;
      const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
      if (left.count() <= 0) return false;
      pollfd wait{signals_.get(), POLLIN, 0};
      ::poll(&wait, 1, static_cast<int>(std::min(left, milliseconds(1 << 30)).count()));
      signalfd_siginfo info{};
      while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
      }
    }
  }

  void end_descendants(milliseconds grace) {
    if (grace.count() > 0) {
      signal_descendants(SIGTERM);
      signal_descendants(SIGCONT);
    }
    const bool all_ended = wait_for_all(grace);
    end_container();
    if (all_ended) return;
    const auto patience = Clock::now() + k_kill_patience;
    do {
      signal_descendants(SIGKILL);
      if (wait_for_all(k_kill_interval)) return;
    } while (Clock::now() < patience);
    unkillable_ = std::to_string(count_descendants()) + " of its processes could not be ended";
  }

  void end_container() const {
    if (job_.container_end.empty()) return;
    Command command;
    command.arguments = job_.container_end;
    command.time_limit = k_container_patience;
    // Its answer says nothing: there may be no container any more, which is what is wanted.
    run_command(command);
  }

  const SupervisedJob& job_;
  Descriptor socket_;
  Descriptor signals_;
  std::vector<Descriptor> locks_;
  pid_t main_ = 0;
  Clock::time_point started_;
  std::optional<int> main_status_;
  std::optional<TimePoint> main_ended_;
  long long oom_kills_before_ = 0;
  std::string unkillable_;
};

// Blocks what the supervisor reads from a descriptor instead.
Descriptor watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return Descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

// The supervisor's whole life. It holds nothing of the driver's: ctest waits for every holder of
// its pipe, and other jobs' sockets would hide their drivers' end.
[[noreturn]] void supervise(const SupervisedJob& job, int socket) {
  ::setsid();
  ::prctl(PR_SET_NAME, "assay-job");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  put_on(STDIN_FILENO, "/dev/null", O_RDWR);
  put_on(STDOUT_FILENO, "/dev/null", O_RDWR);
  put_on(STDERR_FILENO, "/dev/null", O_RDWR);
  ::dup2(socket, 3);
  ::close_range(4, ~0U, 0);
  ::fcntl(3, F_SETFD, FD_CLOEXEC);
  reset_signals();
  ::signal(SIGPIPE, SIG_IGN);
  if (::chdir("/") != 0) ::_exit(126);
  const pid_t self = ::getpid();
  ::send(3, &self, sizeof self, MSG_NOSIGNAL);
  Supervision(job, Descriptor(3), watched_signals()).run();
  ::_exit(0);
}

[[noreturn]] void fail(const char* what) {
  throw TransientError(std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

Supervisor start_supervisor(const SupervisedJob& job) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    fail("cannot make a socket");
  }
  Descriptor ours(ends[0]);
  Descriptor theirs(ends[1]);
  const pid_t middle = ::fork();
  if (middle < 0) fail("cannot start a process");
  if (middle == 0) {
    // Forks again and ends: the supervisor's parent is then no process of this test.
    const pid_t supervisor = ::fork();
    if (supervisor == 0) supervise(job, theirs.get());
    ::_exit(supervisor > 0 ? 0 : 1);
  }
  theirs.reset();
  int status = 0;
  while (::waitpid(middle, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) throw TransientError("cannot start a process");
  Supervisor started;
  ssize_t count = 0;
  do {
    count = ::recv(ours.get(), &started.pid, sizeof started.pid, 0);
  } while (count < 0 && errno == EINTR);
  if (count != sizeof started.pid) throw TransientError("a supervisor ended as it started");
  started.socket = std::move(ours);
  return started;
}

int kill_by_token(const std::string& token) {
  const auto marker = std::string(k_token_variable) + "=" + token;
  int count = 0;
  for (const auto& process : all_processes()) {
    if (process.pid == ::getpid()) continue;
    std::optional<std::string> environment;
    try {
      environment = read_file_if_exists("/proc/" + std::to_string(process.pid) + "/environ");
    } catch (const Error&) {
      continue;  // another user's, or ended just now: not this job's to end
    }
    const auto found = ('\0' + environment.value_or("")).find('\0' + marker + '\0');
    if (found == std::string::npos) continue;
    const auto current = process_info(process.pid);
    if (current && current->is_same(process) && ::kill(process.pid, SIGKILL) == 0) ++count;
  }
  return count;
}

}  // namespace assay
