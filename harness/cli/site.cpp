// `assay site check`: what of a site file would work on this machine.
#include <unistd.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "launch/gpus.h"
#include "launch/requirements.h"

namespace assay {

namespace {

struct CheckOptions {
  SiteOptions site;
  std::string format = "text";
};

// What is checked together: the site as a whole, or one launcher.
struct Group {
  std::string title;
  std::vector<Requirement> requirements;
};

// The path itself, or the nearest directory above it that is there.
std::filesystem::path nearest_existing(std::filesystem::path path) {
  std::error_code ignored;
  while (!std::filesystem::exists(path, ignored) && path.has_relative_path()) {
    path = path.parent_path();
  }
  return path;
}

// Whether files can be written in a directory, which may be still to make.
Requirement writable(const std::string& what, const std::filesystem::path& directory) {
  const auto existing = nearest_existing(directory);
  const std::string how = existing == directory ? "" : " (will be made)";
  const std::string advice = "; choose another place in the site file or by the environment";
  if (!std::filesystem::is_directory(existing)) {
    return {what, directory.string(), existing.string() + " is no directory" + advice};
  }
  if (::access(existing.c_str(), W_OK | X_OK) != 0) {
    return {what, directory.string(), "you may not write in " + existing.string() + advice};
  }
  return {what, directory.string() + how, {}};
}

Requirement history_of(const Site& site) {
  const auto file = history_file({}, site);
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    auto found = writable("history", file.parent_path());
    found.found = file.string() + (found.problem.empty() ? " (will be made)" : "");
    return found;
  }
  if (::access(file.c_str(), R_OK | W_OK) != 0 || !std::filesystem::is_regular_file(file)) {
    return {"history", file.string(), "it cannot be written; choose another file"};
  }
  return writable("history", file.parent_path());
}

Requirement gpus_of_machine() {
  try {
    const auto detected = detect_gpus();
    if (!detected.problem.empty()) {
      return {"GPUs of this machine", "none", detected.problem + "; repair the driver"};
    }
    if (detected.gpus.empty()) {
      return {"GPUs of this machine", "none: local products that need one are skipped", {}};
    }
    return {"GPUs of this machine",
            std::to_string(detected.gpus.size()) + ", " + detected.gpus.front().gpu.model,
            {}};
  } catch (const TransientError& error) {
    return {"GPUs of this machine", "no answer", error.what()};
  }
}

std::vector<Group> check(const CheckOptions& options) {
  const auto site = options.site.load();
  const auto& chosen = pick_launcher(site, options.site.launcher);
  std::vector<Group> groups{
      {"site " + (site.file.empty() ? std::string("(built in: this machine)") : site.file),
       {writable("work directory", work_directory({}, site)), history_of(site),
        gpus_of_machine()}}};
  for (const auto& launcher : site.launchers) {
    const bool is_chosen = &launcher == &chosen;
    if (!options.site.launcher.empty() && !is_chosen) continue;
    Group group{"launcher " + launcher.name + (is_chosen ? " (chosen)" : ""),
                requirements_of(launcher)};
    if (launcher.type == "local") {
      group.requirements.push_back(
          {"image builds",
           can_build_images(launcher) ? "by podman" : "none: they need 'container: podman'",
           {}});
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

void print_text(const std::vector<Group>& groups) {
  std::size_t width = 0;
  for (const auto& group : groups) {
    for (const auto& each : group.requirements) width = std::max(width, each.what.size());
  }
  for (const auto& group : groups) {
    std::cout << group.title << '\n';
    for (const auto& [what, found, problem] : group.requirements) {
      std::cout << (problem.empty() ? "  ok       " : "  problem  ") << what
                << std::string(width - what.size() + 2, ' ') << found << '\n';
      if (!problem.empty()) std::cout << "           " << problem << '\n';
    }
  }
}

void print_json(const std::vector<Group>& groups) {
  auto out = nlohmann::ordered_json::array();
  for (const auto& group : groups) {
    for (const auto& [what, found, problem] : group.requirements) {
      out.push_back({{"part", group.title},
                     {"what", what},
                     {"ok", problem.empty()},
                     {"found", valid_utf8(found)},
                     {"problem", valid_utf8(problem)}});
    }
  }
  std::cout << out.dump(2) << '\n';
}

int check_site(const CheckOptions& options) {
  const auto groups = check(options);
  if (options.format == "json") {
    print_json(groups);
  } else {
    print_text(groups);
  }
  for (const auto& group : groups) {
    for (const auto& each : group.requirements) {
      if (!each.problem.empty()) return exit_failed;
    }
  }
  return exit_passed;
}

}  // namespace

void add_site_command(CliCommand app, int& exit_code) {
  auto site = app.add_subcommand("site", "Look at site files");
  site.require_subcommand();
  auto command = site.add_subcommand("check", "Say what of a site file would work here");
  auto options = std::make_shared<CheckOptions>();
  options->site.add_to(command);
  command.add_option("--format", options->format, "text or json")
      .one_of({"text", "json"})
      .show_default();
  command.footer(
      "Without --launcher all launchers of the file are checked. Nothing is\n"
      "submitted, and nothing is made.\n"
      "Exit codes: 0 all is well, 1 there is a problem, 2 the file is wrong.");
  command.callback([options, &exit_code] { exit_code = check_site(*options); });
}

}  // namespace assay
