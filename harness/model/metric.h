// Metrics: named series of (step, value), and how one becomes a single number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace assay {

struct Point {
  std::int64_t step = 0;
  double value = 0;  // NaN and infinities are kept: they were logged

  bool operator==(const Point&) const = default;
};

enum class Goal { none, maximize, minimize };

// What is known of all points of a series that is too long for every one of them to be kept.
struct Totals {
  std::size_t count = 0;
  Point first;
  Point last;
  double minimum = 0;
  double maximum = 0;
  double sum = 0;
  bool has_nan = false;
  std::size_t stride = 1;  // one point of so many was kept, beside those of steps asked for

  void add(const Point& point);
};

// One metric as a source logged it, in the order logged.
struct Series {
  std::string name;
  std::string unit;         // compared exactly; empty when the source says none
  std::string source;       // "dllogger", "tensorboard", "stdout", ...
  std::string file;         // where it was read
  bool is_float32 = false;  // values were stored with 24 bits of mantissa
  // The value the source itself calls final (DLLogger's `step: []`), where it has such a thing.
  std::optional<double> summary;
  std::vector<Point> points;
  Goal goal = Goal::none;         // where the source says it (DLLogger's GOAL)
  std::optional<Totals> thinned;  // only where `points` are not all that were logged

  std::size_t point_count() const { return thinned ? thinned->count : points.size(); }
};

// How a series becomes one value. The default is the last logged value.
struct Reduction {
  enum class Kind { last, first, minimum, maximum, mean, median, percentile, at_step };
  Kind kind = Kind::last;
  double percentile = 0;  // 0..100, for Kind::percentile
  std::int64_t step = 0;  // for Kind::at_step
  // Only steps within [window_from, window_to] count, where given.
  std::optional<std::int64_t> window_from;
  std::optional<std::int64_t> window_to;

  bool operator==(const Reduction&) const = default;
};

// A series as one value; nothing when no point is in the window. `last` is the source's own summary
// where it has one and no window is asked for; `at_step` is the last point logged at that step; a
// percentile interpolates linearly between ranks. NaN in what counts gives NaN. Of a thinned series
// `first`, `last`, `min`, `max` and `mean` without a window are exact, other reductions as good as
// the points that were kept.
std::optional<double> reduce(const Series& series, const Reduction& reduction);

// One metric of a golden-values file.
struct GoldenCurve {
  std::string metric;
  std::vector<Point> points;    // by ascending step; NaN where the file says "nan"
  std::string file;             // which check it belongs to: GoldenCheck::file; empty: any
  std::int64_t start_step = 0;  // as the file says; without a step_interval, the points count
  std::int64_t end_step = 0;
  std::int64_t step_interval = 0;
};

// One entry of a recipe's `metrics`.
struct MetricDefinition {
  std::string name;
  Goal goal = Goal::none;
  std::vector<std::string> tags;
  std::string key;         // the name in the source where it differs from `name`
  std::string source;      // one logger; empty = any of the recipe's
  std::string path;        // glob below the logs directory; empty = the source's usual places
  std::string pattern;     // regular expression over stdout with one capture group
  std::string expression;  // arithmetic over other metrics: "tokens_per_s / gpus"
  std::optional<Reduction> reduction;
  std::string unit;
  Place place;
};

// A metric reduced to one value: what is judged, reported and kept.
struct Metric {
  std::string name;
  double value = 0;
  std::string unit;
  Goal goal = Goal::none;
  bool is_float32 = false;
  std::string source;
  std::string file;  // the series' file, relative to the attempt's directory
  std::int64_t last_step = 0;
  std::size_t point_count = 0;
};

}  // namespace assay
