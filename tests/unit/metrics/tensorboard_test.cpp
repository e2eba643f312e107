#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "event_file.h"
#include "metrics/readers.h"
#include "reading.h"

namespace assay {
namespace {

using namespace event_file;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ReadResult read_events(std::string_view bytes, std::size_t piece = 1 << 20) {
  return read_with([](Input& input, SeriesSink& sink) { TensorboardReader(sink).read(input); },
                   bytes, piece);
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

TEST(Tensorboard, ReadsARecordThatTensorboardItselfWrote) {
  const auto read =
      read_events(from_hex("1d00000000000000602fdf23"
                           "0900004040fc54d94110012a100a0e0a076c6d206c6f737315e22f2f41"
                           "6d34a9e2"));
  ASSERT_EQ(read.names(), std::vector<std::string>{"lm loss"});
  EXPECT_EQ(read["lm loss"].points.at(0).step, 1);
  EXPECT_FLOAT_EQ(static_cast<float>(read["lm loss"].points.at(0).value), 10.94919F);
  EXPECT_TRUE(read["lm loss"].is_float32);
  EXPECT_THAT(read.warnings, IsEmpty());
}

TEST(Tensorboard, ReadsSimpleValues) {
  const auto nan = std::numeric_limits<float>::quiet_NaN();
  const auto read = read_events(version() + scalar(0, "a", 1.5F) + scalar(1, "b", 2) +
                                scalar(1, "a", 2.5F) + scalar(-3, "c", 7) + scalar(2, "a", nan));
  EXPECT_EQ(read["a"].points.size(), 3U);
  EXPECT_EQ(read["a"].points[1], (Point{1, 2.5}));
  EXPECT_TRUE(std::isnan(read["a"].points[2].value));
  EXPECT_THAT(read["b"].points, ElementsAre(Point{1, 2}));
  EXPECT_THAT(read["c"].points, ElementsAre(Point{-3, 7}));
}

TEST(Tensorboard, ReadsEveryEncodingOfATensor) {
  const auto read =
      read_events(tensor(1, "float content", 1, of_bytes(4, raw(1.5F)), "scalars") +
                  tensor(1, "double content", 2, of_bytes(4, raw(0.1))) +
                  tensor(1, "int32 content", 3, of_bytes(4, raw(std::int32_t{-7}))) +
                  tensor(1, "int64 content", 9, of_bytes(4, raw(std::int64_t{1} << 40))) +
                  tensor(1, "bfloat16 content", 14, of_bytes(4, raw(std::uint16_t{0x4040}))) +
                  tensor(1, "half content", 19, of_bytes(4, raw(std::uint16_t{0x3E00}))) +
                  tensor(1, "float packed", 1, of_bytes(5, raw(2.5F))) +
                  tensor(1, "float single", 1, of_fixed(5, 3.5F)) +
                  tensor(1, "double packed", 2, of_bytes(6, raw(4.5))) +
                  tensor(1, "double single", 2, of_fixed(6, 5.5)) +
                  tensor(1, "int packed", 3, of_bytes(7, varint(static_cast<std::uint64_t>(-6)))) +
                  tensor(1, "int single", 3, of_varint(7, 6)) +
                  tensor(1, "int64 packed", 9, of_bytes(10, varint(8))) +
                  tensor(1, "int64 single", 9, of_varint(10, static_cast<std::uint64_t>(-8))) +
                  tensor(1, "half packed", 19, of_bytes(13, varint(0xC000))) +
                  tensor(1, "half subnormal", 19, of_varint(13, 1)) +
                  tensor(1, "bfloat16 single", 14, of_varint(13, 0x4040)));
  const auto value = [&read](std::string_view name) { return read[name].points.at(0).value; };
  EXPECT_EQ(value("float content"), 1.5);
  EXPECT_EQ(value("double content"), 0.1);
  EXPECT_EQ(value("int32 content"), -7);
  EXPECT_EQ(value("int64 content"), 1099511627776.0);
  EXPECT_EQ(value("bfloat16 content"), 3);
  EXPECT_EQ(value("half content"), 1.5);
  EXPECT_EQ(value("float packed"), 2.5);
  EXPECT_EQ(value("float single"), 3.5);
  EXPECT_EQ(value("double packed"), 4.5);
  EXPECT_EQ(value("double single"), 5.5);
  EXPECT_EQ(value("int packed"), -6);
  EXPECT_EQ(value("int single"), 6);
  EXPECT_EQ(value("int64 packed"), 8);
  EXPECT_EQ(value("int64 single"), -8);
  EXPECT_EQ(value("half packed"), -2);
  EXPECT_EQ(value("half subnormal"), std::ldexp(1, -24));
  EXPECT_EQ(value("bfloat16 single"), 3);
  EXPECT_TRUE(read["float content"].is_float32);
  EXPECT_TRUE(read["half packed"].is_float32);
  EXPECT_FALSE(read["double content"].is_float32);
  EXPECT_THAT(read.warnings, IsEmpty());
}

TEST(Tensorboard, OtherPluginsAreNoScalars) {
  const auto read = read_events(tensor(1, "text", 1, of_bytes(5, raw(1.0F)), "text") +
                                tensor(2, "text", 1, of_bytes(5, raw(1.0F))) +
                                tensor(1, "vector", 1, of_bytes(5, raw(1.0F) + raw(2.0F))) +
                                tensor(1, "loss", 1, of_bytes(5, raw(3.0F)), "scalars") +
                                tensor(2, "loss", 1, of_bytes(5, raw(4.0F))));
  EXPECT_THAT(read.names(), ElementsAre("loss"));
  EXPECT_THAT(read["loss"].points, ElementsAre(Point{1, 3}, Point{2, 4}));
  EXPECT_THAT(read.warnings, IsEmpty());
}

TEST(Tensorboard, AScalarThatIsNoNumberIsReported) {
  const auto read = read_events(tensor(1, "loss", 7, of_bytes(8, "text"), "scalars"));
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("byte 0: 'loss' is a scalar")));
}

TEST(Tensorboard, ARestartDropsTheStepsThatItRepeats) {
  const auto read = read_events(scalar(1, "a", 1) + scalar(2, "a", 2) + scalar(3, "a", 3) +
                                session_start(2) + scalar(2, "a", 20));
  EXPECT_THAT(read["a"].points, ElementsAre(Point{1, 1}, Point{2, 20}));
}

TEST(Tensorboard, ARestartIsKnownAcrossFiles) {
  SeriesSink sink("tensorboard");
  sink.begin_group();
  TensorboardReader reader(sink);
  const auto first = tensor(1, "a", 1, of_bytes(5, raw(1.0F)), "scalars") +
                     tensor(5, "a", 1, of_bytes(5, raw(5.0F))) +
                     tensor(1, "h", 1, of_bytes(5, raw(1.0F)), "histograms");
  const auto second = session_start(5) + tensor(5, "a", 1, of_bytes(5, raw(50.0F))) +
                      tensor(5, "h", 1, of_bytes(5, raw(1.0F)));
  for (const auto& bytes : {first, second}) {
    MemoryInput input(bytes);
    reader.read(input);
  }
  const auto series = sink.take_series();
  ASSERT_EQ(series.size(), 1U);
  EXPECT_THAT(series[0].points, ElementsAre(Point{1, 1}, Point{5, 50}));
}

TEST(Tensorboard, EveryCutTailKeepsTheRecordsBeforeIt) {
  const auto whole = version() + scalar(1, "a", 1);
  const auto last = scalar(2, "a", 2);
  for (std::size_t size = 1; size < last.size(); ++size) {
    const auto read = read_events(whole + last.substr(0, size));
    EXPECT_THAT(read["a"].points, ElementsAre(Point{1, 1})) << size;
    EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("byte " + std::to_string(whole.size()) +
                                                     ": the file ends within this record")));
  }
}

