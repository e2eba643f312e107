#include "launch/local_script.h"

#include <unistd.h>

#include "base/text.h"
#include "launch/exit_file.h"
#include "launch/telemetry_script.h"

namespace assay {

namespace {

// "bash -e" is a shell with an argument.
std::vector<std::string> shell_words(const std::string& shell) {
  std::vector<std::string> words;
  for (const auto& word : split(shell, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

std::string command_line(const std::vector<std::string>& words) {
  std::vector<std::string> quoted;
  quoted.reserve(words.size());
  for (const auto& word : words) quoted.push_back(shell_quote(word));
  return join(quoted, " ");
}

void add(std::vector<std::string>& words, std::initializer_list<std::string> more) {
  words.insert(words.end(), more);
}

// GPUs are renumbered inside a container: only UUIDs mean the same there.
void add_gpus(std::vector<std::string>& words, const LocalScript& script) {
  if (script.gpus.empty()) return;
  std::vector<std::string> uuids;
  for (const auto& gpu : script.gpus) uuids.push_back(gpu.uuid);
  if (script.container == "podman") {
    for (const auto& uuid : uuids) add(words, {"--device", "nvidia.com/gpu=" + uuid});
  } else {
    add(words, {"--gpus", "\"device=" + join(uuids, ",") + "\""});
  }
}

std::vector<std::string> container_prefix(const LocalScript& script) {
  const auto& workload = *script.workload;
  const auto directory = workload.directory.string();
  std::vector<std::string> words{script.container, "run",    "--rm",
                                 "--init",         "--name", container_name(workload)};
  if (script.container == "podman") {
    add(words, {"--userns=keep-id"});
  } else {
    add(words, {"--user", std::to_string(::getuid()) + ":" + std::to_string(::getgid())});
  }
  add(words, {"--cidfile", directory + "/container_id"});
  add(words, {"--volume", directory + ":" + directory, "--workdir", directory});
  for (const auto& mount : workload.mounts) {
    add(words, {"--volume", mount.outside + ":" + mount.inside});
  }
  add_gpus(words, script);
  // By name only: the values come from job.sh's own environment, and no argument shows them.
  for (const auto& [name, value] : workload.environment) add(words, {"--env", name});
  for (const auto& [name, value] : script.masks) add(words, {"--env", name});
  add(words, {workload.image});
  return words;
}

}  // namespace

std::string container_name(const Workload& workload) { return "assay-" + workload.token; }

std::vector<std::string> container_end_command(const std::string& container,
                                               const Workload& workload) {
  if (container == "podman")
    return {"podman", "rm", "--force", "--time", "0", container_name(workload)};
  return {container, "rm", "--force", container_name(workload)};
}

std::string local_job_script(const LocalScript& script) {
  const auto& workload = *script.workload;
  auto prefix = script.container.empty() ? std::vector<std::string>{} : container_prefix(script);
  const auto shell = shell_words(workload.shell);
  prefix.insert(prefix.end(), shell.begin(), shell.end());
  const auto run = command_line(prefix);

  std::string out = "#!/bin/sh\n# " + workload.name + ", submission " + workload.token +
                    ": runs script.sh and writes down how it ended.\n";
  // A handler, not 'ignore', which children would inherit: the script gets the signal, this shell
  // lives on to write down the script's end.
  out += "trap : HUP INT TERM\n";
  out += "cd " + shell_quote(workload.directory.string()) + " || exit 1\n";
  for (const auto& [name, value] : workload.environment) {
    out += "export " + name + "=" + shell_quote(value) + "\n";
  }
  for (const auto& [name, value] : script.masks) {
    out += "export " + name + "=" + shell_quote(value) + "\n";
  }
  const std::string file(k_exit_file);
  const bool has_gpus = workload.gpus_per_node > 0;
  out += "finish() {\n" + (has_gpus ? "  " + telemetry_stop_script() : std::string{}) +
         "  printf '%s\\n' \"$1\" >" + file + ".tmp && mv " + file + ".tmp " + file +
         "\n  exit \"$1\"\n}\n";
  if (!workload.script_setup.empty()) {
    out += run + " setup.sh\ncode=$?\nif [ \"$code\" -ne 0 ]; then\n";
    out += "  echo \"assay: script_setup failed with exit code $code\" >&2\n";
    out += "  finish \"$code\"\nfi\n";
  }
  if (has_gpus) out += telemetry_start_script(script.gpus);
  return out + run + " script.sh\nfinish \"$?\"\n";
}

}  // namespace assay
