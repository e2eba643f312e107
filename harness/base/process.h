// Commands run to their end, and processes told apart.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace assay {

struct Command {
  std::vector<std::string> arguments;  // the first is the program: a path, or looked up in PATH
  std::vector<std::pair<std::string, std::string>> environment{};  // added to this process's own
  std::filesystem::path directory{};                               // empty: this process's own
  std::string input{};  // standard input; empty: /dev/null
  std::chrono::milliseconds time_limit{std::chrono::seconds(60)};
  std::size_t output_limit_bytes = std::size_t{64} << 20U;  // of stdout and stderr together
};

// Every way in which a command can end.
struct Exited {
  int code = 0;
};
struct Signaled {
  int signal = 0;
};
struct TimedOut {
  std::chrono::milliseconds limit{};
};
struct TooMuchOutput {
  std::size_t limit_bytes = 0;
};
struct NotStarted {
  std::string reason;      // "no such program"
  bool is_absent = false;  // the program is not there at all
};
using CommandEnd = std::variant<Exited, Signaled, TimedOut, TooMuchOutput, NotStarted>;

struct CommandResult {
  CommandEnd end;
  std::string out;
  std::string err;

  bool succeeded() const;  // exited with 0
};

// Runs the command in a process group of its own and waits for its end; after the time or output
// limit the group is ended. Output that a process left behind still holds open is not waited for.
// Never throws for what the command does.
CommandResult run_command(const Command& command);

// "sbatch: exit code 1: invalid partition" (the last line of its stderr, where it wrote one).
std::string describe(const Command& command, const CommandResult& result);

// The program's path when it is executable or on PATH; nothing otherwise.
std::optional<std::filesystem::path> find_program(const std::string& name);

// A process, as /proc/PID/stat has it. A pid is used again; pid and start time together are not.
struct ProcessInfo {
  pid_t pid = 0;
  pid_t parent = 0;
  char state = '?';                    // 'Z': ended, not yet waited for
  unsigned long long start_ticks = 0;  // since boot
  std::string name;                    // the program's, 15 letters at most

  bool is_same(const ProcessInfo& other) const {
    return pid == other.pid && start_ticks == other.start_ticks;
  }
};

// Nothing when there is no such process.
std::optional<ProcessInfo> process_info(pid_t pid);

// The text of /proc/PID/stat; nothing when it is none.
std::optional<ProcessInfo> parse_process_stat(std::string_view text);

// All processes that this one can see.
std::vector<ProcessInfo> all_processes();

// Those of `processes` that descend from `ancestor`, itself left out.
std::vector<ProcessInfo> descendants_of(pid_t ancestor, const std::vector<ProcessInfo>& processes);

// The nearest ancestor of this process whose program is called `name`.
std::optional<ProcessInfo> find_ancestor(std::string_view name);

// Whose process this is, by the user database; the number of a user that it does not have.
std::string account_name();

}  // namespace assay
