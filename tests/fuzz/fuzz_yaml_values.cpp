#include "metric_readers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  assay::fuzz::read_both_ways(assay::read_yaml_values, bytes);
  return 0;
}
