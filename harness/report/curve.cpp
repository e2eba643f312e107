#include "report/curve.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "report/cairo.h"
#include "report/curve_axis.h"

namespace assay {

namespace {

constexpr int k_width = 640;
constexpr int k_height = 360;
constexpr double k_left = 70;
constexpr double k_right = 620;
constexpr double k_top = 66;
constexpr double k_bottom = 312;
constexpr std::size_t k_most_bytes = 40'000;
constexpr double k_text_size = 11;
constexpr double k_title_size = 15;

struct Colour {
  double red = 0;
  double green = 0;
  double blue = 0;
};
constexpr Colour k_ink{0.13, 0.15, 0.18};
constexpr Colour k_faint{0.42, 0.45, 0.50};
constexpr Colour k_grid{0.867, 0.867, 0.867};
constexpr Colour k_line{0.12, 0.40, 0.72};
constexpr Colour k_good{0.11, 0.50, 0.24};
constexpr Colour k_good_area{0.867, 0.96, 0.867};
constexpr Colour k_bad{0.75, 0.11, 0.11};

bool is_failure(const Finding& finding) {
  return finding.status == Finding::Status::failed ||
         finding.status == Finding::Status::regressed || finding.status == Finding::Status::missing;
}

// The finding that the picture shows: the first failed one of the metric, else the first.
const Finding* shown_finding(std::span<const Finding> findings, const std::string& metric) {
  const Finding* shown = nullptr;
  for (const Finding& finding : findings) {
    if (finding.metric != metric) continue;
    if (is_failure(finding)) return &finding;
    if (shown == nullptr) shown = &finding;
  }
  return shown;
}

std::string short_value(double value) {
  constexpr double k_large = 1e4;
  if (std::fabs(value) >= k_large && std::fabs(value) < 1e12) value = std::round(value);
  if (value == std::trunc(value) && std::fabs(value) < 1e12) return format_number(value);
  return format_number(*parse_number(fmt::format("{:.4e}", value)));
}

enum class Align { left, centre, right };

// One picture being drawn.
class Drawing {
 public:
  Drawing()
      : cairo_(load_cairo()),
        surface_(cairo_.image_surface_create(CAIRO_FORMAT_RGB24, k_width, k_height)),
        context_(cairo_.create(surface_)) {
    colour({1, 1, 1});
    cairo_.paint(context_);
  }
  Drawing(const Drawing&) = delete;
  Drawing& operator=(const Drawing&) = delete;
  ~Drawing() {
    cairo_.destroy(context_);
    cairo_.surface_destroy(surface_);
  }

  void colour(const Colour& c) { cairo_.set_source_rgb(context_, c.red, c.green, c.blue); }

  void font(double size, bool bold = false) {
    cairo_.select_font_face(context_, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                            bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_.set_font_size(context_, size);
  }

  double width_of(const std::string& text) {
    cairo_text_extents_t extents;
    cairo_.text_extents(context_, valid_utf8(text).c_str(), &extents);
    return extents.x_advance;
  }

  // `y` is the base line.
  void text(double x, double y, const std::string& text, Align align = Align::left) {
    if (align != Align::left) x -= width_of(text) / (align == Align::centre ? 2 : 1);
    cairo_.move_to(context_, x, y);
    cairo_.show_text(context_, valid_utf8(text).c_str());
  }

  // Cut with an ellipsis where it is wider.
  void text_within(double x, double y, double width, std::string text) {
    text = valid_utf8(text);
    if (width_of(text) > width) {
      while (!text.empty() && width_of(text + "…") > width) {
        do {
          text.pop_back();
        } while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U);
      }
      if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0U) text.pop_back();
      text += "…";
    }
    this->text(x, y, text);
  }

  void upward_text(double x, double y, const std::string& text) {
    cairo_.save(context_);
    cairo_.translate(context_, x, y);
    cairo_.rotate(context_, -std::numbers::pi / 2);
    this->text(0, 0, text, Align::centre);
    cairo_.restore(context_);
  }

  void line(double x1, double y1, double x2, double y2, bool dashed = false) {
    constexpr std::array k_dashes = {5.0, 4.0};
    if (dashed) cairo_.set_dash(context_, k_dashes.data(), k_dashes.size(), 0);
    cairo_.set_line_width(context_, 1);
    cairo_.move_to(context_, x1, y1);
    cairo_.line_to(context_, x2, y2);
    cairo_.stroke(context_);
    if (dashed) cairo_.set_dash(context_, nullptr, 0, 0);
  }

