// `assay logs`: what a case's newest attempt writes, also while it runs.
#include "cli/logs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include "base/descriptor.h"
#include "cli/arguments.h"
#include "cli/attempt_files.h"
#include "cli/command_line.h"
#include "cli/options.h"

namespace assay {

namespace {

constexpr std::chrono::milliseconds k_interval{500};

struct LogsOptions {
  std::string key;
  std::string run_id;
  std::string work_dir;
  SiteOptions site;
  bool follow = false;
};

// One log of a job, copied to a stream of this process as it grows.
class Tail {
 public:
  Tail(std::filesystem::path path, int out) : path_(std::move(path)), out_(out) {}

  // Copies what is new.
  void copy() {
    if (!file_.is_open()) file_ = Descriptor(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file_.is_open()) return;  // not yet
    // A job that is requeued begins its logs anew.
    struct stat now {};
    if (::fstat(file_.get(), &now) == 0 && now.st_size < ::lseek(file_.get(), 0, SEEK_CUR)) {
      ::lseek(file_.get(), 0, SEEK_SET);
    }
    std::array<char, 65536> buffer{};
    for (;;) {
      const auto count = ::read(file_.get(), buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw Error("cannot read " + path_.string() + ": " + std::strerror(errno));
      if (count == 0) return;
      write_all({buffer.data(), static_cast<std::size_t>(count)});
    }
  }

 private:
  void write_all(std::string_view text) const {
    while (!text.empty()) {
      const auto count = ::write(out_, text.data(), text.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw Error(std::string("cannot write: ") + std::strerror(errno));
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  std::filesystem::path path_;
  int out_;
  Descriptor file_;
};

int show_logs(const LogsOptions& options) {
  const auto work_dir = work_directory(options.work_dir, options.site.load());
  const auto attempt = newest_attempt(work_dir, options.key, options.run_id);
  Tail out(attempt / "stdout.log", STDOUT_FILENO);
  Tail err(attempt / "stderr.log", STDERR_FILENO);
  for (;;) {
    // Asked before the copying: what is written before the end is copied, too.
    const bool is_last = !options.follow || has_ended(attempt);
    out.copy();
    err.copy();
    if (is_last) return exit_passed;
    std::this_thread::sleep_for(k_interval);
  }
}

}  // namespace

void add_logs_command(CliCommand app, int& exit_code) {
  auto command = app.add_subcommand("logs", "Show what a case's newest attempt writes");
  auto options = std::make_shared<LogsOptions>();
  command.add_option("KEY", options->key, "Key or name of the product, or of the case").required();
  command.add_flag("-f,--follow", options->follow, "Go on until the job ends");
  command.add_option("--run", options->run_id, "Of this run (default: of the newest)")
      .type_name("ID");
  add_work_dir(command, options->work_dir, "Where jobs run and leave their logs");
  options->site.add_to(command);
  command.footer(
      "The job's standard output goes to this command's, its standard error\n"
      "likewise.");
  command.callback([options, &exit_code] { exit_code = show_logs(*options); });
}

}  // namespace assay
