// TensorBoard event files: TFRecord frames (tensorflow/core/lib/io/record_writer.h) of Event
// messages (tensorflow/core/util/event.proto).
#include <fmt/format.h>

#include "metrics/crc32c.h"
#include "metrics/protobuf.h"
#include "metrics/readers.h"
#include "metrics/tensor.h"

namespace assay {

namespace {

using Wire = ProtobufFields::Wire;

constexpr std::size_t k_header_bytes = 12;  // length, checksum of the length
constexpr std::size_t k_footer_bytes = 4;   // checksum of the data
// Scalars come in records far smaller; what is larger (an image, a graph) is only checked.
constexpr std::uint64_t k_largest_record_bytes = std::uint64_t{4} << 20;

bool has_bytes(Window& window, std::size_t count) {
  while (window.view().size() < count) {
    if (!window.fill()) return false;
  }
  return true;
}

// Whether SummaryMetadata names the plugin that shows scalars; nothing when it names none.
std::optional<bool> is_scalar_plugin(std::string_view metadata) {
  ProtobufFields fields(metadata);
  while (fields.next()) {
    if (!fields.is(1, Wire::bytes)) continue;
    ProtobufFields plugin(fields.bytes());
    while (plugin.next()) {
      if (plugin.is(1, Wire::bytes)) return plugin.bytes() == "scalars";
    }
  }
  return std::nullopt;
}

bool is_session_start(std::string_view session_log) {
  ProtobufFields fields(session_log);
  while (fields.next()) {
    if (fields.is(1, Wire::varint)) return fields.varint() == 1;
  }
  return false;
}

void add_point(SeriesSink& sink, Series& series, std::int64_t step, double value, bool is_float32) {
  series.is_float32 = is_float32 && (series.is_float32 || series.points.empty());
  sink.add(series, step, value);
}

}  // namespace

void TensorboardReader::read(Input& input) {
  Window window(input);
  std::string_view record;
  for (;;) {
    const std::uint64_t offset = window.offset();
    const Frame frame = next_record(window, record);
    if (frame == Frame::end) return;
    if (frame == Frame::bad) {
      sink_.warn(offset, "wrong checksum: what follows is lost; what came before was kept");
      return;
    }
    if (record.empty()) continue;
    read_event(record, offset);
    window.consume(k_header_bytes + record.size() + k_footer_bytes);
  }
}

// On success of a record that is small enough its bytes, still in the window; a larger one is
// consumed and leaves `record` empty.
TensorboardReader::Frame TensorboardReader::next_record(Window& window, std::string_view& record) {
  record = {};
  const auto cut = [&] {
    sink_.warn(window.offset(), "the file ends within this record; those before it were kept");
    return Frame::end;
  };
  if (!has_bytes(window, k_header_bytes)) return window.view().empty() ? Frame::end : cut();
  const auto header = window.view().substr(0, k_header_bytes);
  const auto length = load_little_endian<std::uint64_t>(header.data());
  if (mask_crc32c(crc32c(header.substr(0, 8))) !=
      load_little_endian<std::uint32_t>(header.data() + 8)) {
    return Frame::bad;
  }
  if (length > k_largest_record_bytes) return skip_large_record(window, length);
  const auto size = static_cast<std::size_t>(length);
  if (!has_bytes(window, k_header_bytes + size + k_footer_bytes)) return cut();
  const char* const data = window.view().data() + k_header_bytes;
  const std::string_view body(data, size);
  if (mask_crc32c(crc32c(body)) != load_little_endian<std::uint32_t>(data + size)) {
    return Frame::bad;
  }
  if (size == 0) window.consume(k_header_bytes + k_footer_bytes);
  record = body;
  return Frame::whole;
}

TensorboardReader::Frame TensorboardReader::skip_large_record(Window& window,
                                                              std::uint64_t length) {
  const std::uint64_t offset = window.offset();
  window.consume(k_header_bytes);
  std::uint32_t crc = 0;
  for (std::uint64_t rest = length; rest > 0;) {
    if (window.view().empty() && !window.fill()) {
      sink_.warn(offset, "the file ends within this record; those before it were kept");
      return Frame::end;
    }
    const auto piece = window.view().substr(
        0, static_cast<std::size_t>(std::min<std::uint64_t>(rest, window.view().size())));
    crc = crc32c(piece, crc);
    rest -= piece.size();
    window.consume(piece.size());
  }
  if (!has_bytes(window, k_footer_bytes)) {
    sink_.warn(offset, "the file ends within this record; those before it were kept");
    return Frame::end;
  }
  if (mask_crc32c(crc) != load_little_endian<std::uint32_t>(window.view().data())) {
    return Frame::bad;
  }
  window.consume(k_footer_bytes);
  sink_.warn(offset,
             fmt::format("a record of {} bytes, too large for scalars, was left out", length));
  return Frame::whole;
}

// Event: step=2, summary=5, session_log=7, in any order.
void TensorboardReader::read_event(std::string_view event, std::uint64_t offset) {
  std::int64_t step = 0;
  bool is_start = false;
  summaries_.clear();
  ProtobufFields fields(event);
  while (fields.next()) {
    if (fields.is(2, Wire::varint)) step = static_cast<std::int64_t>(fields.varint());
    if (fields.is(5, Wire::bytes)) summaries_.push_back(fields.bytes());
    if (fields.is(7, Wire::bytes)) is_start = is_session_start(fields.bytes());
  }
  if (fields.is_broken()) {
    sink_.warn(offset, "malformed event, left out");
    return;
  }
  if (is_start) sink_.drop_from(step);
  for (const auto summary : summaries_) {
    ProtobufFields values(summary);
    while (values.next()) {
      if (values.is(1, Wire::bytes)) read_value(values.bytes(), step, offset);
    }
    if (values.is_broken()) sink_.warn(offset, "malformed summary, its rest was left out");
  }
}

// Summary.Value: tag=1, simple_value=2, tensor=8, metadata=9.
void TensorboardReader::read_value(std::string_view value, std::int64_t step,
                                   std::uint64_t offset) {
  std::string_view tag;
  std::string_view tensor;
  std::string_view metadata;
  std::optional<float> simple_value;
  ProtobufFields fields(value);
  while (fields.next()) {
    if (fields.is(1, Wire::bytes)) tag = fields.bytes();
    if (fields.is(2, Wire::fixed32)) simple_value = fields.fixed<float>();
    if (fields.is(8, Wire::bytes)) tensor = fields.bytes();
    if (fields.is(9, Wire::bytes)) metadata = fields.bytes();
  }
  if (fields.is_broken()) {
    sink_.warn(offset, "malformed value, left out");
  } else if (simple_value) {
    add_point(sink_, sink_.series(tag), step, *simple_value, true);
  } else if (!tensor.empty()) {
    read_tensor(tag, tensor, metadata, step, offset);
  }
}

// Only the first value of a tag says which plugin it belongs to; without that, a tensor of one
// number is a scalar.
void TensorboardReader::read_tensor(std::string_view tag, std::string_view tensor,
                                    std::string_view metadata, std::int64_t step,
                                    std::uint64_t offset) {
  Series* series = sink_.find(tag);
  std::optional<bool> is_scalar;
  if (series == nullptr) {
    if (!other_tags_.empty() && other_tags_.contains(std::string(tag))) return;
    is_scalar = is_scalar_plugin(metadata);
  }
  const auto number = is_scalar.value_or(true) ? read_scalar_tensor(tensor) : std::nullopt;
  if (number) {
    add_point(sink_, series != nullptr ? *series : sink_.series(tag), step, number->value,
              number->is_float32);
    return;
  }
  if (series != nullptr || is_scalar == true) {
    sink_.warn(offset, fmt::format("'{}' is a scalar, but this tensor is not one number", tag));
  } else {
    other_tags_.emplace(tag);
  }
}

}  // namespace assay
