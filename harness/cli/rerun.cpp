// `assay rerun`: cases of a recorded run once more, and what differs from then.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>

#include "base/digest.h"
#include "base/files.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/record_diff.h"
#include "cli/record_query.h"

namespace assay {

namespace {

struct RerunOptions {
  HistoryOptions history;
  RecordQueryOptions query;
  SiteOptions site;
  bool failed = false;
};

// The records to run again: those named, or those of a run that failed or errored.
std::vector<Record> chosen(const History& history, const RerunOptions& options) {
  auto query = options.query;
  if (query.keys.empty() == !options.failed) {
    throw InputError({"KEY", 0, 0}, "name cases to run again, or say --failed, not both");
  }
  const bool names_run = !query.run_id.empty() || !query.pipeline_id.empty();
  if (!names_run) query.run_id = history.newest_run(query.branch);
  auto records = select_records(history, query, now());
  if (options.failed) {
    std::erase_if(records, [](const Record& record) {
      return record.verdict != Verdict::failed && record.verdict != Verdict::errored;
    });
  }
  // In the order in which they ran.
  std::reverse(records.begin(), records.end());
  return records;
}

void warn_of_changes(const Record& record) {
  const auto text = read_file_if_exists(record.recipe_file);
  if (!text) {
    throw InputError({record.recipe_file, 0, 0}, "the recipe of " + record.key +
                                                     " is no longer there, so it cannot be run "
                                                     "again");
  }
  if (!record.recipe_digest.empty() && sha256_hex(*text) != record.recipe_digest) {
    std::cerr << record.recipe_file << ": changed since run " << record.run_id
              << ": what runs now is the file as it is now\n";
  }
}

// Runs this program with other arguments, its output going where ours goes. Returns its exit code.
int run_self(const std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  for (const auto& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  pid_t pid = 0;
  std::cout.flush();
  const int code =
      ::posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, pointers.data(), environ);
  if (code != 0) throw Error(std::string("cannot start assay run: ") + std::strerror(code));
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) throw Error(std::string("cannot wait: ") + std::strerror(errno));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : exit_errored;
}

std::vector<std::string> command_of(const Record& record, const RerunOptions& options) {
  std::vector<std::string> command{
      "assay",
      "run",
      record.recipe_file,
      "--product",
      record.key,
      "--launcher",
      options.site.launcher.empty() ? record.launcher : options.site.launcher,
      "--history",
      options.history.path().string()};
  if (!options.site.site.empty()) command.insert(command.end(), {"--site", options.site.site});
  if (!record.image.empty()) command.insert(command.end(), {"--image", record.image});
  if (record.name != record.key.substr(record.key.find('/') + 1)) {
    command.insert(command.end(), {"--case", record.name});
  }
  return command;
}

void print_differences(const History& history, const Record& before, const std::string& run) {
  History::Query query;
  query.run_id = run;
  query.key = before.key;
  query.limit = 1;
  const auto after = history.find(query);
  if (after.empty()) return;
  CaseDiff diff{before.key, after[0].launcher, false, false, changes_between(before, after[0])};
  if (diff.changes.empty()) {
    std::cout << "Nothing differs from run " << before.run_id << "\n";
  } else {
    std::cout << "What differs from run " << before.run_id << ":\n"
              << diff_text(std::vector{diff}, 0);
  }
}

std::string rerun_id(const Record& record) {
  auto stamp = to_iso8601(now()).substr(0, 19);
  std::erase(stamp, ':');
  return record.run_id + "-rerun-" + stamp;
}

int rerun(const RerunOptions& options) {
  const auto history = options.history.open();
  const auto records = chosen(history, options);
  if (records.empty()) {
    std::cerr << "assay: nothing to run again\n";
    return options.failed ? exit_passed : exit_usage;
  }
  const auto asked = environment_or_empty("ASSAY_RUN_ID");
  const auto run = asked.empty() ? rerun_id(records.front()) : asked;
  ::setenv("ASSAY_RUN_ID", run.c_str(), 1);
  int worst = exit_passed;
  for (const auto& record : records) {
    warn_of_changes(record);
    const int code = run_self(command_of(record, options));
    print_differences(history, record, run);
    if (code == exit_failed || (code != exit_passed && code != exit_skipped && worst == 0)) {
      worst = code;
    }
  }
  return worst;
}

}  // namespace

void add_rerun_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("rerun", "Run cases of a recorded run again");
  auto options = std::make_shared<RerunOptions>();
  command->add_option("KEY", options->query.keys, "Keys or names of cases");
  command->add_flag("--failed", options->failed, "Every case of the run that did not pass");
  command->add_option("--run", options->query.run_id, "Run id (default: the newest run)")
      ->type_name("ID");
  options->site.add_to(*command);
  options->history.add_to(*command);
  command->footer(
      "A case runs on the launcher and with the image of its record, unless --launcher\n"
      "says another; what then differs (commit, driver, nodes, script, metrics) is\n"
      "printed. Cases are told apart by key, never by their place in a list.");
  command->callback([options, &exit_code] { exit_code = rerun(*options); });
}

}  // namespace assay