  void area(double x, double y, double width, double height) {
    cairo_.rectangle(context_, x, y, width, height);
    cairo_.fill(context_);
  }

  void dot(double x, double y, double radius) {
    cairo_.arc(context_, x, y, radius, 0, 2 * std::numbers::pi);
    cairo_.fill(context_);
  }

  void cross(double x, double y) {
    constexpr double k_arm = 3.5;
    cairo_.set_line_width(context_, 1.5);
    for (const double side : {-1.0, 1.0}) {
      cairo_.move_to(context_, x - k_arm, y - side * k_arm);
      cairo_.line_to(context_, x + k_arm, y + side * k_arm);
    }
    cairo_.stroke(context_);
  }

  void path(std::span<const std::pair<double, double>> points) {
    cairo_.set_line_width(context_, 1.6);
    cairo_.set_line_join(context_, CAIRO_LINE_JOIN_ROUND);
    cairo_.move_to(context_, points.front().first, points.front().second);
    for (const auto& [x, y] : points.subspan(1)) cairo_.line_to(context_, x, y);
    cairo_.stroke(context_);
  }

  // Draws inside the plot only, until unclip().
  void clip_to_plot() {
    cairo_.save(context_);
    cairo_.rectangle(context_, k_left, k_top - 4, k_right - k_left + 6, k_bottom - k_top + 8);
    cairo_.clip(context_);
  }
  void unclip() { cairo_.restore(context_); }

  // The picture in so few shades (of smoothed edges) that it is at most k_most_bytes.
  std::string png() {
    check(cairo_.status(context_));
    for (const unsigned bits : {4U, 3U, 2U}) {
      keep_bits(bits);
      auto bytes = encoded();
      if (bytes.size() <= k_most_bytes || bits == 2) return bytes;
    }
    return {};
  }

 private:
  void check(cairo_status_t status) const {
    if (status == CAIRO_STATUS_SUCCESS) return;
    throw Error(std::string("cannot draw a curve: ") + cairo_.status_to_string(status));
  }

  // Rounds every colour to `bits` bits, spread over 0..255: few shades compress well.
  void keep_bits(unsigned bits) {
    const unsigned levels = (1U << bits) - 1;
    std::array<unsigned char, 256> rounded{};
    for (unsigned i = 0; i < rounded.size(); ++i) {
      rounded.at(i) = static_cast<unsigned char>((i * levels + 127) / 255 * 255 / levels);
    }
    cairo_.surface_flush(surface_);
    auto* bytes = cairo_.image_surface_get_data(surface_);
    const auto size =
        static_cast<std::size_t>(cairo_.image_surface_get_stride(surface_)) * k_height;
    for (auto& byte : std::span(bytes, size)) byte = rounded[byte];
    cairo_.surface_mark_dirty(surface_);
  }

  std::string encoded() const {
    std::string bytes;
    const auto write = [](void* into, const unsigned char* data, unsigned size) {
      static_cast<std::string*>(into)->append(reinterpret_cast<const char*>(data), size);
      return CAIRO_STATUS_SUCCESS;
    };
    check(cairo_.surface_write_to_png_stream(surface_, write, &bytes));
    return bytes;
  }

  const Cairo& cairo_;
  cairo_surface_t* surface_;
  cairo_t* context_;
};

// From steps and values to pixels.
struct Scale {
  Range steps;
  Range values;

