// Golden-values files, in the format of Megatron-LM's functional tests:
// {"lm loss": {"start_step": 1, "end_step": 50, "step_interval": 1, "values": {"1": 10.9, ...}}}
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/metric.h"

namespace assay {

// One metric's curve. Where `values` is a list, the steps follow from start and interval.
struct GoldenSeries {
  std::string metric;
  std::vector<Point> points;  // by ascending step; NaN where the file says "nan"
  std::optional<std::int64_t> start_step;
  std::optional<std::int64_t> end_step;
  std::optional<std::int64_t> step_interval;
};

// In the file's order. Throws InputError with the place of what is wrong, also for a file without
// any metric or a metric without any value, and Error when the file cannot be read.
std::vector<GoldenSeries> read_golden_file(const std::filesystem::path& path);

// The same of text; `file` is what errors name.
std::vector<GoldenSeries> parse_golden(std::string_view text, const std::string& file);

}  // namespace assay
