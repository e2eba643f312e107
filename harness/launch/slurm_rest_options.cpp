#include "launch/slurm_rest_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"

namespace assay {

namespace {

using nlohmann::json;

constexpr const char* k_first_version = "v0.0.38";  // its parser is sbatch's own

[[noreturn]] void fail(const SlurmFlag& option, const std::string& why) {
  throw Error("slurmrestd cannot be asked for --" + option.name +
              (option.has_value ? "=" + option.value : "") + ": " + why);
}

// A number that may be unset, as versions since v0.0.39 have them.
json number(long long value) { return {{"set", true}, {"infinite", false}, {"number", value}}; }

long long integer_of(const SlurmFlag& option) {
  const auto value = parse_integer(option.value);
  if (!value) fail(option, "it is no whole number");
  return *value;
}

// "30", "1:30", "1:00:00", "2-12", "2-12:30", "2-12:30:00" as minutes, rounded up.
long long minutes_of(const SlurmFlag& option) {
  const auto dash = option.value.find('-');
  const bool has_days = dash != std::string::npos;
  std::vector<long long> parts;
  for (const auto& part : split(has_days ? option.value.substr(dash + 1) : option.value, ':')) {
    const auto value = parse_integer(part);
    if (!value || *value < 0) fail(option, "it is no time");
    parts.push_back(*value);
  }
  const auto days = has_days ? parse_integer(option.value.substr(0, dash)) : 0;
  if (!days || parts.size() > 3) fail(option, "it is no time");
  // Behind days the first part is hours, else minutes come first unless there are three.
  if (!has_days && parts.size() < 3) parts.insert(parts.begin(), 0);
  parts.resize(3);
  return *days * 1440 + parts[0] * 60 + parts[1] + (parts[2] > 0 ? 1 : 0);
}

// "100", "100M", "2G" as MiB.
long long megabytes_of(const SlurmFlag& option) {
  auto text = option.value;
  if (text.ends_with('B') || text.ends_with('b')) text.pop_back();
  const char unit = text.empty() ? '\0' : text.back();
  const auto at = std::string_view("KkMmGgTt").find(unit);
  if (at != std::string_view::npos) text.pop_back();
  const auto value = parse_integer(text);
  if (!value || *value < 0) fail(option, "it is no amount of memory");
  switch (at / 2) {
    case 0:
      return (*value + 1023) / 1024;
    case 2:
      return *value * 1024;
    case 3:
      return *value * 1024 * 1024;
    default:
      return *value;
  }
}

// "now+20", "now+2hours" in seconds since 1970.
long long begin_of(const SlurmFlag& option, TimePoint time) {
  constexpr std::string_view k_now = "now";
  const std::string_view text = option.value;
  const auto start = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch());
  if (text == k_now) return start.count();
  if (!text.starts_with("now+")) fail(option, "only now, now+60 and now+2hours are known here");
  const auto digits = text.find_first_not_of("0123456789", 4);
  const auto count = parse_integer(text.substr(4, digits - 4));
  const auto unit = digits == std::string_view::npos ? std::string_view("s") : text.substr(digits);
  for (const auto& [letter, seconds] :
       {std::pair{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86'400}, {'w', 604'800}}) {
    if (count && unit.starts_with(letter)) return start.count() + *count * seconds;
  }
  fail(option, "its time is not known here");
}

json words_of(const std::string& text) {
  auto words = json::array();
  for (const auto& word : split(text, ',')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

// "gpu:a100:2,shard:1" as "gres/gpu:a100:2,gres/shard:1".
std::string tres_of(const std::string& text) {
  std::vector<std::string> parts;
  for (const auto& part : split(text, ',')) {
    parts.push_back(part.starts_with("gres/") ? part : "gres/" + part);
  }
  return join(parts, ",");
}

std::string gpus_of(const SlurmFlag& option) { return "gres/gpu:" + option.value; }

// What both ways of writing an option do not differ in: the job's environment is the one here.
bool add_environment(const SlurmFlag& option, json& environment) {
  if (option.name != "export") return false;
  if (option.value == "NIL") return true;
  if (option.value != "NONE") fail(option, "the environment is the site file's");
  environment["SLURM_GET_USER_ENV"] = "1";
  return true;
}

// The names under which v0.0.38 has sbatch's options where they are no longer the same; values are
// sbatch's.
json first_version_job(const SlurmOptions& options, json& environment) {
  constexpr std::array<std::pair<std::string_view, const char*>, 24> k_names{{
      {"job-name", "name"},
      {"chdir", "current_working_directory"},
      {"output", "standard_output"},
      {"error", "standard_error"},
      {"input", "standard_input"},
      {"ntasks", "tasks"},
      {"ntasks-per-node", "tasks_per_node"},
      {"time", "time_limit"},
      {"time-min", "time_minimum"},
      {"exclude", "exclude_nodes"},
      {"mem", "memory_per_node"},
      {"mem-per-cpu", "memory_per_cpu"},
      {"mem-per-gpu", "memory_per_gpu"},
      {"mem-bind", "memory_binding"},
      {"mincpus", "minimum_cpus_per_node"},
      {"tmp", "temporary_disk_per_node"},
      {"begin", "begin_time"},
      {"cpu-freq", "cpu_frequency"},
      {"gpu-bind", "gpu_binding"},
      {"gpu-freq", "gpu_frequency"},
      {"core-spec", "core_specification"},
      {"thread-spec", "thread_specification"},
      {"acctg-freq", "account_gather_frequency"},
      {"batch", "batch_features"},
  }};
  auto job = json::object();
  for (const auto& option : options) {
    if (add_environment(option, environment)) continue;
    if (option.name == "signal" && option.value.find(':') != std::string::npos) {
      fail(option, "v0.0.38 can warn steps alone, not the batch script");
    }
    const auto found = std::find_if(k_names.begin(), k_names.end(),
                                    [&](const auto& name) { return name.first == option.name; });
    std::string key = found != k_names.end() ? found->second : option.name;
    std::replace(key.begin(), key.end(), '-', '_');
    if (option.has_value) {
      job[key] = option.value;
    } else if (option.name == "exclusive") {
      job[key] = "exclusive";
    } else {
      job[key] = true;
    }
  }
  return job;
}

// "B:USR1@60"
void add_signal(const SlurmFlag& option, json& job) {
  const auto colon = option.value.find(':');
  const auto at = option.value.find('@');
  const auto begin = colon == std::string::npos ? 0 : colon + 1;
  job["kill_warning_signal"] = option.value.substr(begin, at - begin);
  if (at != std::string::npos) {
    const auto seconds = parse_integer(option.value.substr(at + 1));
    if (!seconds) fail(option, "its time is no number of seconds");
    job["kill_warning_delay"] = number(*seconds);
  }
  if (colon == std::string::npos) return;
  if (option.value.substr(0, colon) != "B") fail(option, "only B: is known here");
  job["kill_warning_flags"] = {"BATCH_JOB"};
}

// How an option's value becomes a key's.
enum class Kind { text, integer, minutes, memory, words, tres, gpus, yes, no, upper_words };

struct Key {
  std::string_view option;
  const char* key;
  Kind kind = Kind::text;
};

constexpr std::array k_keys{
    Key{"account", "account"},
    Key{"array", "array"},
    Key{"batch", "batch_features"},
    Key{"bb", "burst_buffer"},
    Key{"chdir", "current_working_directory"},
    Key{"comment", "comment"},
    Key{"constraint", "constraints"},
    Key{"contiguous", "contiguous", Kind::yes},
    Key{"cpus-per-gpu", "cpus_per_tres", Kind::gpus},
    Key{"cpus-per-task", "cpus_per_task", Kind::integer},
    Key{"dependency", "dependency"},
    Key{"distribution", "distribution"},
    Key{"error", "standard_error"},
    Key{"exclude", "excluded_nodes", Kind::words},
    Key{"gpus", "tres_per_job", Kind::gpus},
    Key{"gpus-per-node", "tres_per_node", Kind::gpus},
    Key{"gpus-per-task", "tres_per_task", Kind::gpus},
    Key{"gres", "tres_per_node", Kind::tres},
    Key{"hold", "hold", Kind::yes},
    Key{"input", "standard_input"},
    Key{"job-name", "name"},
    Key{"licenses", "licenses"},
    Key{"mail-type", "mail_type", Kind::upper_words},
    Key{"mail-user", "mail_user"},
    Key{"mem", "memory_per_node", Kind::memory},
    Key{"mem-per-cpu", "memory_per_cpu", Kind::memory},
    Key{"mincpus", "minimum_cpus_per_node", Kind::integer},
    Key{"network", "network"},
    Key{"nice", "nice", Kind::integer},
    Key{"no-kill", "kill_on_node_fail", Kind::no},
    Key{"no-requeue", "requeue", Kind::no},
    Key{"nodelist", "required_nodes", Kind::words},
    Key{"nodes", "nodes"},
    Key{"ntasks", "tasks", Kind::integer},
    Key{"ntasks-per-node", "tasks_per_node", Kind::integer},
    Key{"ntasks-per-socket", "tasks_per_socket", Kind::integer},
    Key{"open-mode", "open_mode", Kind::upper_words},
    Key{"output", "standard_output"},
    Key{"overcommit", "overcommit", Kind::yes},
    Key{"partition", "partition"},
    Key{"prefer", "prefer"},
    Key{"qos", "qos"},
    Key{"reboot", "reboot", Kind::yes},
    Key{"requeue", "requeue", Kind::yes},
    Key{"reservation", "reservation"},
    Key{"threads-per-core", "threads_per_core", Kind::integer},
    Key{"time", "time_limit", Kind::minutes},
    Key{"time-min", "time_minimum", Kind::minutes},
    Key{"wckey", "wckey"},
};

json value_of(const SlurmFlag& option, Kind kind) {
  switch (kind) {
    case Kind::integer:
      return integer_of(option);
    case Kind::minutes:
      return number(minutes_of(option));
    case Kind::memory:
      return number(megabytes_of(option));
    case Kind::words:
      return words_of(option.value);
    case Kind::upper_words:
      return words_of(to_upper(option.value));
    case Kind::tres:
      return tres_of(option.value);
    case Kind::gpus:
      return gpus_of(option);
    case Kind::yes:
      return true;
    case Kind::no:
      return false;
    case Kind::text:
      break;
  }
  return option.value;
}

// Since v0.0.40. An unknown key is no error to slurmrestd, so it must not be sent one.
json later_version_job(const SlurmOptions& options, TimePoint time, json& environment) {
  auto job = json::object();
  for (const auto& option : options) {
    if (add_environment(option, environment)) continue;
    if (option.name == "signal") {
      add_signal(option, job);
    } else if (option.name == "exclusive") {
      job["shared"] = {option.has_value ? option.value : "none"};
    } else if (option.name == "begin") {
      job["begin_time"] = number(begin_of(option, time));
    } else {
      const auto found = std::find_if(k_keys.begin(), k_keys.end(),
                                      [&](const Key& key) { return key.option == option.name; });
      if (found == k_keys.end()) fail(option, "its API has no counterpart that is known here");
      job[found->key] = value_of(option, found->kind);
    }
  }
  return job;
}

std::string last_value(const SlurmOptions& options, std::string_view name) {
  std::string value;
  for (const auto& option : options) {
    if (option.name == name) value = option.value;
  }
  return value;
}

// What sbatch itself works out: how many tasks there are, which srun wants to know.
SlurmOptions with_tasks(SlurmOptions options) {
  const auto nodes = parse_integer(last_value(options, "nodes"));
  const auto per_node = parse_integer(last_value(options, "ntasks-per-node"));
  if (nodes && per_node && last_value(options, "ntasks").empty()) {
    options.push_back({"ntasks", std::to_string(*nodes * *per_node), true});
  }
  return options;
}

json environment_list(const json& environment) {
  auto list = json::array();
  for (const auto& [name, value] : environment.items()) {
    list.push_back(name + "=" + value.get<std::string>());
  }
  return list;
}

}  // namespace

const std::vector<std::string>& known_rest_versions() {
  static const std::vector<std::string> versions{"v0.0.45", "v0.0.44", "v0.0.43",      "v0.0.42",
                                                 "v0.0.41", "v0.0.40", k_first_version};
  return versions;
}

std::string rest_submission(const std::string& version, const std::string& script,
                            const SlurmOptions& options, TimePoint time) {
  const auto all = with_tasks(options);
  // It must not be empty, and is all that the job gets beside Slurm's own.
  json environment{{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}};
  const auto per_node = last_value(options, "ntasks-per-node");
  if (!per_node.empty()) environment["SLURM_NTASKS_PER_NODE"] = per_node;
  const bool is_first = version == k_first_version;
  auto job =
      is_first ? first_version_job(all, environment) : later_version_job(all, time, environment);
  job["environment"] = is_first ? environment : environment_list(environment);
  const json body{{"script", script}, {"job", std::move(job)}};
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace assay
