#include "driver/running.h"

#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "driver/run_identity.h"

namespace assay {

namespace {

using Json = nlohmann::json;

constexpr const char* k_mark = "driver";

std::vector<std::filesystem::path> directories_in(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> found;
  std::error_code code;
  for (std::filesystem::directory_iterator each(directory, code), end; !code && each != end;
       each.increment(code)) {
    std::error_code ignored;
    if (each->is_directory(ignored)) found.push_back(each->path());
  }
  return found;
}

// Nothing when the mark is another host's, or its process has ended.
std::optional<RunningDriver> read_mark(const std::filesystem::path& file) {
  const auto text = read_file_if_exists(file);
  if (!text) return std::nullopt;
  const auto json = Json::parse(*text, nullptr, false);
  if (json.is_discarded() || json.value("host", "") != host_name()) return std::nullopt;
  RunningDriver driver;
  driver.process.pid = json.value("pid", pid_t{0});
  driver.process.start_ticks = json.value("start_ticks", 0ULL);
  driver.key = json.value("key", "");
  driver.run_id = json.value("run_id", "");
  driver.attempt_directory = json.value("attempt", "");
  const auto current = process_info(driver.process.pid);
  if (!current || !current->is_same(driver.process)) return std::nullopt;
  return driver;
}

}  // namespace

bool RunningDriver::matches(const std::string& wanted_key, const std::string& wanted_run) const {
  const bool is_key =
      wanted_key.empty() || wanted_key == key || wanted_key == key.substr(key.find('/') + 1);
  return is_key && (wanted_run.empty() || wanted_run == run_id);
}

void RunningMark::set(const std::filesystem::path& product_directory, const std::string& key,
                      const std::string& run_id, const std::string& attempt_directory) {
  const auto self = process_info(::getpid());
  const Json json{
      {"host", host_name()}, {"pid", ::getpid()}, {"start_ticks", self ? self->start_ticks : 0},
      {"key", key},          {"run_id", run_id},  {"attempt", attempt_directory}};
  file_ = product_directory / k_mark;
  write_file_atomically(file_, json.dump() + "\n");
}

RunningMark::~RunningMark() {
  std::error_code ignored;
  if (!file_.empty()) std::filesystem::remove(file_, ignored);
}

std::vector<RunningDriver> running_drivers(const std::filesystem::path& work_dir) {
  std::vector<RunningDriver> drivers;
  for (const auto& run : directories_in(work_dir)) {
    for (const auto& product : directories_in(run)) {
      if (auto driver = read_mark(product / k_mark)) drivers.push_back(std::move(*driver));
    }
  }
  return drivers;
}

bool stop_driver(const RunningDriver& driver) {
  const auto current = process_info(driver.process.pid);
  if (!current || !current->is_same(driver.process)) return false;
  return ::kill(driver.process.pid, SIGTERM) == 0;
}

}  // namespace assay
