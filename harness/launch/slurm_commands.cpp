#include "launch/slurm_commands.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

#include "base/clock.h"
#include "base/text.h"
#include "launch/slurm_status.h"

namespace assay {

namespace {

constexpr std::size_t k_argument_bytes = 100'000;  // Linux allows 128 KiB
constexpr const char* k_sacct_since = "now-7days";
constexpr const char* k_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool has_prefix(std::string_view text, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return text.starts_with(prefix); });
}

// A command behind `env`, without the variables that change what Slurm's tools do and print.
Command slurm_command(std::vector<std::string> words, std::chrono::milliseconds limit,
                      bool in_utc) {
  Command command;
  command.arguments = {"env"};
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view variable(*each);
    const auto name = variable.substr(0, variable.find('='));
    const bool is_steering = has_prefix(name, {"SBATCH_", "SQUEUE_", "SACCT_", "SCANCEL_"}) ||
                             name == "SLURM_CLUSTERS" || name == "SLURM_EXPORT_ENV" ||
                             name == "SLURM_TIME_FORMAT";
    if (is_steering) command.arguments.insert(command.arguments.end(), {"-u", std::string(name)});
  }
  command.arguments.insert(command.arguments.end(), {"LC_ALL=C", "SLURM_TIME_FORMAT=standard"});
  if (in_utc) command.arguments.emplace_back("TZ=UTC0");
  command.arguments.insert(command.arguments.end(), std::make_move_iterator(words.begin()),
                           std::make_move_iterator(words.end()));
  command.time_limit = limit;
  return command;
}

std::vector<std::string> joined(std::span<const std::string> ids) {
  std::vector<std::string> lists;
  for (const auto& id : ids) {
    if (lists.empty() || lists.back().size() + id.size() > k_argument_bytes) lists.emplace_back();
    if (!lists.back().empty()) lists.back() += ',';
    lists.back() += id;
  }
  return lists;
}

std::vector<std::string> unique_array_ids(std::span<const std::string> ids) {
  std::vector<std::string> unique;
  for (const auto& id : ids) unique.push_back(array_id_of(id));
  std::sort(unique.begin(), unique.end());
  unique.erase(std::unique(unique.begin(), unique.end()), unique.end());
  return unique;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool contains_any(std::string_view text, std::span<const std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return contains(text, part); });
}

// The request was sent, and no answer came.
constexpr std::array<std::string_view, 5> k_no_answer{
    "Socket timed out", "Zero Bytes were transmitted", "Unexpected message received",
    "Incomplete authentication", "Header lengths are longer"};

// Nobody took the request.
constexpr std::array<std::string_view, 10> k_unreachable{"Unable to contact slurm controller",
                                                         "Connection refused",
                                                         "Connection timed out",
                                                         "Munge encode failed",
                                                         "Resource temporarily unavailable",
                                                         "Address already in use",
                                                         "in backup mode",
                                                         "Job cannot be created now",
                                                         "Slurm temporarily unable",
                                                         "Transport endpoint is not connected"};

constexpr std::array<std::string_view, 6> k_limits{
    "SubmitJobPerUserLimit",   "SubmitJobsPerUser", "MaxSubmitJob",
    "MaxSubmitJobsPerAccount", "GrpSubmitJob",      "Reached job limit"};

}  // namespace

// Jobs get all of sbatch's environment: with any choice of variables, versions that do not know
// --export=NIL load the user's login environment on the node, for seconds per job. So sbatch has
// only what it needs itself.
Command sbatch_command(const SlurmSettings& settings, const std::filesystem::path& script) {
  const auto sbatch = find_program("sbatch").value_or("sbatch");
  std::string path = k_path;
  if (sbatch.has_parent_path()) path += ":" + sbatch.parent_path().string();
  Command command;
  command.arguments = {"env", "-i", "PATH=" + path};
  const auto pass = [&command](const char* name, const char* otherwise) {
    const char* value = std::getenv(name);
    if (value == nullptr) value = otherwise;
    if (value != nullptr) command.arguments.push_back(std::string(name) + "=" + value);
  };
  // Known here, so that no job has to find out.
  const passwd* user = ::getpwuid(::getuid());
  pass("HOME", user == nullptr ? nullptr : user->pw_dir);
  pass("USER", user == nullptr ? nullptr : user->pw_name);
  pass("LOGNAME", user == nullptr ? nullptr : user->pw_name);
  pass("SLURM_CONF", nullptr);
  pass("SLURM_JWT", nullptr);
  const std::vector<std::string> words{sbatch.string(), "--parsable", script.string()};
  command.arguments.insert(command.arguments.end(), words.begin(), words.end());
  command.time_limit = settings.submit_timeout;
  return command;
}

std::vector<Command> squeue_commands(const SlurmSettings& settings,
                                     std::span<const std::string> ids) {
  auto unique = unique_array_ids(ids);
  // A single id that is not known would be an error; unknown ones of several are just absent.
  if (unique.size() == 1) unique.push_back(unique.front());
  std::vector<Command> commands;
  for (const auto& list : joined(unique)) {
    commands.push_back(slurm_command({"squeue", "--noheader", "--states=all", "--array",
                                      "--jobs=" + list, "--Format=" + std::string(k_squeue_format)},
                                     settings.query_timeout, true));
  }
  return commands;
}

