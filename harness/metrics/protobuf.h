// Protocol buffers' wire format, as much as an event file needs (protobuf.dev, "Encoding").
#pragma once

#include <cstdint>
#include <string_view>

#include "metrics/little_endian.h"

namespace assay {

// The fields of one message, one after another. Malformed bytes end it with is_broken().
class ProtobufFields {
 public:
  enum class Wire : unsigned { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

  explicit ProtobufFields(std::string_view message)
      : at_(message.data()), end_(message.data() + message.size()) {}

  // Steps to the next field; false at the end and on malformed bytes.
  [[gnu::always_inline]] bool next() {
    if (at_ == end_ || is_broken_) return false;
    const std::uint64_t key = read_varint();
    number_ = static_cast<std::uint32_t>(key >> 3U);
    wire_ = static_cast<Wire>(key & 7U);
    switch (wire_) {
      case Wire::varint:
        varint_ = read_varint();
        break;
      case Wire::fixed64:
        bytes_ = take(8);
        break;
      case Wire::bytes:
        bytes_ = take(read_varint());
        break;
      case Wire::fixed32:
        bytes_ = take(4);
        break;
      default:  // groups (3 and 4) were never used here
        is_broken_ = true;
    }
    return !is_broken_;
  }

  // Whether this is field `number`, stored as `wire`.
  bool is(std::uint32_t number, Wire wire) const { return number_ == number && wire_ == wire; }
  std::uint32_t number() const { return number_; }
  Wire wire() const { return wire_; }
  std::uint64_t varint() const { return varint_; }
  std::string_view bytes() const { return bytes_; }  // of fixed32 and fixed64 as well
  template <typename Number>
  Number fixed() const {
    return load_little_endian<Number>(bytes_.data());
  }
  bool is_broken() const { return is_broken_; }

  // The varints of a packed field, one after another.
  bool next_packed_varint(std::uint64_t& value) {
    if (at_ == end_ || is_broken_) return false;
    value = read_varint();
    return !is_broken_;
  }

 private:
  std::uint64_t read_varint() {
    // Keys, lengths and small numbers take one byte.
    if (at_ != end_ && static_cast<unsigned char>(*at_) < 0x80) {
      return static_cast<unsigned char>(*at_++);
    }
    return read_long_varint();
  }

  [[gnu::noinline]] std::uint64_t read_long_varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 70 && at_ != end_; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      if (shift < 64) value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    is_broken_ = true;
    return 0;
  }

  std::string_view take(std::uint64_t size) {
    if (is_broken_ || size > static_cast<std::uint64_t>(end_ - at_)) {
      is_broken_ = true;
      return {};
    }
    const std::string_view taken(at_, static_cast<std::size_t>(size));
    at_ += size;
    return taken;
  }

  const char* at_;
  const char* end_;
  std::uint32_t number_ = 0;
  Wire wire_ = Wire::varint;
  std::uint64_t varint_ = 0;
  std::string_view bytes_;
  bool is_broken_ = false;
};

}  // namespace assay
