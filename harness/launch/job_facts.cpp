#include "launch/job_facts.h"

#include "base/files.h"
#include "base/text.h"
#include "launch/gpus.h"

namespace assay {

namespace {

constexpr double k_seconds_per_minute = 60;

// "12m3.456s"
std::optional<double> parse_shell_time(std::string_view text) {
  const auto minutes_end = text.find('m');
  if (minutes_end == std::string_view::npos || !text.ends_with('s')) return std::nullopt;
  const auto minutes = parse_number(text.substr(0, minutes_end));
  text.remove_suffix(1);
  const auto seconds = parse_number(text.substr(minutes_end + 1));
  if (!minutes || !seconds || *minutes < 0 || *seconds < 0) return std::nullopt;
  return *minutes * k_seconds_per_minute + *seconds;
}

}  // namespace

std::vector<Gpu> read_job_gpus(const std::filesystem::path& attempt_directory) {
  const auto table = read_file_if_exists(attempt_directory / k_job_gpus_file);
  if (!table) return {};
  const auto written = read_file_if_exists(attempt_directory / k_job_gpu_mask_file);
  std::optional<std::string> mask;
  if (written && !trim(*written).empty()) mask = std::string(trim(*written));
  std::vector<Gpu> gpus;
  for (auto& each : visible_gpus(parse_nvidia_smi(*table, {}), mask)) {
    gpus.push_back(std::move(each.gpu));
  }
  return gpus;
}

std::string read_job_id(const std::filesystem::path& attempt_directory) {
  const auto text = read_file_if_exists(attempt_directory / k_job_id_file);
  return text ? std::string(trim(*text)) : std::string();
}

std::optional<double> parse_cpu_times(std::string_view text) {
  double sum = 0;
  bool has_any = false;
  for (const auto& line : split(text, '\n')) {
    for (const auto& word : split(trim(line), ' ')) {
      if (word.empty()) continue;
      const auto seconds = parse_shell_time(word);
      if (!seconds) return std::nullopt;
      sum += *seconds;
      has_any = true;
    }
  }
  return has_any ? std::optional(sum) : std::nullopt;
}

JobUsage read_job_usage(const std::filesystem::path& attempt_directory) {
  JobUsage usage;
  if (const auto peak = read_file_if_exists(attempt_directory / k_peak_memory_file)) {
    const auto bytes = parse_integer(trim(*peak));
    if (bytes && *bytes > 0) usage.peak_memory_bytes = *bytes;
  }
  const auto own = read_file_if_exists(attempt_directory / k_cpu_times_file);
  if (!own) return usage;
  auto sum = parse_cpu_times(*own);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(attempt_directory, error)) {
    if (!entry.path().filename().string().starts_with(std::string(k_cpu_times_file) + ".")) {
      continue;
    }
    const auto text = read_file_if_exists(entry.path());
    const auto task = text ? parse_cpu_times(*text) : std::nullopt;
    if (!task || !sum) return usage;  // a sum without one of them would be none
    sum = *sum + *task;
  }
  usage.cpu_seconds = sum;
  return usage;
}

}  // namespace assay
