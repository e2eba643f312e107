// What a curve's axes show: pure arithmetic.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/metric.h"

namespace assay {

struct Range {
  double low = 0;
  double high = 1;

  double span() const { return high - low; }
  bool operator==(const Range&) const = default;
};

// Round numbers (1, 2 or 5 times a power of ten apart) within the range, about `count` of them.
std::vector<double> nice_ticks(const Range& range, int count);

// All of `ticks` with as many decimals as they need to differ, large ones as "20k", "1.5M".
std::vector<std::string> tick_labels(std::span<const double> ticks);

// The range of values to show, with a little room. `bounds` (a baseline's) draw it to where the
// curve ends, so that the last values and the bounds can be told apart; without them it is the
// whole curve's, but for a few values (a warm-up, a spike) that would press all others flat.
// Nothing where no value is finite.
std::optional<Range> value_range(std::span<const Point> points, std::span<const double> bounds);

// The range of steps, never empty.
Range step_range(std::span<const Point> points);

// A piece of the curve without gaps.
using Stroke = std::span<const Point>;

// The curve as strokes, which are parts of `points`: a value that is no number, or a step back (a
// restart), begins a new one.
std::vector<Stroke> strokes_of(std::span<const Point> points);

// What one column of pixels shows of a stroke with more points than that.
struct Column {
  std::size_t index = 0;
  Range values;

  bool operator==(const Column&) const = default;
};

// The smallest and largest values of each of `count` columns that have any; neighbours touch.
std::vector<Column> columns_of(Stroke stroke, const Range& steps, std::size_t count);

}  // namespace assay
