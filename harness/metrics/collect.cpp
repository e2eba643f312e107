// Finds the files of a job's loggers and reads them.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "metrics/metrics.h"
#include "metrics/readers.h"
#include "metrics/sources.h"
#include "metrics/telemetry.h"

namespace assay {

namespace {

class Collector {
 public:
  Collector(const MetricSources& sources, std::span<const MetricDefinition> definitions)
      : sources_(sources), definitions_(definitions), kept_(sources.kept_steps) {}

  Collected collect() {
    std::vector<std::string> wanted;
    const auto want = [&wanted](const std::string& logger) {
      if (std::find(wanted.begin(), wanted.end(), logger) == wanted.end()) wanted.push_back(logger);
    };
    for (const auto& logger : sources_.loggers) want(logger);
    for (const auto& definition : definitions_) {
      const auto logger = logger_of(definition);
      if (!logger.empty()) want(logger);
    }
    for (const auto& logger : wanted) {
      const auto format = format_of_logger(logger);
      if (!format) {
        out_.warnings.push_back(
            fmt::format("unknown logger '{}'{}", logger, did_you_mean(logger, known_loggers())));
      } else {
        read_source(logger, *format);
      }
    }
    read_telemetry();
    return std::move(out_);
  }

 private:
  // The logger that a definition alone asks for; empty when any of the recipe's will do.
  static std::string logger_of(const MetricDefinition& definition) {
    if (!definition.source.empty()) return definition.source;
    if (!definition.pattern.empty()) return "stdout";
    return definition.path.empty() ? "" : std::string(logger_of_file(definition.path));
  }

  bool is_named(const std::string& logger) const {
    return std::find(sources_.loggers.begin(), sources_.loggers.end(), logger) !=
           sources_.loggers.end();
  }

  void read_source(const std::string& logger, SourceFormat format) {
    auto sink = make_sink(logger);
    bool uses_usual_places = is_named(logger);
    std::vector<FoundFile> files;
    for (const auto& definition : definitions_) {
      if (logger_of(definition) != logger) continue;
      if (definition.path.empty()) {
        uses_usual_places = true;
      } else if (format == SourceFormat::text) {
        read_logs_of(definition, sink);
      } else {
        add_files(files_of_path(definition), files);
      }
    }
    std::vector<std::string> warnings;
    if (format == SourceFormat::text) {
      if (uses_usual_places) read_stdout(is_named(logger), sink);
    } else {
      if (uses_usual_places) add_files(usual_files(logger, format, warnings), files);
      read_files(format, files, sink);
    }
    take(sink);
    std::move(warnings.begin(), warnings.end(), std::back_inserter(out_.warnings));
  }

  void take(SeriesSink& sink) {
    points_ += sink.point_count();
    auto series = sink.take_series();
    auto warnings = sink.take_warnings();
    std::move(series.begin(), series.end(), std::back_inserter(out_.series));
    std::move(warnings.begin(), warnings.end(), std::back_inserter(out_.warnings));
  }

  // All sources share the points that may be kept; the last of them still gets some.
  SeriesSink make_sink(const std::string& source) const {
    const auto left = sources_.most_points - std::min(points_, sources_.most_points);
    return SeriesSink(source, std::max(left, sources_.most_points / 16), kept_);
  }

  static void add_files(std::vector<FoundFile> more, std::vector<FoundFile>& files) {
    for (FoundFile& file : more) {
      const bool is_known =
          std::any_of(files.begin(), files.end(),
                      [&file](const FoundFile& known) { return known.path == file.path; });
      if (!is_known) files.push_back(std::move(file));
    }
  }

  const std::vector<FoundFile>& listing(const std::filesystem::path& root) {
    const auto [place, is_new] = listings_.try_emplace(root);
    if (is_new) place->second = list_files(root, out_.warnings);
    return place->second;
  }

  // The logs directory, else the attempt's directory around it.
  std::vector<FoundFile> usual_files(const std::string& logger, SourceFormat format,
                                     std::vector<std::string>& warnings) {
    auto found = files_in_usual_places(format, listing(sources_.logs_dir));
    const auto around = sources_.stdout_log.parent_path();
    const bool is_attempt = !around.empty() && around == sources_.logs_dir.parent_path();
    if (found.empty() && is_attempt) found = files_in_usual_places(format, listing(around));
    if (found.empty()) {
      warnings.push_back(fmt::format("logger '{}' left no file: looked for {} below {}{}", logger,
                                     usual_places(format), sources_.logs_dir.string(),
                                     is_attempt ? " and " + around.string() : ""));
    }
    return found;
  }

