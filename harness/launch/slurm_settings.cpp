#include "launch/slurm_settings.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/names.h"
#include "base/text.h"

namespace assay {

namespace {

constexpr long long k_most_tasks = 4096;
constexpr long long k_most_nodes = 100'000;

// Options that the launcher itself gives: passed through they would break it.
constexpr std::array<std::string_view, 12> k_own_flags{
    "array",     "chdir",  "error",    "help",      "input", "job-name",
    "open-mode", "output", "parsable", "test-only", "wait",  "wrap"};

// Says where a value stands that cannot be what it should.
struct Fail {
  std::string file;
  std::string prefix;
  [[noreturn]] void operator()(const Value& value, const std::string& message) const {
    throw InputError({file, value.line, value.column}, prefix + message);
  }
};

std::string text_of(const Value& value, const std::string& key, const Fail& fail) {
  if (!value.is_scalar()) fail(value, "expected a text for '" + key + "'");
  const auto text = value.is_null() ? std::string{} : value.rendered();
  // A line end would begin a line of its own in the job's script.
  if (text.find_first_of("\n\r") != std::string::npos) {
    fail(value, "'" + key + "' has more than one line");
  }
  return text;
}

bool flag_of(const Value& value, const std::string& key, const Fail& fail) {
  const auto text = value.rendered();
  if (text != "True" && text != "False") fail(value, "expected true or false for '" + key + "'");
  return text == "True";
}

long long count_of(const Value& value, const std::string& key, long long least, long long most,
                   const Fail& fail) {
  const auto number = value.is_scalar() ? parse_integer(value.rendered()) : std::nullopt;
  if (!number || *number < least || *number > most) {
    fail(value, "expected a number from " + std::to_string(least) + " to " + std::to_string(most) +
                    " for '" + key + "', not '" + value.rendered() + "'");
  }
  return *number;
}

std::chrono::milliseconds seconds_of(const Value& value, const std::string& key, const Fail& fail) {
  const auto number = value.is_scalar() ? parse_number(value.rendered()) : std::nullopt;
  if (!number || !(*number > 0) || *number > 86400) {
    fail(value, "expected a number of seconds for '" + key + "', not '" + value.rendered() + "'");
  }
  return std::chrono::milliseconds(static_cast<long long>(*number * 1000));
}

template <class Each>
void for_each_entry(const Value& value, const std::string& key, const Fail& fail,
                    const Each& each) {
  if (value.is_null()) return;
  if (value.kind != Value::Kind::map) fail(value, "expected a map for '" + key + "'");
  for (const auto& [name, entry] : value.entries) each(name, entry);
}

bool is_flag_name(std::string_view name) {
  return !name.empty() && name.front() != '-' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

void add_flags(const Value& value, const std::string& key, const Fail& fail,
               std::vector<SlurmFlag>& flags) {
  for_each_entry(value, key, fail, [&](const std::string& name, const Value& entry) {
    if (!is_flag_name(name)) {
      fail(entry, "'" + name + "' is no long option without its dashes, in '" + key + "'");
    }
    if (std::find(k_own_flags.begin(), k_own_flags.end(), name) != k_own_flags.end()) {
      fail(entry, "--" + name + " is Assay's own to give; it cannot stand in '" + key + "'");
    }
    const auto is_same = [&](const SlurmFlag& flag) { return flag.name == name; };
    flags.erase(std::remove_if(flags.begin(), flags.end(), is_same), flags.end());
    if (entry.kind == Value::Kind::boolean) {
      if (entry.rendered() == "True") flags.push_back({name, {}, false});
      return;
    }
    auto text = text_of(entry, name, fail);
    const bool has_value = !entry.is_null();
    flags.push_back({name, std::move(text), has_value});
  });
}

void add_environment(const Value& value, const std::string& key, const Fail& fail,
                     std::vector<std::pair<std::string, std::string>>& environment) {
  for_each_entry(value, key, fail, [&](const std::string& name, const Value& entry) {
    const bool is_name = !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
                         std::all_of(name.begin(), name.end(), [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                  (c >= '0' && c <= '9') || c == '_';
                         });
    if (!is_name) fail(entry, "'" + name + "' cannot be an environment variable");
    if (!entry.is_scalar()) fail(entry, "expected a text for '" + name + "'");
    environment.emplace_back(name, entry.is_null() ? std::string{} : entry.rendered());
  });
}

SlurmContainer container_of(const Value& value, const Fail& fail) {
  const std::vector<std::string> known{"pyxis", "apptainer", "none"};
  const auto text = value.rendered();
  if (text == "pyxis") return SlurmContainer::pyxis;
  if (text == "apptainer") return SlurmContainer::apptainer;
  if (text != "none") fail(value, unknown_name("container runtime", text, known));
  return SlurmContainer::none;
}

bool launch_of(const Value& value, const Fail& fail) {
  const auto text = value.rendered();
  if (text != "script" && text != "srun")
    fail(value, unknown_name("launch", text, {"srun", "script"}));
  return text == "script";
}

using Read = void (*)(const Value&, const std::string&, const Fail&, SlurmJobSettings&);
struct JobKey {
  std::string_view name;
  Read read;
};

template <std::string SlurmJobSettings::*member>
void read_text(const Value& value, const std::string& key, const Fail& fail,
               SlurmJobSettings& job) {
  job.*member = text_of(value, key, fail);
}

template <bool SlurmJobSettings::*member>
void read_flag(const Value& value, const std::string& key, const Fail& fail,
               SlurmJobSettings& job) {
  job.*member = flag_of(value, key, fail);
}

constexpr std::array k_job_keys{
    JobKey{"partition", read_text<&SlurmJobSettings::partition>},
    JobKey{"account", read_text<&SlurmJobSettings::account>},
    JobKey{"qos", read_text<&SlurmJobSettings::qos>},
    JobKey{"constraint", read_text<&SlurmJobSettings::constraint>},
    JobKey{"reservation", read_text<&SlurmJobSettings::reservation>},
    JobKey{"comment", read_text<&SlurmJobSettings::comment>},
    JobKey{"gres", read_text<&SlurmJobSettings::gres>},
    JobKey{"signal", read_text<&SlurmJobSettings::signal>},
    JobKey{"signal_before_end",
           [](const Value& value, const std::string& key, const Fail& fail, SlurmJobSettings& job) {
             job.signal_before_end = std::chrono::seconds(count_of(value, key, 0, 65535, fail));
           }},
    JobKey{"container", [](const Value& value, const std::string&, const Fail& fail,
                           SlurmJobSettings& job) { job.container = container_of(value, fail); }},
    JobKey{"no_container_mount_home",
           [](const Value& value, const std::string& key, const Fail& fail, SlurmJobSettings& job) {
             job.container_mount_home = !flag_of(value, key, fail);
           }},
    JobKey{"exclusive", read_flag<&SlurmJobSettings::exclusive>},
    JobKey{"requeue", read_flag<&SlurmJobSettings::requeue>},
    JobKey{"launch", [](const Value& value, const std::string&, const Fail& fail,
                        SlurmJobSettings& job) { job.launch_script = launch_of(value, fail); }},
    JobKey{"nodes",
           [](const Value& value, const std::string& key, const Fail& fail, SlurmJobSettings& job) {
             job.nodes = static_cast<int>(count_of(value, key, 1, k_most_nodes, fail));
           }},
    JobKey{"ntasks_per_node",
           [](const Value& value, const std::string& key, const Fail& fail, SlurmJobSettings& job) {
             job.ntasks_per_node = static_cast<int>(count_of(value, key, 1, k_most_tasks, fail));
           }},
    JobKey{"environment",
           [](const Value& value, const std::string& key, const Fail& fail, SlurmJobSettings& job) {
             add_environment(value, key, fail, job.environment);
           }},
    JobKey{"flags", [](const Value& value, const std::string& key, const Fail& fail,
                       SlurmJobSettings& job) { add_flags(value, key, fail, job.flags); }},
    JobKey{"additional_flags",
           [](const Value& value, const std::string& key, const Fail& fail, SlurmJobSettings& job) {
             add_flags(value, key, fail, job.flags);
           }},
    JobKey{"srun_flags",
           [](const Value& value, const std::string& key, const Fail& fail, SlurmJobSettings& job) {
             add_flags(value, key, fail, job.srun_flags);
           }},
    JobKey{"srun_additional_flags",
           [](const Value& value, const std::string& key, const Fail& fail, SlurmJobSettings& job) {
             add_flags(value, key, fail, job.srun_flags);
           }},
    JobKey{"mounts",
           [](const Value& value, const std::string& key, const Fail& fail, SlurmJobSettings&) {
             for_each_entry(value, key, fail, [&](const std::string& inside, const Value& entry) {
               text_of(entry, inside, fail);
             });
           }},
};

// Keys of the site file alone; `gpus_per_node` and `time_limit` say what there is, for people and
// for `assay lint`.
const std::vector<std::string> k_site_keys{"type",       "gpus_per_node",  "time_limit",
                                           "array_size", "submit_timeout", "query_timeout",
                                           "accounting"};

const JobKey* find_key(std::string_view name) {
  const auto found = std::find_if(k_job_keys.begin(), k_job_keys.end(),
                                  [&](const JobKey& key) { return key.name == name; });
  return found == k_job_keys.end() ? nullptr : &*found;
}

std::vector<std::string> job_key_names() {
  std::vector<std::string> names;
  for (const auto& key : k_job_keys) names.emplace_back(key.name);
  return names;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void read_site_key(const std::string& key, const Value& value, const Fail& fail,
                   SlurmSettings& settings) {
  if (key == "gpus_per_node" && !value.is_null()) count_of(value, key, 0, 1024, fail);
  if (key == "array_size") {
    settings.array_size = static_cast<std::size_t>(count_of(value, key, 1, 4'000'000, fail));
  }
  if (key == "submit_timeout") settings.submit_timeout = seconds_of(value, key, fail);
  if (key == "query_timeout") settings.query_timeout = seconds_of(value, key, fail);
  if (key == "accounting") settings.accounting = flag_of(value, key, fail);
}

}  // namespace

SlurmSettings read_slurm_settings(const LauncherConfig& config) {
  SlurmSettings settings;
  settings.launcher = config.name;
  settings.place = config.place;
  settings.said = config.settings;
  settings.watch = read_watch_settings(config);
  settings.rest = read_slurm_rest_settings(config);
  const Fail fail{config.place.file, "launcher '" + config.name + "': "};
  for (const auto& [key, value] : config.settings.entries) {
    if (const auto* known = find_key(key)) {
      known->read(value, key, fail, settings.job);
      settings.job.places[key] = {config.place.file, value.line, value.column};
    } else if (contains(k_site_keys, key)) {
      read_site_key(key, value, fail, settings);
    } else if (contains(slurm_rest_setting_names(), key)) {
      settings.job.places[key] = {config.place.file, value.line, value.column};
    } else if (!contains(watch_setting_names(), key)) {
      auto names = job_key_names();
      for (const auto* more : {&k_site_keys, &slurm_rest_setting_names(), &watch_setting_names()}) {
        names.insert(names.end(), more->begin(), more->end());
      }
      throw InputError({config.place.file, value.key_line, value.key_column},
                       "launcher '" + config.name + "' has the unknown setting '" + key + "'" +
                           did_you_mean(key, names));
    }
  }
  return settings;
}

SlurmJobSettings job_settings(const SlurmSettings& site, const Workload& workload) {
  auto job = site.job;
  const Fail fail{"launchers", "of " + workload.name + ": "};
  for (const auto& [key, value] : workload.settings.entries) {
    const auto* said = site.said.find(key);
    if (said != nullptr && *said == value) continue;
    const auto* known = find_key(key);
    if (known == nullptr) {
      throw InputError({"launchers", value.key_line, value.key_column},
                       "of " + workload.name + ": launchers of type slurm have no setting '" + key +
                           "'" + did_you_mean(key, job_key_names()));
    }
    known->read(value, key, fail, job);
    job.places[key] = {"the recipe's launchers", value.line, value.column};
  }
  if (job.nodes == 0) job.nodes = workload.nodes;
  job.mounts = workload.mounts;
  return job;
}

}  // namespace assay
