// The step of a record that has its step among its values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "metrics/json_reader.h"
#include "metrics/series_sink.h"

namespace assay {

// What tools call the step, the first that a record has counts.
inline constexpr std::array<std::string_view, 4> k_step_names = {"step", "global_step", "iteration",
                                                                 "_step"};

// A logged number as a step. Beyond 2^53 a double is no exact integer: that and NaN read as 0.
std::int64_t to_step(double number);

// Gives records their steps: their own, else the one before them, else their count.
class StepCounter {
 public:
  std::int64_t next(std::optional<double> own);

 private:
  std::int64_t last_ = 0;
  bool has_own_ = false;
  std::int64_t count_ = 0;
};

// A record's values as points, all but the step itself.
void add_record(const FlatValues& record, StepCounter& steps, SeriesSink& sink);

}  // namespace assay
