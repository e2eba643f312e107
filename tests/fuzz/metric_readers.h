// Runs a metric reader over made-up bytes, once whole and once in small pieces; both must read the
// same. A reader may throw nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "metrics/readers.h"

namespace assay::fuzz {

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

inline bool same_number(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

template <typename Reader>
void read_both_ways(Reader reader, std::string_view bytes) {
  std::vector<Series> series[2];
  std::vector<std::string> warnings[2];
  for (const std::size_t way : {0U, 1U}) {
    SeriesSink sink("fuzz");
    sink.begin_group();
    sink.begin_file("file");
    PiecewiseInput input(bytes, way == 0 ? bytes.size() + 1 : 3);
    reader(input, sink);
    sink.end_file();
    series[way] = sink.take_series();
    warnings[way] = sink.take_warnings();
  }
  require(warnings[0] == warnings[1], "the same warnings however the bytes come");
  require(series[0].size() == series[1].size(), "the same series however the bytes come");
  for (std::size_t i = 0; i < series[0].size(); ++i) {
    const auto& a = series[0][i];
    const auto& b = series[1][i];
    require(a.name == b.name && a.points.size() == b.points.size(), "the same series");
    for (std::size_t k = 0; k < a.points.size(); ++k) {
      require(
          a.points[k].step == b.points[k].step && same_number(a.points[k].value, b.points[k].value),
          "the same points");
    }
  }
}

}  // namespace assay::fuzz

// NOLINTBEGIN(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// NOLINTEND(readability-identifier-naming)
