// Which files each logger writes, and how they are read.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/find_files.h"

namespace assay {

enum class SourceFormat {
  dllogger,
  tensorboard,
  csv,
  json_lines,
  json_document,
  yaml_values,
  wandb,
  mlflow,
  text,
};

// The format that a logger of a recipe writes; nothing when there is no such logger.
std::optional<SourceFormat> format_of_logger(std::string_view logger);

// The logger whose format a file's name tells, for a metric that gives a path and no source.
std::string_view logger_of_file(std::string_view path);

// The names that recipes may give under `loggers`.
std::vector<std::string> known_loggers();

// What a person should read about where files of this format are looked for.
std::string_view usual_places(SourceFormat format);

// Those of `files` (all below one directory) that lie in the format's usual places: only the newest
// where a tool starts a new directory for each run.
std::vector<FoundFile> files_in_usual_places(SourceFormat format, std::span<const FoundFile> files);

// Files whose keys are equal continue each other's series.
std::string group_of(SourceFormat format, const FoundFile& file);

}  // namespace assay
