// One reader over bytes that come in pieces: what unit tests and fuzz targets share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/input.h"
#include "metrics/series_sink.h"

namespace assay {

// Hands out few bytes at a time, so that everything lies across pieces.
class PiecewiseInput final : public Input {
 public:
  PiecewiseInput(std::string_view bytes, std::size_t piece) : rest_(bytes), piece_(piece) {}
  std::size_t read(char* into, std::size_t size) override {
    const auto count = rest_.copy(into, std::min(size, piece_));
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
  std::size_t piece_;
};

struct ReadSeries {
  std::vector<Series> series;
  std::vector<std::string> warnings;
};

template <typename Reader>
ReadSeries read_in_pieces(Reader reader, std::string_view bytes, std::size_t piece) {
  SeriesSink sink("source");
  sink.begin_group();
  sink.begin_file("file");
  PiecewiseInput input(bytes, piece);
  reader(input, sink);
  sink.end_file();
  ReadSeries result;
  result.series = sink.take_series();
  result.warnings = sink.take_warnings();
  return result;
}

}  // namespace assay