TEST(Tensorboard, AWrongChecksumStopsWithItsPlace) {
  const auto first = scalar(1, "a", 1);
  for (const std::size_t place : {0U, 9U, 20U}) {
    auto bytes = first + scalar(2, "a", 2) + scalar(3, "a", 3);
    bytes[first.size() + place] = static_cast<char>(bytes[first.size() + place] ^ 4);
    const auto read = read_events(bytes);
    EXPECT_THAT(read["a"].points, ElementsAre(Point{1, 1})) << place;
    EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("byte " + std::to_string(first.size()) +
                                                     ": wrong checksum")));
  }
}

TEST(Tensorboard, ALargeRecordIsCheckedAndLeftOut) {
  const std::string image(5'000'000, 'x');
  const auto read =
      read_events(event(1, of_bytes(4, image)) + scalar(1, "a", 1), std::size_t{1} << 16);
  EXPECT_THAT(read["a"].points, ElementsAre(Point{1, 1}));
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("too large for scalars")));
}

TEST(Tensorboard, MalformedEventsAreReportedAndReadOver) {
  const auto read = read_events(frame("\x2A\xFF") + frame("") + scalar(1, "a", 1));
  EXPECT_THAT(read["a"].points, ElementsAre(Point{1, 1}));
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("byte 0: malformed event")));
}

TEST(Tensorboard, ReadsTheSameInPiecesOfAnySize) {
  const auto bytes = version() + scalar(1, "a", 1) + scalar(2, "a", 2);
  for (std::size_t piece = 1; piece < 30; ++piece) {
    EXPECT_THAT(read_events(bytes, piece)["a"].points, ElementsAre(Point{1, 1}, Point{2, 2}));
  }
}

}  // namespace
}  // namespace assay
