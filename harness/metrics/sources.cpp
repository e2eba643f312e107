#include "metrics/sources.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace assay {

namespace {

struct Logger {
  std::string_view name;
  SourceFormat format;
  std::string_view places;
};

constexpr std::array<Logger, 9> k_loggers = {{
    {"stdout", SourceFormat::text, "the job's stdout"},
    {"tensorboard", SourceFormat::tensorboard, "**/*tfevents*"},
    {"dllogger", SourceFormat::dllogger, "**/dllogger.json, **/*dllog*.json, **/nvlog.json"},
    {"extra", SourceFormat::yaml_values, "extra.yaml"},
    {"csv", SourceFormat::csv, "**/metrics.csv, else *.csv"},
    {"jsonl", SourceFormat::json_lines, "**/*.jsonl"},
    {"json", SourceFormat::json_document,
     "**/trainer_state.json, **/*_results.json, **/trainer_logs.json, **/metrics.json, else "
     "*.json"},
    {"wandb", SourceFormat::wandb, "**/wandb/*run-*/files/wandb-summary.json"},
    {"mlflow", SourceFormat::mlflow, "**/mlruns/*/*/metrics/**"},
}};

std::string_view file_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view directory(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

bool is_dllogger_name(std::string_view name) {
  return name == "nvlog.json" || (name.find("dllog") != std::string_view::npos &&
                                  (name.ends_with(".json") || name.ends_with(".jsonl")));
}

bool is_document_name(std::string_view name) {
  return name == "trainer_state.json" || name == "trainer_logs.json" || name == "metrics.json" ||
         name.ends_with("_results.json");
}

// The files that `is_wanted` accepts, by relative path.
template <typename Predicate>
std::vector<FoundFile> choose(std::span<const FoundFile> files, Predicate is_wanted) {
  std::vector<FoundFile> chosen;
  for (const FoundFile& file : files) {
    if (is_wanted(std::string_view(file.relative))) chosen.push_back(file);
  }
  return chosen;
}

// Keeps of directories like `version_0`, `version_1` beside each other only the last. `prefix` is
// what their names start with.
void keep_newest_run(std::vector<FoundFile>& files, std::string_view prefix) {
  // The path up to and with the run's directory; empty when there is none.
  const auto run_of = [prefix](std::string_view path) {
    std::size_t begin = 0;
    for (auto slash = path.find('/'); slash != std::string_view::npos;
         begin = slash + 1, slash = path.find('/', begin)) {
      if (path.substr(begin, slash - begin).starts_with(prefix)) return path.substr(0, slash);
    }
    return std::string_view{};
  };
  const auto is_old = [&](const FoundFile& file) {
    const auto run = run_of(file.relative);
    return !run.empty() && std::any_of(files.begin(), files.end(), [&](const FoundFile& other) {
      const auto other_run = run_of(other.relative);
      return directory(other_run) == directory(run) && natural_less(run, other_run);
    });
  };
  std::vector<FoundFile> kept;
  std::copy_if(files.begin(), files.end(), std::back_inserter(kept),
               [&](const FoundFile& file) { return !is_old(file); });
  files = std::move(kept);
}

// Hugging Face's Trainer leaves a copy of its state in each checkpoint.
void drop_checkpoint_copies(std::vector<FoundFile>& files) {
  const auto has = [&files](std::string_view path) {
    return std::any_of(files.begin(), files.end(),
                       [path](const FoundFile& file) { return file.relative == path; });
  };
  std::vector<FoundFile> kept;
  for (const FoundFile& file : files) {
    const auto place = directory(file.relative);
    if (file_name(place).starts_with("checkpoint-")) {
      const auto above = directory(place);
      const std::string original =
          (above.empty() ? "" : std::string(above) + "/") + std::string(file_name(file.relative));
      if (has(original)) continue;
    }
    kept.push_back(file);
  }
  files = std::move(kept);
  keep_newest_run(files, "checkpoint-");
}

bool is_directly_here(std::string_view path) { return path.find('/') == std::string_view::npos; }

std::vector<FoundFile> document_files(std::span<const FoundFile> files) {
  auto chosen = choose(files, [](auto path) { return is_document_name(file_name(path)); });
  drop_checkpoint_copies(chosen);
  if (!chosen.empty()) return chosen;
  return choose(files, [](auto path) {
    return is_directly_here(path) && path.ends_with(".json") && !is_dllogger_name(path);
  });
}

std::vector<FoundFile> csv_files(std::span<const FoundFile> files) {
  auto chosen = choose(files, [](auto path) { return file_name(path) == "metrics.csv"; });
  keep_newest_run(chosen, "version_");
  if (!chosen.empty()) return chosen;
  return choose(files, [](auto path) { return is_directly_here(path) && path.ends_with(".csv"); });
}

}  // namespace

std::optional<SourceFormat> format_of_logger(std::string_view logger) {
  for (const Logger& known : k_loggers) {
    if (known.name == logger) return known.format;
  }
  return std::nullopt;
}

std::vector<std::string> known_loggers() {
  std::vector<std::string> names;
  for (const Logger& known : k_loggers) names.emplace_back(known.name);
  return names;
}

std::string_view usual_places(SourceFormat format) {
  for (const Logger& known : k_loggers) {
    if (known.format == format) return known.places;
  }
  return {};
}

std::string_view logger_of_file(std::string_view path) {
  const auto name = file_name(path);
  if (name.find("tfevents") != std::string_view::npos) return "tensorboard";
  if (is_dllogger_name(name)) return "dllogger";
  if (name == "wandb-summary.json") return "wandb";
  if (name.ends_with(".csv")) return "csv";
  if (name.ends_with(".jsonl")) return "jsonl";
  if (name.ends_with(".json")) return "json";
  if (name.ends_with(".yaml") || name.ends_with(".yml")) return "extra";
  if (path.find("mlruns/") != std::string_view::npos) return "mlflow";
  return "stdout";
}

std::vector<FoundFile> files_in_usual_places(SourceFormat format,
                                             std::span<const FoundFile> files) {
  std::vector<FoundFile> chosen;
  switch (format) {
    case SourceFormat::dllogger:
      return choose(files, [](auto path) { return is_dllogger_name(file_name(path)); });
    case SourceFormat::tensorboard:
      chosen =
          choose(files, [](auto path) { return file_name(path).find("tfevents") != path.npos; });
      keep_newest_run(chosen, "version_");
      return chosen;
    case SourceFormat::csv:
      return csv_files(files);
    case SourceFormat::json_lines:
      return choose(files, [](auto path) {
        return path.ends_with(".jsonl") && !is_dllogger_name(file_name(path));
      });
    case SourceFormat::json_document:
      return document_files(files);
    case SourceFormat::yaml_values:
      return choose(files, [](auto path) { return path == "extra.yaml" || path == "extra.yml"; });
    case SourceFormat::wandb:
      chosen = choose(files, [](auto path) {
        return glob_matches("**/wandb/*run-*/files/wandb-summary.json", path);
      });
      keep_newest_run(chosen, "run-");
      keep_newest_run(chosen, "offline-run-");
      return chosen;
    case SourceFormat::mlflow:
      return choose(files,
                    [](auto path) { return glob_matches("**/mlruns/*/*/metrics/**", path); });
    case SourceFormat::text:
      return {};
  }
  return {};
}

std::string group_of(SourceFormat format, const FoundFile& file) {
  const std::string_view path = file.relative;
  switch (format) {
    case SourceFormat::tensorboard:
    case SourceFormat::json_document:
      return std::string(directory(path));
    case SourceFormat::mlflow:
      return std::string(path.substr(0, path.rfind("/metrics/")));
    default:
      return std::string(path);
  }
}

}  // namespace assay
