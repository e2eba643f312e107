// Runs a metric reader over made-up bytes, once whole and once in small pieces; both must read the
// same. A reader may throw nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "../unit/metrics/piecewise.h"
#include "metrics/readers.h"

namespace assay::fuzz {

inline bool same_number(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

template <typename Reader>
void read_both_ways(Reader reader, std::string_view bytes) {
  const auto whole = read_in_pieces(reader, bytes, bytes.size() + 1);
  const auto pieces = read_in_pieces(reader, bytes, 3);
  require(whole.warnings == pieces.warnings, "the same warnings however the bytes come");
  require(whole.series.size() == pieces.series.size(), "the same series however the bytes come");
  for (std::size_t i = 0; i < whole.series.size(); ++i) {
    const auto& a = whole.series[i];
    const auto& b = pieces.series[i];
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
