#include <string>

#include "metric_readers.h"
#include "metrics/crc32c.h"
#include "metrics/little_endian.h"

namespace {

std::string raw(std::uint64_t number, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(number >> 8 * i & 0xFFU);
  return bytes;
}

// Right checksums around made-up records: the fuzzer would never find them. A record is a byte of
// length and as many bytes.
std::string framed(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const auto size = static_cast<unsigned char>(bytes.front());
    const auto record = bytes.substr(1, size);
    bytes.remove_prefix(1 + record.size());
    const auto length = raw(record.size(), 8);
    out += length + raw(assay::mask_crc32c(assay::crc32c(length)), 4);
    out += std::string(record) + raw(assay::mask_crc32c(assay::crc32c(record)), 4);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto read = [](assay::Input& input, assay::SeriesSink& sink) {
    assay::TensorboardReader(sink).read(input);
  };
  assay::fuzz::read_both_ways(read, bytes);
  assay::fuzz::read_both_ways(read, framed(bytes));
  return 0;
}
