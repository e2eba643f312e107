#include "metrics/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace assay {
namespace {

TEST(Crc32c, HasThePublishedCheckValue) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c_portable("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(Crc32c, HasTheValuesOfRfc3720) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
}

TEST(Crc32c, BothWaysAgreeOnEveryLengthAndAlignment) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += static_cast<char>(i * 37 + 11);
  for (std::size_t begin = 0; begin < 9; ++begin) {
    for (std::size_t size = 0; size + begin < bytes.size(); ++size) {
      const auto piece = std::string_view(bytes).substr(begin, size);
      ASSERT_EQ(crc32c(piece), crc32c_portable(piece)) << begin << ' ' << size;
    }
  }
}

TEST(Crc32c, ContinuesBehindEarlierBytes) {
  EXPECT_EQ(crc32c("56789", crc32c("1234")), 0xE3069283U);
  EXPECT_EQ(crc32c_portable("56789", crc32c_portable("1234")), 0xE3069283U);
}

}  // namespace
}  // namespace assay
