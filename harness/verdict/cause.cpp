#include "verdict/cause.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <csignal>

#include "base/text.h"
#include "verdict/log_lines.h"

namespace assay {

namespace {

constexpr int k_shell_signal_base = 128;
constexpr int k_exit_not_executable = 126;
constexpr int k_exit_not_found = 127;

// Everything that is worth a line by itself, and the starts of tracebacks.
constexpr auto k_errors =
    R"((?m)Traceback \(most recent call last\)|)"
    R"(CUDA (?:out of memory|error)|CUDA_ERROR_|cudaError[A-Z]|illegal memory access|)"
    R"(device-side assert|uncorrectable ECC|\bXid\b|HIP (?:out of memory|error)|)"
    R"(NCCL (?:WARN|ERROR|error)|NCCL operations have failed|Watchdog caught collective|)"
    R"(Segmentation fault|Bus error|core dumped|std::bad_alloc|terminate called|)"
    R"([Oo]ut of memory|\boom[-_]kill|RESOURCE_EXHAUSTED|)"
    R"(: command not found|: not found$|No such file or directory|Permission denied|)"
    R"(cannot open shared object|error while loading shared libraries|)"
    R"(Disk quota exceeded|No space left on device|Connection re(?:set|fused)|)"
    R"(^(?:\d+: )?(?:slurmstepd|srun): error:|\bassertion\b.*\bfailed\b|Assertion .* failed)";

constexpr auto k_any_error = R"((?mi)(?:^|[^\w-])(?:error|fatal|exception|failed)(?:[^\w-]|$)|)"
                             R"(^[a-z_][\w.]*(?:error|exception):)";

// What launchers put before a rank's line: "[rank3]: ", "3: ", "[1,0]<stderr>: ".
std::string_view without_rank(std::string_view line) {
  static const re2::RE2 k_rank(R"(^(?:\[[^\]]*\](?:<\w+>)?:? ?|\d+: ?)+)");
  re2::StringPiece rest(line.data(), line.size());
  re2::RE2::Consume(&rest, k_rank);
  return {rest.data(), rest.size()};
}

bool is_traceback(std::string_view line) {
  return line.find("Traceback (most recent call last)") != std::string_view::npos;
}

// Collects distinct errors; a traceback counts by the line that ends it.
class Errors {
 public:
  explicit Errors(std::size_t limit) : limit_(limit) {}

  void read(const std::filesystem::path& log, const re2::RE2& pattern) {
    name_ = log.filename().string();
    in_traceback_ = false;
    if (!is_full()) {
      visit_lines(log, pattern, [this](const LogLine& line) { return visit(line); });
    }
  }

  const std::vector<std::string>& lines() const { return lines_; }

 private:
  bool is_full() const { return lines_.size() >= limit_; }

  NextLine visit(const LogLine& line) {
    if (is_traceback(line.text)) {
      in_traceback_ = true;
      return NextLine::any;
    }
    const auto text = without_rank(line.text);
    const bool is_indented = text.empty() || text.front() == ' ' || text.front() == '\t';
    if (in_traceback_ && is_indented) return NextLine::any;
    in_traceback_ = false;
    add(line.number, text);
    return is_full() ? NextLine::none : NextLine::matching;
  }

  void add(std::int64_t number, std::string_view text) {
    auto line = readable_line(text);
    if (line.empty() || std::find(seen_.begin(), seen_.end(), line) != seen_.end()) return;
    lines_.push_back(fmt::format("{}:{}: {}", name_, number, line));
    seen_.push_back(std::move(line));
  }

  std::size_t limit_;
  std::string name_;
  bool in_traceback_ = false;
  std::vector<std::string> seen_;
  std::vector<std::string> lines_;
};

std::string meaning_of_signal(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "the program accessed memory it must not (SIGSEGV)";
    case SIGBUS:
      return "the program accessed memory that is not there, often a full /dev/shm (SIGBUS)";
    case SIGFPE:
      return "the program divided an integer by zero or the like (SIGFPE)";
    case SIGILL:
      return "the program was built for another processor, or jumped astray (SIGILL)";
    case SIGABRT:
      return "the program gave up by itself: a failed assertion or an uncaught exception (SIGABRT)";
    case SIGKILL:
      return "the program was killed, mostly by the kernel for want of memory (SIGKILL)";
    case SIGTERM:
      return "the program was told to end by somebody (SIGTERM)";
    case SIGINT:
      return "the program was interrupted by somebody (SIGINT)";
    case SIGPIPE:
      return "the program wrote to a pipe that nobody read (SIGPIPE)";
    default:
      return {};
  }
}

}  // namespace

std::string meaning_of(const JobEnd& end) {
  if (end.kind == EndKind::signaled) return meaning_of_signal(end.signal);
  if (end.kind == EndKind::out_of_memory) return "the job used more memory than it was given";
  if (end.kind == EndKind::timed_out) return "the job ran longer than its time limit";
  if (end.kind != EndKind::exited) return {};
  if (end.exit_code == k_exit_not_found) return "exit code 127: a command was not found";
  if (end.exit_code == k_exit_not_executable) return "exit code 126: a command is not executable";
  const auto meaning = meaning_of_signal(end.exit_code - k_shell_signal_base);
  return meaning.empty() ? meaning : fmt::format("exit code {}: {}", end.exit_code, meaning);
}

std::vector<std::string> likely_cause(const JobEnd& end,
                                      std::span<const std::filesystem::path> logs,
                                      std::size_t limit) {
  static const re2::RE2 k_pattern(k_errors);
  static const re2::RE2 k_fallback(k_any_error);
  std::vector<std::string> cause;
  if (auto meaning = meaning_of(end); !meaning.empty()) cause.push_back(std::move(meaning));
  if (cause.size() >= limit) return cause;

  const auto room = limit - cause.size();
  Errors known(room);
  for (const auto& log : logs) known.read(log, k_pattern);
  Errors any(std::min<std::size_t>(room, 3));
  const bool has_failed = end.kind != EndKind::exited || end.exit_code != 0;
  if (known.lines().empty() && has_failed) {
    for (const auto& log : logs) any.read(log, k_fallback);
  }
  for (const auto* errors : {&known, &any}) {
    cause.insert(cause.end(), errors->lines().begin(), errors->lines().end());
  }
  return cause;
}

}  // namespace assay
