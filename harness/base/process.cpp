#include "base/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/env.hpp>
#include <boost/process/environment.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>
#include <boost/process/posix.hpp>
#include <boost/process/start_dir.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace assay {

namespace {

namespace bp = boost::process;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds k_term_grace{1000};

[[noreturn]] void fail(const char* what) {
  throw Error(std::string(what) + ": " + std::strerror(errno));
}

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("cannot make a pipe");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// Standard input as a file in memory: no writer that could block or meet a closed pipe.
Descriptor input_file(const std::string& input) {
  if (input.empty()) return Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Descriptor file(::memfd_create("input", MFD_CLOEXEC));
  if (!file.is_open()) fail("cannot make a file in memory");
  for (std::size_t done = 0; done < input.size();) {
    const auto count = ::write(file.get(), input.data() + done, input.size() - done);
    if (count < 0) fail("cannot write a file in memory");
    done += static_cast<std::size_t>(count);
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

// What a child does between fork and exec: a group of its own, signals as a program expects them.
void prepare_child() {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
}

struct Started {
  pid_t pid = 0;
  Descriptor out;
  Descriptor err;
};

Started start(const Command& command, const std::filesystem::path& program) {
  const auto input = input_file(command.input);
  auto out = make_pipe();
  auto err = make_pipe();
  bp::environment environment = boost::this_process::environment();
  // Not by operator[], which (in Boost 1.74) reads beyond variables shorter than the name.
  for (const auto& [name, value] : command.environment) environment.set(name, value);
  const std::vector<std::string> arguments(command.arguments.begin() + 1, command.arguments.end());
  const auto directory =
      command.directory.empty() ? std::filesystem::current_path() : command.directory;
  bp::child child(
      bp::exe = program.string(), bp::args = arguments, environment,
      bp::start_dir = directory.string(), bp::posix::fd.bind(0, input.get()),
      bp::posix::fd.bind(1, out.write.get()), bp::posix::fd.bind(2, err.write.get()),
      bp::extend::on_exec_setup = [](auto&) { prepare_child(); });
  const pid_t pid = child.id();
  child.detach();
  return {pid, std::move(out.read), std::move(err.read)};
}

// Reads what is there now. False at the end of the stream.
bool read_some(int fd, std::string& into) {
  std::array<char, 65536> buffer{};
  const auto count = ::read(fd, buffer.data(), buffer.size());
  if (count > 0) into.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
}

class Conversation {
 public:
  Conversation(Started started, const Command& command)
      : started_(std::move(started)),
        command_(command),
        deadline_(Clock::now() + command.time_limit),
        process_(static_cast<int>(::syscall(SYS_pidfd_open, started_.pid, 0))) {}

  CommandResult finish() {
    if (!process_.is_open()) fail("cannot watch a process");
    std::optional<CommandEnd> cut = read_until_end();
    if (cut) end_group();
    int status = 0;
    while (::waitpid(started_.pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (cut) {
      result_.end = *cut;
    } else if (WIFSIGNALED(status)) {
      result_.end = Signaled{WTERMSIG(status)};
    } else {
      result_.end = Exited{WEXITSTATUS(status)};
    }
    return std::move(result_);
  }

 private:
  std::size_t output_bytes() const { return result_.out.size() + result_.err.size(); }

  // Nothing when the process has ended by itself.
  std::optional<CommandEnd> read_until_end() {
    for (;;) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
      if (left.count() <= 0) return TimedOut{command_.time_limit};
      std::array<pollfd, 3> waits{pollfd{started_.out.get(), POLLIN, 0},
                                  pollfd{started_.err.get(), POLLIN, 0},
                                  pollfd{process_.get(), POLLIN, 0}};
      const int ready = ::poll(waits.data(), waits.size(),
                               static_cast<int>(std::min<long long>(left.count() + 1, 1 << 30)));
      if (ready < 0 && errno != EINTR) fail("cannot wait for a process");
      if (ready <= 0) continue;
      if (waits[0].revents != 0 && !read_some(started_.out.get(), result_.out)) {
        started_.out.reset();
      }
      if (waits[1].revents != 0 && !read_some(started_.err.get(), result_.err)) {
        started_.err.reset();
      }
      if (output_bytes() > command_.output_limit_bytes) {
        return TooMuchOutput{command_.output_limit_bytes};
      }
      if (waits[2].revents != 0 && waits[0].revents == 0 && waits[1].revents == 0) {
        return std::nullopt;
      }
    }
  }

  void end_group() {
    ::kill(-started_.pid, SIGTERM);
    pollfd wait{process_.get(), POLLIN, 0};
    ::poll(&wait, 1, static_cast<int>(k_term_grace.count()));
    ::kill(-started_.pid, SIGKILL);
  }

  Started started_;
  const Command& command_;
  Clock::time_point deadline_;
  Descriptor process_;
  CommandResult result_{};
};

std::string last_line(std::string_view text) {
  text = trim(text);
  const auto begin = text.rfind('\n');
  return valid_utf8(begin == std::string_view::npos ? text : trim(text.substr(begin + 1)));
}

std::string describe_end(const CommandEnd& end) {
  struct Visitor {
    std::string operator()(const Exited& e) { return "exit code " + std::to_string(e.code); }
    std::string operator()(const Signaled& e) {
      return "killed by signal " + std::to_string(e.signal);
    }
    std::string operator()(const TimedOut& e) {
      return "no answer within " + std::to_string(e.limit.count()) + " ms";
    }
    std::string operator()(const TooMuchOutput& e) {
      return "more than " + std::to_string(e.limit_bytes) + " bytes of output";
    }
    std::string operator()(const NotStarted& e) { return "could not be started: " + e.reason; }
  };
  return std::visit(Visitor{}, end);
}

}  // namespace

bool CommandResult::succeeded() const {
  const auto* exited = std::get_if<Exited>(&end);
  return exited != nullptr && exited->code == 0;
}

CommandResult run_command(const Command& command) {
  if (command.arguments.empty()) throw Error("a command needs a program");
  const auto program = find_program(command.arguments.front());
  if (!program) return {NotStarted{"no such program", true}, {}, {}};
  std::error_code ignored;
  if (!command.directory.empty() && !std::filesystem::is_directory(command.directory, ignored)) {
    return {NotStarted{"no such directory: " + command.directory.string(), false}, {}, {}};
  }
  std::optional<Started> started;
  try {
    started = start(command, *program);
  } catch (const bp::process_error& error) {
    return {NotStarted{error.code().message(), false}, {}, {}};
  }
  return Conversation(std::move(*started), command).finish();
}

std::string describe(const Command& command, const CommandResult& result) {
  const auto program = std::filesystem::path(command.arguments.front()).filename().string();
  const auto detail = last_line(result.err);
  return program + ": " + describe_end(result.end) + (detail.empty() ? "" : ": " + detail);
}

std::optional<std::filesystem::path> find_program(const std::string& name) {
  const auto is_program = [](const std::filesystem::path& path) {
    std::error_code ignored;
    return ::access(path.c_str(), X_OK) == 0 && !std::filesystem::is_directory(path, ignored);
  };
  if (name.find('/') != std::string::npos) {
    if (is_program(name)) return name;
    return std::nullopt;
  }
  const char* path = std::getenv("PATH");
  for (const auto& directory : split(path == nullptr ? "/usr/bin:/bin" : path, ':')) {
    const auto candidate = std::filesystem::path(directory.empty() ? "." : directory) / name;
    if (!name.empty() && is_program(candidate)) return candidate;
  }
  return std::nullopt;
}

std::optional<ProcessInfo> parse_process_stat(std::string_view text) {
  // "pid (name) state ppid ... starttime ...": the name may hold blanks and parentheses (proc(5)).
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return std::nullopt;
  }
  const auto fields = split(trim(text.substr(close + 1)), ' ');
  constexpr std::size_t k_state = 0;
  constexpr std::size_t k_parent = 1;
  constexpr std::size_t k_start = 19;
  if (fields.size() <= k_start || fields[k_state].empty()) return std::nullopt;
  const auto pid = parse_integer(trim(text.substr(0, open)));
  const auto parent = parse_integer(fields[k_parent]);
  const auto ticks = parse_integer(fields[k_start]);
  if (!pid || !parent || !ticks) return std::nullopt;
  return ProcessInfo{static_cast<pid_t>(*pid), static_cast<pid_t>(*parent), fields[k_state][0],
                     static_cast<unsigned long long>(*ticks),
                     std::string(text.substr(open + 1, close - open - 1))};
}

std::optional<ProcessInfo> process_info(pid_t pid) {
  // Read in one go without an exception: processes end while they are looked at.
  const auto path = "/proc/" + std::to_string(pid) + "/stat";
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return std::nullopt;
  std::array<char, 4096> buffer{};
  const auto count = ::read(file.get(), buffer.data(), buffer.size());
  if (count <= 0) return std::nullopt;
  return parse_process_stat({buffer.data(), static_cast<std::size_t>(count)});
}

std::vector<ProcessInfo> all_processes() {
  DIR* directory = ::opendir("/proc");
  if (directory == nullptr) fail("cannot read /proc");
  std::vector<ProcessInfo> processes;
  while (const dirent* entry = ::readdir(directory)) {
    const auto pid = parse_integer(entry->d_name);
    if (!pid) continue;
    if (auto info = process_info(static_cast<pid_t>(*pid))) processes.push_back(std::move(*info));
  }
  ::closedir(directory);
  return processes;
}

std::vector<ProcessInfo> descendants_of(pid_t ancestor, const std::vector<ProcessInfo>& processes) {
  std::multimap<pid_t, const ProcessInfo*> children;
  for (const auto& process : processes) children.emplace(process.parent, &process);
  std::vector<ProcessInfo> found;
  std::vector<pid_t> todo{ancestor};
  while (!todo.empty()) {
    const auto [begin, end] = children.equal_range(todo.back());
    todo.pop_back();
    for (auto child = begin; child != end; ++child) {
      found.push_back(*child->second);
      todo.push_back(child->second->pid);
    }
  }
  return found;
}

std::optional<ProcessInfo> find_ancestor(std::string_view name) {
  auto current = process_info(::getppid());
  while (current && current->name != name) {
    if (current->parent <= 0) return std::nullopt;
    current = process_info(current->parent);
  }
  return current;
}

std::string account_name() {
  const auto* entry = ::getpwuid(::getuid());
  return entry == nullptr ? std::to_string(::getuid()) : entry->pw_name;
}

}  // namespace assay
