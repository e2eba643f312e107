// From a job's logs to series, and from series to the values that are judged.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "metrics/kept_steps.h"
#include "model/metric.h"

namespace assay {

// Where a job left what it logged.
struct MetricSources {
  std::filesystem::path logs_dir;  // searched for files of the loggers
  std::filesystem::path stdout_log;
  std::vector<std::string> loggers;                 // "dllogger", "tensorboard", "stdout", ...
  std::vector<StepRange> kept_steps;                // what reductions ask for
  std::size_t most_points = std::size_t{1} << 20U;  // kept of all series together: 16 MiB
};

struct Collected {
  std::vector<Series> series;         // one per metric name and source, in file order
  std::vector<std::string> warnings;  // what could not be read: file, offset, reason
};

// Reads every source; never throws for what a job wrote. Where there are more points than
// `most_points`, the longest series are thinned, and a warning says so.
Collected collect(const MetricSources& sources, std::span<const MetricDefinition> definitions);

// One value per metric. Where several sources have a metric, the definition's `source` decides,
// else the order of the loggers. Derived metrics are computed last; `constants` are the product's
// numeric parameters ("gpus", "nodes") for their expressions. A reduction that finds no point
// gives no metric and a warning.
struct Reduced {
  std::vector<Metric> metrics;
  std::vector<std::string> warnings;
};
Reduced reduce_all(std::span<const Series> series, std::span<const MetricDefinition> definitions,
                   std::span<const std::pair<std::string, double>> constants,
                   std::span<const std::string> loggers);

}  // namespace assay
