#include "metrics/golden.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "metrics/json_reader.h"
#include "metrics/step.h"

namespace assay {

namespace {

class GoldenParser {
 public:
  GoldenParser(std::string_view text, const std::string& file)
      : text_(text), file_(file), json_(text) {}

  std::vector<GoldenCurve> parse() {
    if (next() != JsonToken::begin_object) fail("an object of metrics expected");
    for (auto token = next(); token != JsonToken::end_object; token = next()) read_metric();
    if (next() != JsonToken::end) fail("more text behind the object");
    if (all_.empty()) fail("no metric in this file");
    return std::move(all_);
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    const auto offset = std::min<std::size_t>(json_.offset(), text_.size());
    const auto before = text_.substr(0, offset);
    const auto line = 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
    const auto line_end = before.rfind('\n');
    const auto column = line_end == std::string_view::npos ? offset + 1 : offset - line_end;
    throw InputError({file_, line, static_cast<int>(column)}, "golden values: " + reason,
                     line_of(text_, line));
  }

  JsonToken next() {
    const auto token = json_.next();
    if (token == JsonToken::error) fail(json_.error());
    return token;
  }

  void read_metric() {
    GoldenCurve series;
    series.metric = json_.text();
    series.file = file_;
    for (const auto& known : all_) {
      if (known.metric == series.metric) fail("'" + series.metric + "' stands twice in this file");
    }
    if (next() != JsonToken::begin_object) {
      fail("an object with 'values' expected for '" + series.metric + "'");
    }
    std::vector<double> list;
    bool has_interval = false;
    for (auto token = next(); token != JsonToken::end_object; token = next()) {
      const std::string key(json_.text());
      if (key == "values") {
        read_values(series, list);
      } else if (key == "start_step") {
        series.start_step = read_step(key);
      } else if (key == "end_step") {
        series.end_step = read_step(key);
      } else if (key == "step_interval") {
        series.step_interval = read_step(key);
        has_interval = true;
      } else {
        fail("unknown key '" + key + "'" +
             did_you_mean(key, {"values", "start_step", "end_step", "step_interval"}));
      }
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto index = static_cast<std::int64_t>(i);
      series.points.push_back(
          {series.start_step + index * (has_interval ? series.step_interval : 1), list[i]});
    }
    if (series.points.empty()) fail("'" + series.metric + "' has no values");
    std::stable_sort(series.points.begin(), series.points.end(),
                     [](const Point& a, const Point& b) { return a.step < b.step; });
    const auto twice =
        std::adjacent_find(series.points.begin(), series.points.end(),
                           [](const Point& a, const Point& b) { return a.step == b.step; });
    if (twice != series.points.end()) {
      fail(fmt::format("'{}' has step {} twice", series.metric, twice->step));
    }
    all_.push_back(std::move(series));
  }

  // A whole number that is small enough for steps made of several to be exact.
  std::int64_t read_step(const std::string& key) {
    constexpr double k_largest = 1e12;
    const bool is_number = next() == JsonToken::number;
    if (!is_number || json_.number() != std::trunc(json_.number()) ||
        std::abs(json_.number()) > k_largest) {
      fail("'" + key + "' is no whole number");
    }
    return to_step(json_.number());
  }

  void read_values(GoldenCurve& series, std::vector<double>& list) {
    const auto first = next();
    if (first == JsonToken::begin_array) {
      for (auto token = next(); token != JsonToken::end_array; token = next()) {
        list.push_back(value_of(token));
      }
      return;
    }
    if (first != JsonToken::begin_object) fail("'values' is no object from step to value");
    for (auto token = next(); token != JsonToken::end_object; token = next()) {
      const auto step = parse_integer(json_.text());
      if (!step) fail("'" + std::string(json_.text()) + "' is no step");
      series.points.push_back({*step, value_of(next())});
    }
  }

  double value_of(JsonToken token) const {
    if (token == JsonToken::number) return json_.number();
    if (token == JsonToken::string) {
      if (const auto number = parse_number(json_.text())) return *number;
    }
    fail("a number or \"nan\" expected");
  }

  std::string_view text_;
  const std::string& file_;
  JsonReader json_;
  std::vector<GoldenCurve> all_;
};

}  // namespace

std::vector<GoldenCurve> parse_golden(std::string_view text, const std::string& file) {
  return GoldenParser(text, file).parse();
}

}  // namespace assay
