// `assay rerun`: cases of a recorded run once more, and what differs from then.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <set>

#include "base/digest.h"
#include "base/files.h"
#include "base/process.h"
#include "cli/arguments.h"
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
  std::string work_dir;
  bool failed = false;
  bool current = false;
};

// The records to run again: the newest one of each case named, or those of a run.
std::vector<Record> chosen(const History& history, const RerunOptions& options) {
  auto query = options.query;
  if (query.keys.empty() == !options.failed) {
    throw InputError({"KEY", 0, 0}, "name cases to run again, or say --failed, not both");
  }
  const bool names_run = !query.run_id.empty();
  if (!names_run && options.failed) query.run_id = history.newest_run();
  std::set<std::string> seen;
  std::vector<Record> out;
  for (const auto& row : select_rows(history, query, now())) {
    const bool is_bad = row.verdict == Verdict::failed || row.verdict == Verdict::errored;
    if (options.failed ? !is_bad : !names_run && !seen.emplace(row.key).second) continue;
    if (auto record = history.record(row.id)) out.push_back(std::move(*record));
  }
  std::reverse(out.begin(), out.end());  // in the order in which they ran
  return out;
}

// A file of its own directory, both gone with this object.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& name, std::string_view content) {
    auto pattern = (std::filesystem::temp_directory_path() / "assay-rerun-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw Error("cannot create " + pattern + ": " + std::strerror(errno));
    }
    directory_ = pattern;
    write_file_atomically(path_ = directory_ / name, content);
  }
  ~TemporaryFile() {
    std::error_code code;
    std::filesystem::remove_all(directory_, code);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path directory_;
  std::filesystem::path path_;
};

bool is_as_recorded(const Record& record, const std::string& text) {
  return record.recipe_digest.empty() || sha256_hex(text) == record.recipe_digest;
}

// The recipe as it was when the record was made, out of git; nothing where git does not have it.
std::optional<std::string> recipe_of_commit(const Record& record) {
  if (record.git_commit.empty()) return std::nullopt;
  const std::filesystem::path file(record.recipe_file);
  const auto result = run_command({{"git", "-C", file.parent_path().string(), "show",
                                    record.git_commit + ":./" + file.filename().string()}});
  if (!result.succeeded() || !is_as_recorded(record, result.out)) return std::nullopt;
  return result.out;
}

// The text to run where the file has changed since; nothing where it is as it was, or where what is
// there now was asked for.
std::optional<std::string> recorded_recipe(const Record& record, bool current) {
  const auto text = read_file_if_exists(record.recipe_file);
  if (text && is_as_recorded(record, *text)) return std::nullopt;
  const std::string what =
      record.recipe_file + (text ? ": changed" : ": taken away") + " since run " + record.run_id;
  if (current && text) {
    std::cerr << what << ": what runs is the file as it is now\n";
    return std::nullopt;
  }
  if (auto then = recipe_of_commit(record)) {
    std::cerr << what << ": what runs is the file as it was in commit "
              << record.git_commit.substr(0, 10) << "\n";
    return then;
  }
  throw InputError({record.recipe_file, 0, 0},
                   (text ? "it has changed since run " : "it was taken away since run ") +
                       record.run_id + ", and commit " +
                       (record.git_commit.empty() ? "(none)" : record.git_commit.substr(0, 10)) +
                       " does not have it as it was" +
                       (text ? ": --current runs it as it is now" : ""));
}

// Runs this program with other arguments, its output going where ours goes. Returns its exit code.
int run_self(const std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  for (const auto& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  // Ctrl-C is the job's: this process waits for what comes of it.
  const auto before = std::signal(SIGINT, SIG_IGN);
  sigset_t defaults;
  ::sigemptyset(&defaults);
  ::sigaddset(&defaults, SIGINT);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  std::cout.flush();
  const int code =
      ::posix_spawn(&pid, "/proc/self/exe", nullptr, &attributes, pointers.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  if (code != 0) throw Error(std::string("cannot start assay run: ") + std::strerror(code));
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) throw Error(std::string("cannot wait: ") + std::strerror(errno));
  }
  std::signal(SIGINT, before);
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
      options.history.path(options.site.site).string()};
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) command.insert(command.end(), {option, value});
  };
  add("--site", options.site.site);
  add("--work-dir", options.work_dir);
  add("--image", record.image);
  if (record.name != record.key.substr(record.key.find('/') + 1)) add("--case", record.name);
  // What the caller said of labels then is in the record; those of the recipe itself are the same.
  for (const auto& [name, value] : record.labels) add("--label", name + "=" + value);
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
  const std::string suffix = "-rerun-" + stamp + "." + std::to_string(::getpid());
  constexpr std::size_t k_longest = 100;  // of a run id
  const auto first = record.run_id.substr(0, record.run_id.find("-rerun-"));
  return first.substr(0, k_longest - suffix.size()) + suffix;
}

// One case once more. The rerun is of the pipeline of the run that it repeats (or of that run
// itself), so that its record counts in place of the earlier one.
int rerun_one(const History& history, const Record& record, const RerunOptions& options,
              const std::string& run) {
  const auto text = recorded_recipe(record, options.current);
  const auto& pipeline = record.pipeline_id.empty() ? record.run_id : record.pipeline_id;
  ::setenv("ASSAY_PIPELINE_ID", pipeline.c_str(), 1);
  auto command = command_of(record, options);
  std::optional<TemporaryFile> file;
  if (text) {
    file.emplace(std::filesystem::path(record.recipe_file).filename().string(), *text);
    command.insert(command.end(), {"--recipe-text", file->path().string()});
  }
  const int code = run_self(command);
  if (code != exit_usage) print_differences(history, record, run);  // else nothing ran
  return code;
}

int rerun(const RerunOptions& options) {
  const auto history = options.history.open(options.site.site);
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
    int code = exit_usage;
    try {
      code = rerun_one(history, record, options, run);
    } catch (const InputError& error) {
      if (records.size() == 1) throw;
      std::cerr << error.what() << "\n";  // the other cases can still be run
    }
    const bool is_worse = code != exit_passed && code != exit_skipped && worst == exit_passed;
    if (code == exit_failed || is_worse) worst = code;
  }
  return worst;
}

}  // namespace

void add_rerun_command(CliCommand app, int& exit_code) {
  auto command = app.add_subcommand("rerun", "Run cases of a recorded run again");
  auto options = std::make_shared<RerunOptions>();
  command.add_option("KEY", options->query.keys, "Keys or names of cases");
  command.add_flag("--failed", options->failed, "Every case of the run that did not pass");
  command
      .add_option("--run", options->query.run_id,
                  "Run id (default: the newest run; for a KEY its\n"
                  "newest record)")
      .type_name("ID");
  command.add_flag("--current", options->current,
                   "Take a recipe that has changed since as it is now");
  options->site.add_to(command);
  command
      .add_option("--work-dir", options->work_dir,
                  "Where jobs run and leave their logs\n"
                  "(default: as for 'assay run')")
      .type_name("DIR");
  options->history.add_to(command);
  command.footer(
      "A case runs with the parameters and the image of its record, from the recipe as\n"
      "it was then (its file, or git's of the recorded commit), on the launcher of the\n"
      "record unless --launcher says another. What then differs (verdict, metrics,\n"
      "commit, driver, nodes) is printed. 'assay results' shows the new record in place\n"
      "of the old one. Cases are told apart by key, never by their place in a list.");
  command.callback([options, &exit_code] { exit_code = rerun(*options); });
}

}  // namespace assay
