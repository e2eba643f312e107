// `assay broker`: the process that asks a scheduler for all drivers at once.
#include <fcntl.h>
#include <unistd.h>

#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "broker/client.h"
#include "broker/log.h"
#include "broker/protocol.h"
#include "broker/server.h"
#include "cli/arguments.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "launch/launcher.h"

namespace assay {

namespace {

struct BrokerOptions {
  SiteOptions site;
  std::string format = "text";

  void add_to(CliCommand command) {
    site.add_to(command);
    command.add_option("--format", format, "text or json (default: text)")
        .one_of({"text", "json"})
        .type_name("FORMAT");
  }
};

void print_text(const nlohmann::json& broker) {
  std::cout << "broker of launcher '" << broker["launcher"].get<std::string>() << "', pid "
            << broker["pid"] << ", " << broker["drivers"] << " drivers, asking every "
            << broker["poll_interval_seconds"].get<double>() << " s\n";
  const auto& calls = broker["calls"];
  std::cout << calls["submitted_jobs"] << " jobs in " << calls["submissions"] << " submissions, "
            << calls["polls"] << " polls, " << calls["look_ups"] << " look-ups, "
            << calls["cancels"] << " cancellations, " << calls["unanswered"]
            << " calls without an answer\n";
  for (const auto& job : broker["jobs"]) {
    const auto id = job["job_id"].get<std::string>();
    std::cout << "  " << job["state"].get<std::string>() << "  " << (id.empty() ? "-" : id) << "  "
              << job["key"].get<std::string>() << (job["has_driver"] ? "" : "  (no driver)");
    for (const char* more : {"reason", "notice", "end"}) {
      if (job.contains(more)) std::cout << "  " << job[more].get<std::string>();
    }
    std::cout << "\n";
  }
  std::cout << "log: " << broker["log"].get<std::string>() << "\n";
}

int report(const BrokerOptions& options, const std::string& launcher,
           const std::optional<std::string>& answer, bool is_stop) {
  if (options.format == "json") {
    std::cout << answer.value_or("null") << "\n";
    return exit_passed;
  }
  if (!answer) {
    std::cout << "no broker runs for launcher '" << launcher << "'\n";
    return exit_passed;
  }
  const auto broker = nlohmann::json::parse(*answer);
  if (!is_stop) {
    print_text(broker);
    return exit_passed;
  }
  std::cout << "stopped the broker of launcher '" << launcher << "' (pid " << broker["pid"]
            << ")\n";
  const auto open = broker["jobs"].size();
  if (open > 0) {
    std::cout << open
              << " jobs go on; the next broker takes them over, and drivers "
                 "that wait "
              << "start it\n";
  }
  return exit_passed;
}

int run(const BrokerOptions& options, bool is_stop) {
  const auto site = options.site.load();
  const auto& config = pick_launcher(site, options.site.launcher);
  const auto answer = is_stop ? stop_broker(config) : broker_overview(config);
  return report(options, config.name, answer, is_stop);
}

// What connect_or_start() starts: standard input has the launcher's
// configuration.
int serve_forever() {
  const std::string bytes{std::istreambuf_iterator<char>(std::cin), {}};
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null < 0) throw Error("cannot open /dev/null");
  ::dup2(null, STDIN_FILENO);
  const auto config = decode_config(bytes);
  const auto paths = broker_paths(config);
  try {
    const auto launcher = make_launcher(config);
    serve(config, *launcher, paths);
  } catch (const std::exception& error) {
    BrokerLog(paths.log).line(std::string("error: ") + error.what());
    return exit_errored;
  }
  return exit_passed;
}

}  // namespace

void add_broker_command(CliCommand app, int& exit_code) {
  auto command = app.add_subcommand(
      "broker", "Look at, or stop, the process that asks a scheduler for all drivers");
  command.require_subcommand();
  for (const bool is_stop : {false, true}) {
    auto action = command.add_subcommand(
        is_stop ? "stop" : "status", is_stop ? "Stop the broker; its jobs go on"
                                             : "Show the broker, its jobs and its scheduler calls");
    auto options = std::make_shared<BrokerOptions>();
    options->add_to(action);
    action.callback([options, is_stop, &exit_code] { exit_code = run(*options, is_stop); });
  }
  auto serving = command.add_subcommand("serve", "");
  serving.hide();  // drivers start it, people have no use for it
  serving.callback([&exit_code] { exit_code = serve_forever(); });
  command.footer(
      "The first driver that needs a broker starts it: one process "
      "per user and\n"
      "launcher configuration. It leaves a minute after its last "
      "driver and job.\n"
      "`assay run --no-broker`, or `broker: false` in the site "
      "file's launcher, does\n"
      "without. Launchers of type local never use it.");
}

}  // namespace assay