  double x(double step) const {
    return k_left + (step - steps.low) / steps.span() * (k_right - k_left);
  }
  double y(double value) const {
    return k_bottom - (value - values.low) / values.span() * (k_bottom - k_top);
  }
  bool shows(double value) const { return value >= values.low && value <= values.high; }
  // Kept within what Cairo can draw, so that lines leave the plot at about the right slope.
  double y_nearby(double value) const { return std::clamp(y(value), -1e4, 1e4); }
};

void draw_heading(Drawing& drawing, const Series& series, const Finding* finding,
                  const CurveText& text) {
  constexpr double k_width_of_heading = k_width - 2 * 16.0;
  drawing.colour(k_ink);
  drawing.font(k_title_size, true);
  drawing.text_within(16, 24, k_width_of_heading, text.title.empty() ? series.name : text.title);
  drawing.font(k_text_size);
  if (!text.subtitle.empty()) {
    drawing.colour(k_faint);
    drawing.text_within(16, 40, k_width_of_heading, text.subtitle);
  }
  if (finding != nullptr) {
    drawing.colour(is_failure(*finding) ? k_bad : k_good);
    drawing.text_within(16, 56, k_width_of_heading, finding->reason);
  }
}

void draw_axes(Drawing& drawing, const Series& series, const Scale& scale) {
  drawing.font(k_text_size);
  const auto steps = nice_ticks(scale.steps, 7);
  const auto step_labels = tick_labels(steps);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double x = std::round(scale.x(steps[i])) + 0.5;
    drawing.colour(k_grid);
    drawing.line(x, k_top, x, k_bottom);
    drawing.colour(k_faint);
    drawing.text(x, k_bottom + 16, step_labels[i], Align::centre);
  }
  const auto values = nice_ticks(scale.values, 6);
  const auto value_labels = tick_labels(values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double y = std::round(scale.y(values[i])) + 0.5;
    drawing.colour(k_grid);
    drawing.line(k_left, y, k_right, y);
    drawing.colour(k_faint);
    drawing.text(k_left - 7, y + 4, value_labels[i], Align::right);
  }
  drawing.colour(k_faint);
  drawing.line(k_left, k_bottom + 0.5, k_right, k_bottom + 0.5);
  drawing.line(k_left - 0.5, k_top, k_left - 0.5, k_bottom);
  drawing.colour(k_ink);
  drawing.text((k_left + k_right) / 2, k_bottom + 36, "step", Align::centre);
  const auto unit = series.unit.empty() ? series.name : series.name + " (" + series.unit + ")";
  drawing.upward_text(18, (k_top + k_bottom) / 2,
                      unit.size() > 40 ? unit.substr(0, 38) + "…" : unit);
}

void draw_bound(Drawing& drawing, const Scale& scale, const char* name,
                const std::optional<double>& bound, bool label_below) {
  if (!bound) return;
  const auto label = fmt::format("{} {}", name, short_value(*bound));
  drawing.colour(k_good);
  if (scale.shows(*bound)) {
    const double y = std::round(scale.y(*bound)) + 0.5;
    drawing.line(k_left, y, k_right, y, true);
    const bool fits_below = y + 14 < k_bottom;
    const bool fits_above = y - 14 > k_top;
    const bool below = (label_below && fits_below) || !fits_above;
    drawing.text(k_left + 6, below ? y + 12 : y - 4, label);
  } else {
    const bool is_above = *bound > scale.values.high;
    drawing.text(k_left + 6, is_above ? k_top + 12 : k_bottom - 5,
                 label + (is_above ? " ↑" : " ↓"));
  }
}

// Where the baseline wants the value to be.
void draw_band(Drawing& drawing, const Scale& scale, const Finding& finding) {
  if (!finding.minimum && !finding.maximum) return;
  const auto edge = [&](const std::optional<double>& bound, double none) {
    return bound ? std::clamp(scale.y(*bound), k_top, k_bottom) : none;
  };
  const double top = edge(finding.maximum, k_top);
  const double bottom = edge(finding.minimum, k_bottom);
  drawing.colour(k_good_area);
  if (bottom > top) drawing.area(k_left, top, k_right - k_left, bottom - top);
}

void draw_bounds(Drawing& drawing, const Scale& scale, const Finding& finding) {
  if (finding.minimum && finding.minimum == finding.maximum) {
    draw_bound(drawing, scale, "expected", finding.minimum, false);
    return;
  }
  draw_bound(drawing, scale, "max", finding.maximum, false);
  draw_bound(drawing, scale, "min", finding.minimum, true);
}

void draw_columns(Drawing& drawing, Stroke stroke, const Scale& scale) {
  constexpr double k_thin = 2;
  const auto count = static_cast<std::size_t>(k_right - k_left);
  for (const Column& column : columns_of(stroke, scale.steps, count)) {
    if (column.values.low > scale.values.high || column.values.high < scale.values.low) continue;
    const double top = std::floor(scale.y_nearby(column.values.high));
    const double bottom = std::ceil(scale.y_nearby(column.values.low));
    drawing.area(k_left + static_cast<double>(column.index), top, 1,
                 std::max(bottom - top, k_thin));
  }
}

void draw_points(Drawing& drawing, const Series& series, const Scale& scale) {
  constexpr std::size_t k_most_dots = 40;
  constexpr auto k_most_lines = static_cast<std::size_t>(k_right - k_left);
  drawing.clip_to_plot();
  drawing.colour(k_line);
  for (const Stroke stroke : strokes_of(series.points)) {
    if (stroke.size() > k_most_lines) {
      draw_columns(drawing, stroke, scale);
      continue;
    }
    std::vector<std::pair<double, double>> pixels;
    pixels.reserve(stroke.size());
    for (const Point& point : stroke) {
      pixels.emplace_back(scale.x(static_cast<double>(point.step)), scale.y_nearby(point.value));
    }
    if (pixels.size() > 1) drawing.path(pixels);
    if (series.points.size() > k_most_dots && pixels.size() > 1) continue;
    for (const auto& [x, y] : pixels) drawing.dot(x, y, 2.2);
  }
  drawing.unclip();
}

