// Where readers put what they read: the points of one source, and what could not be read.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/metric.h"

namespace assay {

class SeriesSink {
 public:
  // A source that logs more names than this is broken; the rest is left out with a warning.
  static constexpr std::size_t k_most_series = 50'000;
  // A file's further warnings are only counted.
  static constexpr std::size_t k_most_warnings_per_file = 4;

  explicit SeriesSink(std::string source) : source_(std::move(source)) {}

  // Files in one group continue each other's series (restarts); a new group starts new ones.
  void begin_group();
  void begin_file(std::string path);
  // Says how many warnings were left out.
  void end_file();

  // The group's series of that name, made where there is none. The reference stays valid.
  Series& series(std::string_view name);
  // The same, or nothing where there is none.
  Series* find(std::string_view name);
  void add(std::string_view name, std::int64_t step, double value) {
    series(name).points.push_back({step, value});
  }
  // Drops the group's points from `step` on: a restart repeats them.
  void drop_from(std::int64_t step);

  // "FILE: byte OFFSET: REASON".
  void warn(std::uint64_t offset, std::string_view reason);
  // "FILE: REASON".
  void warn(std::string_view reason);

  // Moves out everything that was read; series without any value are left out.
  std::vector<Series> take_series();
  std::vector<std::string> take_warnings() { return std::move(warnings_); }

 private:
  struct Entry {
    std::string raw_name;  // as in the file; the series' own name is valid UTF-8
    Series series;
    Entry* next = nullptr;  // the one that followed the last time
  };
  Entry* look_up(std::string_view name);
  void note(std::string text);

  std::string source_;
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