  std::vector<FoundFile> files_of_path(const MetricDefinition& definition) {
    auto root = sources_.logs_dir;
    std::string_view pattern = definition.path;
    if (const auto logs = root.string() + "/"; pattern.starts_with(logs)) {
      pattern.remove_prefix(logs.size());
    }
    for (; pattern.starts_with("../"); pattern.remove_prefix(3)) root = root.parent_path();
    std::vector<FoundFile> found;
    for (const FoundFile& file : listing(root)) {
      if (glob_matches(pattern, file.relative)) found.push_back(file);
    }
    if (found.empty()) {
      out_.warnings.push_back(fmt::format("metric '{}': no file matches '{}' below {}",
                                          definition.name, pattern, root.string()));
    }
    return found;
  }

  void read_stdout(bool read_known_lines, SeriesSink& sink) {
    std::vector<LogPattern> patterns;
    for (const auto& definition : definitions_) {
      if (!definition.pattern.empty() && definition.path.empty()) {
        patterns.push_back({definition.name, definition.pattern});
      }
    }
    sink.begin_group();
    read_file(sources_.stdout_log, sink,
              [&](Input& input) { read_text_log(input, patterns, read_known_lines, sink); });
  }

  void read_logs_of(const MetricDefinition& definition, SeriesSink& sink) {
    std::vector<LogPattern> patterns;
    if (!definition.pattern.empty()) patterns.push_back({definition.name, definition.pattern});
    for (const FoundFile& file : files_of_path(definition)) {
      sink.begin_group();
      read_file(file.path, sink,
                [&](Input& input) { read_text_log(input, patterns, patterns.empty(), sink); });
    }
  }

  void read_files(SourceFormat format, const std::vector<FoundFile>& files, SeriesSink& sink) {
    std::string group;
    std::optional<TensorboardReader> events;
    for (const FoundFile& file : files) {
      if (auto own = group_of(format, file); own != group || &file == files.data()) {
        group = std::move(own);
        sink.begin_group();
        events.emplace(sink);
      }
      read_file(file.path, sink, [&](Input& input) {
        if (format == SourceFormat::tensorboard) {
          events->read(input);
        } else {
          read_one(format, file, input, sink);
        }
      });
    }
  }

  static void read_one(SourceFormat format, const FoundFile& file, Input& input, SeriesSink& sink) {
    switch (format) {
      case SourceFormat::dllogger:
        return read_dllogger(input, sink);
      case SourceFormat::csv:
        return read_csv(input, sink);
      case SourceFormat::json_lines:
        return read_json_lines(input, sink);
      case SourceFormat::json_document:
      case SourceFormat::wandb:
        return read_json_document(input, sink);
      case SourceFormat::yaml_values:
        return read_yaml_values(input, sink);
      case SourceFormat::mlflow: {
        constexpr std::string_view k_directory = "/metrics/";
        const auto place = file.relative.rfind(k_directory);
        const auto begin =
            place == std::string::npos ? file.relative.rfind('/') + 1 : place + k_directory.size();
        return read_mlflow_metric(input, std::string_view(file.relative).substr(begin), sink);
      }
      default:
        return;
    }
  }

  // Machines without GPUs have no samples, and nothing is said of it.
  void read_telemetry() {
    const auto path = sources_.stdout_log.parent_path() / k_gpu_samples_file;
    std::error_code absent;
    if (!std::filesystem::exists(path, absent)) return;
    auto sink = make_sink("gpu");
    read_file(path, sink, [&sink](Input& input) { read_gpu_samples(input, sink); });
    take(sink);
  }

  template <typename Read>
  void read_file(const std::filesystem::path& path, SeriesSink& sink, Read read) {
    sink.begin_file(path.string());
    try {
      FileInput input(path);
      read(input);
    } catch (const Error& problem) {
      sink.warn(problem.what());
    }
    sink.end_file();
  }

  const MetricSources& sources_;
  std::span<const MetricDefinition> definitions_;
  KeptSteps kept_;
  std::size_t points_ = 0;  // kept so far
  std::map<std::filesystem::path, std::vector<FoundFile>> listings_;
  Collected out_;
};

}  // namespace

Collected collect(const MetricSources& sources, std::span<const MetricDefinition> definitions) {
  return Collector(sources, definitions).collect();
}

}  // namespace assay