// What is no number, or outside: crosses at the foot, and a line that counts them.
void draw_exceptions(Drawing& drawing, const Series& series, const Scale& scale) {
  constexpr std::size_t k_most_crosses = 50;
  std::size_t no_numbers = 0;
  std::size_t outside = 0;
  drawing.colour(k_bad);
  for (const Point& point : series.points) {
    if (std::isfinite(point.value)) {
      if (!scale.shows(point.value)) ++outside;
      continue;
    }
    if (++no_numbers <= k_most_crosses) {
      drawing.cross(scale.x(static_cast<double>(point.step)), k_bottom - 5);
    }
  }
  std::vector<std::string> notes;
  const auto values = [](std::size_t n) { return fmt::format("{} value{}", n, n == 1 ? "" : "s"); };
  if (no_numbers > 0) notes.push_back("× " + values(no_numbers) + " NaN or infinite");
  if (outside > 0) notes.push_back(values(outside) + " outside the picture");
  if (notes.empty()) return;
  drawing.colour(no_numbers > 0 ? k_bad : k_faint);
  drawing.text(k_right, k_bottom + 36, join(notes, "; "), Align::right);
}

// The judged value at the end of the curve, where it is the last one.
void draw_last(Drawing& drawing, const Series& series, const Finding* finding, const Scale& scale) {
  const Point& last = series.points.back();
  if (!std::isfinite(last.value) || !scale.shows(last.value)) return;
  const double x = scale.x(static_cast<double>(last.step));
  const double y = scale.y(last.value);
  const bool is_bad =
      finding != nullptr && is_failure(*finding) && finding->actual_value == last.value;
  drawing.font(k_text_size, true);
  const auto label = short_value(last.value);
  const double right = std::min(x + 4, k_right);
  const double above = y - k_top > 24 ? y - 9 : y + 18;
  const double width = drawing.width_of(label) + 4;
  drawing.colour({1, 1, 1});
  drawing.area(right - width + 2, above - k_text_size, width, k_text_size + 3);
  drawing.colour(is_bad ? k_bad : k_line);
  drawing.dot(x, y, 4);
  drawing.text(right, above, label, Align::right);
}

}  // namespace

std::vector<std::size_t> choose_curves(std::span<const Series> series,
                                       std::span<const Finding> findings, Verdict verdict,
                                       bool all) {
  if (verdict == Verdict::skipped || (verdict == Verdict::passed && !all)) return {};
  std::vector<std::size_t> chosen;
  const auto add = [&](std::size_t index) {
    const bool is_new = std::find(chosen.begin(), chosen.end(), index) == chosen.end();
    if (is_new && series[index].points.size() > 1 && chosen.size() < k_most_curves) {
      chosen.push_back(index);
    }
  };
  const auto add_metric = [&](const std::string& metric) {
    for (std::size_t i = 0; i < series.size(); ++i) {
      if (series[i].name != metric || series[i].points.size() < 2) continue;
      add(i);
      return;  // further sources of the same metric tell nothing new
    }
  };
  for (const bool failed : {true, false}) {
    for (const Finding& finding : findings) {
      if (is_failure(finding) == failed) add_metric(finding.metric);
    }
  }
  for (const Series& one : series) add_metric(one.name);
  return chosen;
}

std::string draw_curve(const Series& series, std::span<const Finding> findings,
                       const CurveText& text) {
  const Finding* finding = shown_finding(findings, series.name);
  std::vector<double> bounds;
  if (finding != nullptr) {
    for (const auto& bound : {finding->minimum, finding->maximum}) {
      if (bound && std::isfinite(*bound)) bounds.push_back(*bound);
    }
  }
  const Scale scale{step_range(series.points),
                    value_range(series.points, bounds).value_or(Range{0, 1})};
  Drawing drawing;
  draw_heading(drawing, series, finding, text);
  if (finding != nullptr) draw_band(drawing, scale, *finding);
  draw_axes(drawing, series, scale);
  if (finding != nullptr) draw_bounds(drawing, scale, *finding);
  if (!series.points.empty()) {
    draw_points(drawing, series, scale);
    draw_exceptions(drawing, series, scale);
    draw_last(drawing, series, finding, scale);
  }
  return drawing.png();
}

}  // namespace assay
