// Writes TensorBoard event files, for tests and the benchmark.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "metrics/crc32c.h"

namespace assay::event_file {

template <typename Number>
std::string raw(Number number) {
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7U) bytes += static_cast<char>((value & 0x7FU) | 0x80U);
  return bytes + static_cast<char>(value);
}

inline std::string key(unsigned number, unsigned wire) { return varint(number << 3U | wire); }
inline std::string of_varint(unsigned number, std::uint64_t value) {
  return key(number, 0) + varint(value);
}
inline std::string of_bytes(unsigned number, std::string_view bytes) {
  return key(number, 2) + varint(bytes.size()) + std::string(bytes);
}
template <typename Number>
std::string of_fixed(unsigned number, Number value) {
  return key(number, sizeof(Number) == 8 ? 1 : 5) + raw(value);
}

// A TFRecord frame.
inline std::string frame(std::string_view data) {
  const auto length = raw(static_cast<std::uint64_t>(data.size()));
  return length + raw(mask_crc32c(crc32c(length))) + std::string(data) +
         raw(mask_crc32c(crc32c(data)));
}

inline std::string event(std::int64_t step, std::string_view body) {
  std::string message = of_fixed(1, 1.7e9);
  if (step != 0) message += of_varint(2, static_cast<std::uint64_t>(step));
  return frame(message + std::string(body));
}

inline std::string version() { return frame(of_fixed(1, 1.7e9) + of_bytes(3, "brain.Event:2")); }

// A Summary with one Value of these fields.
inline std::string summary(std::string_view tag, std::string_view fields) {
  return of_bytes(5, of_bytes(1, of_bytes(1, tag) + std::string(fields)));
}

// What PyTorch's SummaryWriter writes for a scalar.
inline std::string scalar(std::int64_t step, std::string_view tag, float value) {
  return event(step, summary(tag, of_fixed(2, value)));
}

inline std::string plugin(std::string_view name) {
  return of_bytes(9, of_bytes(1, of_bytes(1, name)));
}

// What TensorFlow 2 writes: a TensorProto, with the plugin's name on a tag's first value.
inline std::string tensor(std::int64_t step, std::string_view tag, std::uint64_t type,
                          std::string_view value_fields, std::string_view plugin_name = {}) {
  const auto proto = of_varint(1, type) + of_bytes(2, "") + std::string(value_fields);
  return event(step,
               summary(tag, of_bytes(8, proto) + (plugin_name.empty() ? "" : plugin(plugin_name))));
}

inline std::string session_start(std::int64_t step) {
  return event(step, of_bytes(7, of_varint(1, 1)));
}

}  // namespace assay::event_file
