#include <array>

#include "metric_readers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::array<assay::LogPattern, 3> patterns = {{{"loss", R"(loss[=:] *(\S+))"},
                                                      {"acc", R"((?i)acc (?P<step>\d+) (\S+))"},
                                                      {"rate", R"(([\d.e+-]+) ?it/s)"}}};
  assay::fuzz::read_both_ways(
      [&patterns](assay::Input& input, assay::SeriesSink& sink) {
        assay::read_text_log(input, patterns, true, sink);
      },
      bytes);
  return 0;
}
