#include "report/curve_axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace assay {

namespace {

constexpr double k_room = 0.06;       // of the span, above and below
constexpr double k_far_bound = 3;     // bounds further away than so many spans are not shown
constexpr double k_near = 3;          // all values are shown within so many spans of the late ones
constexpr double k_earlier = 0.75;    // how far earlier values widen the picture, in spans
constexpr double k_flattening = 4;    // all values may take so many times the span of most of them
constexpr double k_most_from = 0.02;  // what `most` are: between these shares of the sorted values
constexpr double k_most_to = 0.98;

std::vector<double> numbers(std::span<const Point> points) {
  std::vector<double> values;
  values.reserve(points.size());
  for (const Point& point : points) {
    if (std::isfinite(point.value)) values.push_back(point.value);
  }
  return values;
}

double at_share(std::vector<double>& values, double share) {
  const auto index = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + index, values.end());
  return values[static_cast<std::size_t>(index)];
}

Range all_of(const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {*low, *high};
}

Range most_of(std::vector<double> values) {
  constexpr std::size_t k_enough = 10;
  const Range all = all_of(values);
  if (values.size() < k_enough) return all;
  const Range most{at_share(values, k_most_from), at_share(values, k_most_to)};
  return most.span() > 0 && all.span() > k_flattening * most.span() ? most : all;
}

// The second half of the points, and earlier ones that are not much further away than the bounds.
Range end_of(std::span<const Point> points, std::span<const double> bounds, const Range& all) {
  const auto late = numbers(points.subspan(points.size() / 2));
  if (late.empty()) return all;
  Range range = most_of(late);
  for (const double bound : bounds) {
    if (bound < all.low - k_far_bound * all.span()) continue;
    if (bound > all.high + k_far_bound * all.span()) continue;
    range.low = std::min(range.low, bound);
    range.high = std::max(range.high, bound);
  }
  const Range whole{std::min(all.low, range.low), std::max(all.high, range.high)};
  if (whole.span() <= k_near * range.span()) return whole;
  const double reach = k_earlier * range.span();
  return {std::max(std::min(all.low, range.low), range.low - reach),
          std::min(std::max(all.high, range.high), range.high + reach)};
}

}  // namespace

std::vector<double> nice_ticks(const Range& range, int count) {
  const double rough = range.span() / std::max(count, 1);
  if (!(rough > 0) || !std::isfinite(rough)) return {range.low};
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1, 2, 5}) {
    if (factor * power >= rough * 0.999) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> ticks;
  const auto first = std::ceil(range.low / step - 1e-9);
  const auto last = std::floor(range.high / step + 1e-9);
  for (double i = first; i <= last && ticks.size() < 100; ++i) {
    ticks.push_back(i == 0 ? 0 : i * step);  // no "-0"
  }
  return ticks;
}

std::vector<std::string> tick_labels(std::span<const double> ticks) {
  double largest = 0;
  double smallest_gap = INFINITY;
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    largest = std::max(largest, std::fabs(ticks[i]));
    if (i > 0) smallest_gap = std::min(smallest_gap, std::fabs(ticks[i] - ticks[i - 1]));
  }
  double unit = 1;
  const char* suffix = "";
  for (const auto& [size, letter] : {std::pair(1e9, "G"), {1e6, "M"}, {1e3, "k"}}) {
    if (largest >= 10 * size || (size > 1e3 && largest >= size)) {
      unit = size;
      suffix = letter;
      break;
    }
  }
  const double gap = std::isfinite(smallest_gap) ? smallest_gap : std::max(largest, 1e-12);
  const bool is_tiny = largest > 0 && largest < 1e-3;
  std::vector<std::string> labels;
  for (const double tick : ticks) {
    if (tick == 0) {
      labels.emplace_back("0");
    } else if (is_tiny) {
      const double digits =
          std::floor(std::log10(std::fabs(tick)) + 1e-9) - std::floor(std::log10(gap) + 1e-9);
      labels.push_back(
          fmt::format("{:.{}e}", tick, static_cast<int>(std::clamp(digits, 0.0, 6.0))));
    } else {
      const double decimals = std::ceil(-std::log10(gap / unit) - 1e-9);
      labels.push_back(fmt::format("{:.{}f}{}", tick / unit,
                                   static_cast<int>(std::clamp(decimals, 0.0, 9.0)), suffix));
    }
  }
  return labels;
}

std::optional<Range> value_range(std::span<const Point> points, std::span<const double> bounds) {
  const auto values = numbers(points);
  if (values.empty()) return std::nullopt;
  Range range;
  if (bounds.empty()) {
    range = most_of(values);
  } else {
    Range all = all_of(values);
    if (all.span() == 0) all = {all.low - std::fabs(all.low) * 1e-3, all.high};
    range = end_of(points, bounds, all);
  }
  double room = k_room * range.span();
  if (room == 0) room = range.low == 0 ? 1 : std::fabs(range.low) * 0.05;
  return Range{range.low - room, range.high + room};
}

Range step_range(std::span<const Point> points) {
  if (points.empty()) return {};
  const auto [low, high] = std::minmax_element(
      points.begin(), points.end(), [](const Point& a, const Point& b) { return a.step < b.step; });
  Range range{static_cast<double>(low->step), static_cast<double>(high->step)};
  if (range.span() == 0) range = {range.low - 0.5, range.high + 0.5};
  return range;
}

std::vector<Stroke> strokes_of(std::span<const Point> points) {
  std::vector<Stroke> strokes;
  std::size_t begin = 0;
  const auto close = [&](std::size_t end) {
    if (end > begin) strokes.push_back(points.subspan(begin, end - begin));
    begin = end;
  };
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!std::isfinite(points[i].value)) {
      close(i);
      ++begin;
    } else if (i > begin && points[i].step < points[i - 1].step) {
      close(i);
    }
  }
  close(points.size());
  return strokes;
}

std::vector<Column> columns_of(Stroke stroke, const Range& steps, std::size_t count) {
  std::vector<Column> columns;
  const double last = static_cast<double>(count) - 1;
  const double columns_per_step = static_cast<double>(count) / steps.span();
  for (const Point& point : stroke) {
    const double at = (static_cast<double>(point.step) - steps.low) * columns_per_step;
    const auto index = static_cast<std::size_t>(std::clamp(at, 0.0, last));
    if (columns.empty() || columns.back().index != index) {
      columns.push_back({index, {point.value, point.value}});
    } else {
      auto& values = columns.back().values;
      values.low = std::min(values.low, point.value);
      values.high = std::max(values.high, point.value);
    }
  }
  for (std::size_t i = 1; i < columns.size(); ++i) {
    const auto& before = columns[i - 1].values;
    auto& values = columns[i].values;
    if (values.low > before.high) values.low = before.high;
    if (values.high < before.low) values.high = before.low;
  }
  return columns;
}

}  // namespace assay
