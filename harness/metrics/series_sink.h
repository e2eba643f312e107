// Where readers put what they read: the points of one source, and what could not be read. Memory is
// bounded whatever a job logs: from `most_points` on, the longest series are thinned again and
// again to every second point, beside the steps that are kept for reductions, and have Totals over
// all.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "metrics/kept_steps.h"
#include "model/metric.h"

namespace assay {

class SeriesSink {
 public:
  // A source that logs more names than this is broken; the rest is left out with a warning.
  static constexpr std::size_t k_most_series = 50'000;
  // A file's further warnings are only counted.
  static constexpr std::size_t k_most_warnings_per_file = 4;

  static constexpr std::size_t k_most_points = std::size_t{1} << 20U;

  explicit SeriesSink(std::string source, std::size_t most_points = k_most_points,
                      KeptSteps kept = {})
      : source_(std::move(source)), most_points_(most_points), kept_(std::move(kept)) {}

  // Files in one group continue each other's series (restarts); a new group starts new ones.
  void begin_group();
  void begin_file(const std::string& path);
  // Says how many warnings were left out.
  void end_file();

  // The group's series of that name, made where there is none. The reference stays valid.
  Series& series(std::string_view name);
  // The same, or nothing where there is none.
  Series* find(std::string_view name);
  void add(std::string_view name, std::int64_t step, double value) {
    add(series(name), step, value);
  }
  void add(Series& series, std::int64_t step, double value) {
    if (series.thinned) return add_to_thinned(series, {step, value});
    series.points.push_back({step, value});
    if (++point_count_ >= most_points_) thin();
  }
  // Drops the group's points from `step` on: a restart repeats them.
  void drop_from(std::int64_t step);

  // "FILE: byte OFFSET: REASON".
  void warn(std::uint64_t offset, std::string_view reason);
  // "FILE: REASON".
  void warn(std::string_view reason);

  // Moves out everything that was read; series without any value are left out. Says which were
  // thinned, so before take_warnings().
  std::vector<Series> take_series();
  // Points kept of all series.
  std::size_t point_count() const { return point_count_; }
  std::vector<std::string> take_warnings() { return std::move(warnings_); }

 private:
  struct Entry {
    std::string raw_name;  // as in the file; the series' own name is valid UTF-8
    Series series;
    Entry* next = nullptr;  // the one that followed the last time
  };
  Entry* look_up(std::string_view name);
  void note(std::string text);
  void add_to_thinned(Series& series, const Point& point);
  void thin();
  void thin_longest();
  void halve(Series& series) const;
  void tell_thinned();

  std::string source_;
  std::size_t most_points_;
  std::size_t point_count_ = 0;
  KeptSteps kept_;
  bool has_dropped_kept_ = false;  // the steps to keep were too many themselves
  std::string file_;
  std::deque<Entry> entries_;
  std::size_t group_begin_ = 0;
  std::unordered_map<std::string_view, Entry*> index_;  // of the current group
  Entry* last_ = nullptr;                               // in the current group
  Series overflow_;
  bool has_overflowed_ = false;
  std::vector<std::string> warnings_;
  std::size_t file_warnings_ = 0;
};

}  // namespace assay
