// `assay cancel`: end jobs that drivers wait for, or that were kept.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "broker/client.h"
#include "cli/arguments.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "driver/running.h"

namespace assay {

namespace {

struct CancelOptions {
  std::string key;
  std::string run_id;
  std::string work_dir;
  SiteOptions site;
  std::string format = "text";
};

int run(const CancelOptions& options) {
  if (options.key.empty() && options.run_id.empty()) {
    throw InputError({"cancel", 0, 0}, "say what to cancel: a KEY, --run ID, or both");
  }
  const auto site = options.site.load();
  const auto& config = pick_launcher(site, options.site.launcher);
  auto cancelled = nlohmann::ordered_json::array();
  std::set<std::string> directories;
  if (config.type != "local") {
    if (const auto answer = cancel_by_broker(config, options.key, options.run_id)) {
      for (const auto& job : nlohmann::ordered_json::parse(*answer)) {
        directories.insert(job["directory"].get<std::string>());
        cancelled.push_back(
            {{"key", job["key"]}, {"run_id", job["run_id"]}, {"job_id", job["job_id"]}});
      }
    }
  }
  // Drivers that watch their own jobs.
  for (const auto& driver : running_drivers(work_directory(options.work_dir, site))) {
    if (!driver.matches(options.key, options.run_id)) continue;
    if (directories.count(driver.attempt_directory) > 0 || !stop_driver(driver)) continue;
    cancelled.push_back(
        {{"key", driver.key}, {"run_id", driver.run_id}, {"driver", driver.process.pid}});
  }
  if (options.format == "json") {
    std::cout << cancelled.dump(2) << "\n";
    return exit_passed;
  }
  for (const auto& job : cancelled) {
    std::cout << "cancelled " << job["key"].get<std::string>() << " of run "
              << job["run_id"].get<std::string>() << "\n";
  }
  if (cancelled.empty()) std::cout << "nothing of that runs\n";
  return exit_passed;
}

}  // namespace

void add_cancel_command(CliCommand app, int& exit_code) {
  auto command = app.add_subcommand("cancel", "End running jobs; their cases end as errored");
  auto options = std::make_shared<CancelOptions>();
  command.add_option("KEY", options->key, "Key or name of the product (default: all of --run)");
  command.add_option("--run", options->run_id, "Run id (default: every run)").type_name("ID");
  options->site.add_to(command);
  add_work_dir(command, options->work_dir, "Where the run's jobs have their directories");
  command.add_option("--format", options->format, "text or json (default: text)")
      .one_of({"text", "json"})
      .type_name("FORMAT");
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace assay