std::vector<Command> sacct_commands(const SlurmSettings& settings,
                                    std::span<const std::string> ids) {
  std::vector<Command> commands;
  for (const auto& list : joined(unique_array_ids(ids))) {
    commands.push_back(slurm_command({"sacct", "--noheader", "--parsable2", "--allocations",
                                      "--jobs=" + list, "--format=" + std::string(k_sacct_format)},
                                     settings.query_timeout, true));
  }
  return commands;
}

std::vector<Command> scancel_commands(const SlurmSettings& settings,
                                      std::span<const std::string> ids) {
  std::vector<Command> commands;
  constexpr std::size_t k_ids = 1000;  // each is an argument of its own
  for (std::size_t at = 0; at < ids.size(); at += k_ids) {
    std::vector<std::string> words{"scancel"};
    const auto part = ids.subspan(at, std::min(k_ids, ids.size() - at));
    words.insert(words.end(), part.begin(), part.end());
    commands.push_back(slurm_command(std::move(words), settings.query_timeout, true));
  }
  return commands;
}

Command squeue_user_command(const SlurmSettings& settings, unsigned user_id) {
  return slurm_command({"squeue", "--noheader", "--states=all", "--user=" + std::to_string(user_id),
                        "--Format=" + std::string(k_squeue_format)},
                       settings.query_timeout, true);
}

Command sacct_user_command(const SlurmSettings& settings, unsigned user_id) {
  return slurm_command(
      {"sacct", "--noheader", "--parsable2", "--allocations", "--user=" + std::to_string(user_id),
       "--starttime=" + std::string(k_sacct_since), "--format=" + std::string(k_sacct_format)},
      settings.query_timeout, true);
}

std::string array_id_of(std::string_view id) { return std::string(id.substr(0, id.find('_'))); }

std::optional<std::string> parse_submitted_id(std::string_view text) {
  std::optional<std::string> id;
  for (const auto& line : split(text, '\n')) {
    const auto word = trim(std::string_view(line).substr(0, line.find(';')));
    const bool is_number = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
      return c >= '0' && c <= '9';
    });
    if (is_number) id = std::string(word);
  }
  return id;
}

SubmitFailure classify_words(std::string_view words) {
  if (contains_any(words, k_no_answer)) return SubmitFailure::uncertain;
  if (contains_any(words, k_limits)) return SubmitFailure::limited;
  if (contains(words, "Invalid job array specification")) return SubmitFailure::too_large;
  if (contains_any(words, k_unreachable)) return SubmitFailure::not_now;
  return SubmitFailure::refused;
}

SubmitFailure classify_sbatch(const CommandResult& result) {
  if (std::holds_alternative<NotStarted>(result.end)) return SubmitFailure::refused;
  if (!std::holds_alternative<Exited>(result.end)) return SubmitFailure::uncertain;
  if (result.succeeded()) return SubmitFailure::uncertain;
  return classify_words(result.err);
}

std::string slurm_words(const Command& command, const CommandResult& result) {
  if (const auto* limit = std::get_if<TimedOut>(&result.end)) {
    const auto blocked = contains(result.err, "temporarily unable to accept job");
    return std::string("no answer within ") + format_duration(limit->limit) +
           (blocked ? " (Slurm is temporarily unable to accept jobs)" : "");
  }
  std::vector<std::string> words;
  for (const auto& line : split(result.err, '\n')) {
    auto text = trim(line);
    for (const std::string_view prefix :
         {"sbatch: ", "squeue: ", "sacct: ", "scancel: ", "error: ", "fatal: ",
          "Batch job submission failed: ", "slurm_load_jobs error: "}) {
      if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
    }
    const bool is_known = std::find(words.begin(), words.end(), text) != words.end();
    if (!text.empty() && !is_known) words.emplace_back(text);
  }
  if (words.empty()) return describe(command, result);
  return valid_utf8(join(words, "; "));
}

std::string refused_setting(std::string_view words, const SlurmJobSettings& job) {
  struct About {
    std::string_view text;
    const char* key;
  };
  constexpr std::array k_about{
      About{"the token", "token_file"},
      About{"slurmrestd cannot be asked", "flags"},
      About{"Disabled key", "flags"},
      About{"Unknown key", "flags"},
      About{"partition name", "partition"},
      About{"partition not available", "partition"},
      About{"account", "account"},
      About{"qos", "qos"},
      About{"QOS", "qos"},
      About{"generic resource", "gres"},
      About{"node configuration", "partition"},
      About{"Node count", "partition"},
      About{"time limit", "partition"},
      About{"feature", "constraint"},
      About{"reservation", "reservation"},
      About{"license", "flags"},
  };
  for (const auto& about : k_about) {
    if (contains(words, about.text) && job.places.count(about.key) > 0) return about.key;
  }
  return {};
}

bool has_no_accounting(const CommandResult& result) {
  constexpr int k_no_such_command = 127;  // of `env`
  const auto* exited = std::get_if<Exited>(&result.end);
  return contains(result.err, "accounting storage is disabled") ||
         (exited != nullptr && exited->code == k_no_such_command);
}

}  // namespace assay
