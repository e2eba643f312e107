#include <cmath>

#include "base/error.h"
#include "metric_readers.h"
#include "metrics/golden.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    for (const auto& series : assay::parse_golden(bytes, "golden.json")) {
      assay::fuzz::require(!series.points.empty(), "a metric has values");
    }
  } catch (const assay::InputError& error) {
    assay::fuzz::require(error.place().line > 0, "an error has a place");
  }
  return 0;
}
