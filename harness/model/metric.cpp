#include "model/metric.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace assay {

namespace {

bool in_window(const Point& point, const Reduction& reduction) {
  return (!reduction.window_from || point.step >= *reduction.window_from) &&
         (!reduction.window_to || point.step <= *reduction.window_to);
}

std::vector<double> values_in_window(const Series& series, const Reduction& reduction) {
  std::vector<double> values;
  values.reserve(series.points.size());
  for (const Point& point : series.points) {
    if (reduction.kind == Reduction::Kind::at_step && point.step != reduction.step) continue;
    if (in_window(point, reduction)) values.push_back(point.value);
  }
  return values;
}

double percentile_of(std::vector<double> values, double percentile) {
  const double rank =
      std::clamp(percentile, 0.0, 100.0) / 100 * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), nth, values.end());
  const double share = rank - static_cast<double>(below);
  if (share == 0) return *nth;
  return *nth + share * (*std::min_element(nth + 1, values.end()) - *nth);
}

// What the totals of a thinned series tell exactly; nothing for other reductions.
std::optional<double> reduce_totals(const Totals& totals, Reduction::Kind kind) {
  using Kind = Reduction::Kind;
  if (kind == Kind::first) return totals.first.value;
  if (kind == Kind::last) return totals.last.value;
  const bool is_total = kind == Kind::minimum || kind == Kind::maximum || kind == Kind::mean;
  if (!is_total) return std::nullopt;
  if (totals.has_nan) return std::numeric_limits<double>::quiet_NaN();
  if (kind == Kind::minimum) return totals.minimum;
  if (kind == Kind::maximum) return totals.maximum;
  return totals.sum / static_cast<double>(totals.count);
}

}  // namespace

void Totals::add(const Point& point) {
  if (count++ == 0) {
    first = point;
    minimum = std::numeric_limits<double>::infinity();
    maximum = -minimum;
  }
  last = point;
  if (std::isnan(point.value)) {
    has_nan = true;
    return;
  }
  minimum = std::min(minimum, point.value);
  maximum = std::max(maximum, point.value);
  sum += point.value;
}

std::optional<double> reduce(const Series& series, const Reduction& reduction) {
  using Kind = Reduction::Kind;
  const bool has_window = reduction.window_from || reduction.window_to;
  if (reduction.kind == Kind::last && !has_window && series.summary) return series.summary;
  if (series.thinned && !has_window) {
    if (const auto exact = reduce_totals(*series.thinned, reduction.kind)) return exact;
  }

  const auto values = values_in_window(series, reduction);
  if (values.empty()) return std::nullopt;
  if (reduction.kind == Kind::first) return values.front();
  if (reduction.kind == Kind::last || reduction.kind == Kind::at_step) return values.back();

  // Order statistics are not defined with NaN among the values, and a NaN must not get lost.
  if (std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); })) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  switch (reduction.kind) {
    case Kind::minimum:
      return *std::min_element(values.begin(), values.end());
    case Kind::maximum:
      return *std::max_element(values.begin(), values.end());
    case Kind::mean:
      return std::accumulate(values.begin(), values.end(), 0.0) /
             static_cast<double>(values.size());
    case Kind::median:
      return percentile_of(values, 50);
    case Kind::percentile:
      return percentile_of(values, reduction.percentile);
    default:
      return std::nullopt;
  }
}

}  // namespace assay
