// Texts held against approved files in tests/data. To approve anew what a change makes different,
// run the tests with ASSAY_APPROVE=1 and read the difference before committing it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "../test_data.h"
#include "base/files.h"

namespace assay::test {

inline void expect_approved(const std::string& text, const std::string& file) {
  const auto path = test_data() / file;
  if (std::getenv("ASSAY_APPROVE") != nullptr) {
    make_directories(path.parent_path());
    write_file_atomically(path, text);
  }
  EXPECT_EQ(text, read_file_if_exists(path).value_or("(no approved file)")) << path;
}

}  // namespace assay::test
