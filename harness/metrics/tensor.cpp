#include "metrics/tensor.h"

#include <cmath>

#include "metrics/protobuf.h"

namespace assay {

namespace {

using Wire = ProtobufFields::Wire;

// DataType in tensorflow/core/framework/types.proto.
enum class DataType : std::uint64_t {
  float32 = 1,
  float64 = 2,
  int32 = 3,
  uint8 = 4,
  int16 = 5,
  int8 = 6,
  int64 = 9,
  boolean = 10,
  bfloat16 = 14,
  uint16 = 17,
  half = 19,
  uint32 = 22,
  uint64 = 23,
};

double from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
}

// IEEE 754 binary16.
double from_half(std::uint16_t bits) {
  const int exponent = bits >> 10U & 0x1F;
  const int fraction = bits & 0x3FF;
  double magnitude = 0;
  if (exponent == 0x1F) {
    magnitude = fraction == 0 ? HUGE_VAL : std::nan("");
  } else if (exponent == 0) {
    magnitude = std::ldexp(fraction, -24);
  } else {
    magnitude = std::ldexp(fraction + 0x400, exponent - 25);
  }
  return (bits & 0x8000U) != 0 ? -magnitude : magnitude;
}

template <typename Number>
std::optional<double> one_number(std::string_view bytes) {
  if (bytes.size() != sizeof(Number)) return std::nullopt;
  return static_cast<double>(load_little_endian<Number>(bytes.data()));
}

std::optional<double> from_content(DataType type, std::string_view bytes) {
  switch (type) {
    case DataType::float32:
      return one_number<float>(bytes);
    case DataType::float64:
      return one_number<double>(bytes);
    case DataType::int32:
      return one_number<std::int32_t>(bytes);
    case DataType::uint8:
    case DataType::boolean:
      return one_number<std::uint8_t>(bytes);
    case DataType::int16:
      return one_number<std::int16_t>(bytes);
    case DataType::int8:
      return one_number<std::int8_t>(bytes);
    case DataType::int64:
      return one_number<std::int64_t>(bytes);
    case DataType::uint16:
      return one_number<std::uint16_t>(bytes);
    case DataType::uint32:
      return one_number<std::uint32_t>(bytes);
    case DataType::uint64:
      return one_number<std::uint64_t>(bytes);
    case DataType::bfloat16:
    case DataType::half:
      if (bytes.size() != 2) return std::nullopt;
      return type == DataType::half
                 ? from_half(load_little_endian<std::uint16_t>(bytes.data()))
                 : from_bfloat16(load_little_endian<std::uint16_t>(bytes.data()));
  }
  return std::nullopt;
}

double from_varint(DataType type, std::uint64_t bits) {
  switch (type) {
    case DataType::bfloat16:
      return from_bfloat16(static_cast<std::uint16_t>(bits));
    case DataType::half:
      return from_half(static_cast<std::uint16_t>(bits));
    case DataType::uint32:
    case DataType::uint64:
      return static_cast<double>(bits);
    default:
      return static_cast<double>(static_cast<std::int64_t>(bits));
  }
}

// The field of TensorProto that holds values of this type; 0 for types that are no numbers.
std::uint32_t field_of(DataType type) {
  switch (type) {
    case DataType::float32:
      return 5;
    case DataType::float64:
      return 6;
    case DataType::int32:
    case DataType::uint8:
    case DataType::int16:
    case DataType::int8:
    case DataType::uint16:
      return 7;
    case DataType::int64:
      return 10;
    case DataType::boolean:
      return 11;
    case DataType::bfloat16:
    case DataType::half:
      return 13;
    case DataType::uint32:
      return 16;
    case DataType::uint64:
      return 17;
  }
  return 0;
}

}  // namespace

std::optional<ScalarTensor> read_scalar_tensor(std::string_view proto) {
  DataType type{};
  std::uint64_t elements = 1;
  ProtobufFields shape_scan(proto);
  while (shape_scan.next()) {
    if (shape_scan.is(1, Wire::varint)) type = static_cast<DataType>(shape_scan.varint());
    if (!shape_scan.is(2, Wire::bytes)) continue;
    ProtobufFields shape(shape_scan.bytes());  // TensorShapeProto: dim=2 {size=1}
    while (shape.next()) {
      if (!shape.is(2, Wire::bytes)) continue;
      std::uint64_t size = 0;
      ProtobufFields dimension(shape.bytes());
      while (dimension.next()) {
        if (dimension.is(1, Wire::varint)) size = dimension.varint();
      }
      if (size != 1) elements = 0;
    }
  }
  const std::uint32_t wanted = field_of(type);
  if (wanted == 0 || elements != 1 || shape_scan.is_broken()) return std::nullopt;

  std::optional<double> value;
  std::size_t count = 0;
  const auto take = [&](std::optional<double> number) {
    if (number && ++count == 1) value = number;
  };
  ProtobufFields fields(proto);
  while (fields.next()) {
    const bool is_content = fields.is(4, Wire::bytes) && !fields.bytes().empty();
    if (!is_content && fields.number() != wanted) continue;
    // Of these two types the bytes of one value are the same, packed or not.
    const bool is_fixed = (wanted == 5 || wanted == 6) && fields.wire() != Wire::varint;
    if (is_content || is_fixed) {
      take(from_content(type, fields.bytes()));
    } else if (fields.wire() == Wire::varint) {
      take(from_varint(type, fields.varint()));
    } else if (fields.wire() == Wire::bytes) {
      ProtobufFields packed(fields.bytes());
      std::uint64_t bits = 0;
      while (packed.next_packed_varint(bits)) take(from_varint(type, bits));
    }
  }
  if (count != 1) return std::nullopt;
  const bool is_narrow =
      type == DataType::float32 || type == DataType::bfloat16 || type == DataType::half;
  return ScalarTensor{*value, is_narrow};
}

}  // namespace assay
