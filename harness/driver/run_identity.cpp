#include "driver/run_identity.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "base/text.h"

namespace assay {

namespace {

constexpr std::chrono::seconds k_git_time_limit{30};
constexpr std::size_t k_longest_run_id = 100;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-' || c == '=';
}

// The first of the variables that is set and not empty.
std::string first_of(const ReadVariable& variable, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const auto value = variable(name); value && !value->empty()) return *value;
  }
  return {};
}

// A process's identity on any machine since any boot: pids and start times begin anew at each boot.
std::string identity_text(const char* kind, const ProcessInfo& process) {
  const auto boot = read_file_if_exists("/proc/sys/kernel/random/boot_id").value_or("");
  return std::string(kind) + "-" + boot.substr(0, 8) + "-" + std::to_string(process.start_ticks) +
         "-" + std::to_string(process.pid);
}

// Held until it goes out of scope.
Descriptor lock_file(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.is_open()) throw Error("cannot open " + path.string() + ": " + std::strerror(errno));
  while (::flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) throw Error("cannot lock " + path.string() + ": " + std::strerror(errno));
  }
  return file;
}

std::string to_text(const GitState& state) {
  return state.commit + "\n" + state.branch + "\n" + (state.is_dirty ? "dirty" : "clean") + "\n";
}

GitState from_text(const std::string& text) {
  auto lines = split(text, '\n');
  lines.resize(3);
  return {lines[0], lines[1], lines[2] == "dirty"};
}

GitState ask_git(const std::filesystem::path& directory, const ReadVariable& variable) {
  Command command;
  // Untracked files are left out: build trees and logs would make every tree dirty.
  command.arguments = {"git",
                       "-C",
                       directory.string(),
                       "status",
                       "--branch",
                       "--porcelain=v2",
                       "--untracked-files=no"};
  command.environment = {{"GIT_OPTIONAL_LOCKS", "0"}};
  command.time_limit = k_git_time_limit;
  const auto result = run_command(command);
  GitState state;
  if (result.succeeded()) state = parse_git_status(result.out);
  if (state.commit.empty()) {
    state.commit = first_of(variable, {"CI_COMMIT_SHA", "GITHUB_SHA", "GIT_COMMIT"});
  }
  if (state.branch.empty()) state.branch = pipeline_branch(variable);
  return state;
}

}  // namespace

std::string pipeline_id(const ReadVariable& variable) {
  if (const auto id = first_of(variable, {"ASSAY_PIPELINE_ID"}); !id.empty()) return id;
  // GitHub gives a re-run of a workflow the same id.
  if (const auto id = first_of(variable, {"GITHUB_RUN_ID"}); !id.empty()) {
    const auto attempt = first_of(variable, {"GITHUB_RUN_ATTEMPT"});
    return attempt.empty() || attempt == "1" ? id : id + "." + attempt;
  }
  return first_of(variable, {"CI_PIPELINE_ID", "BUILD_TAG", "BUILD_BUILDID", "BUILDKITE_BUILD_ID",
                             "CIRCLE_WORKFLOW_ID", "CI_PIPELINE_NUMBER"});
}

std::string pipeline_branch(const ReadVariable& variable) {
  return first_of(variable,
                  {"CI_COMMIT_BRANCH", "CI_COMMIT_REF_NAME", "GITHUB_HEAD_REF", "GITHUB_REF_NAME",
                   "BRANCH_NAME", "BUILD_SOURCEBRANCHNAME", "BUILDKITE_BRANCH", "CIRCLE_BRANCH"});
}

std::string reference_branch(const ReadVariable& variable) {
  const auto branch = first_of(variable, {"ASSAY_REFERENCE_BRANCH", "CI_DEFAULT_BRANCH",
                                          "BUILDKITE_PIPELINE_DEFAULT_BRANCH"});
  return branch.empty() ? "main" : branch;
}

std::string file_name_of(std::string_view text) {
  std::string name(text);
  for (char& c : name) {
    if (!is_name_character(c)) c = '-';
  }
  if (name.empty() || name == "." || name == "..") return "-";
  return name;
}

std::string run_id(const ReadVariable& variable) {
  if (const auto given = variable("ASSAY_RUN_ID"); given && !given->empty()) {
    if (*given != file_name_of(*given) || given->size() > k_longest_run_id) {
      throw InputError({"ASSAY_RUN_ID", 1, 1},
                       "a run id has at most 100 characters of [A-Za-z0-9_.=-]", *given);
    }
    return *given;
  }
  if (const auto id = pipeline_id(variable); !id.empty()) {
    return file_name_of(id).substr(0, k_longest_run_id);
  }
  if (const auto ctest = find_ancestor("ctest")) return identity_text("ctest", *ctest);
  const auto self = process_info(::getpid());
  if (!self) throw Error("cannot read /proc/" + std::to_string(::getpid()) + "/stat");
  return identity_text("run", *self);
}

std::string user_name() {
  for (const char* name : {"USER", "LOGNAME"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return account_name();
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

GitState parse_git_status(const std::string& text) {
  GitState state;
  for (const auto& line : split(text, '\n')) {
    if (line.starts_with("# branch.oid ")) {
      state.commit = line.substr(13);
    } else if (line.starts_with("# branch.head ")) {
      state.branch = line.substr(14);
    } else if (!line.empty() && line[0] != '#') {
      state.is_dirty = true;
    }
  }
  if (state.commit == "(initial)") state.commit.clear();
  if (state.branch == "(detached)") state.branch.clear();
  return state;
}

GitState git_state(const std::filesystem::path& recipe_directory,
                   const std::filesystem::path& run_directory, const ReadVariable& variable) {
  const auto name = ".git-" + sha256_hex(recipe_directory.string()).substr(0, 12);
  const auto path = run_directory / name;
  if (const auto kept = read_file_if_exists(path)) return from_text(*kept);
  const auto lock = lock_file(run_directory / (name + ".lock"));
  if (const auto kept = read_file_if_exists(path)) return from_text(*kept);
  const auto state = ask_git(recipe_directory, variable);
  write_file_atomically(path, to_text(state));
  return state;
}

}  // namespace assay
