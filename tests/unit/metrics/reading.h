// Runs one reader over text, for the tests of this folder.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

#include "metrics/input.h"
#include "metrics/series_sink.h"

namespace assay {

struct ReadResult {
  std::vector<Series> series;
  std::vector<std::string> warnings;

  // The series of that name; fails the test where there is none.
  const Series& operator[](std::string_view name) const {
    static const Series k_none;
    for (const Series& one : series) {
      if (one.name == name) return one;
    }
    ADD_FAILURE() << "no series '" << name << "'";
    return k_none;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const Series& one : series) all.push_back(one.name);
    return all;
  }
};

// Hands out few bytes at a time, so that everything lies across pieces.
class SlowInput final : public Input {
 public:
  SlowInput(std::string_view bytes, std::size_t step) : rest_(bytes), step_(step) {}
  std::size_t read(char* into, std::size_t size) override {
    const auto count = rest_.copy(into, std::min(size, step_));
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
  std::size_t step_;
};

template <typename Reader>
ReadResult read_with(Reader reader, std::string_view text, std::size_t piece = 1 << 20) {
  SeriesSink sink("source");
  sink.begin_group();
  sink.begin_file("file");
  SlowInput input(text, piece);
  reader(input, sink);
  sink.end_file();
  ReadResult result;
  result.series = sink.take_series();
  result.warnings = sink.take_warnings();
  return result;
}

}  // namespace assay
