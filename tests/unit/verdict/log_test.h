// What the tests of rules over logs share: a job's end, and a log in a directory of its own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string_view>
#include <vector>

#include "../temporary_directory.h"
#include "base/files.h"
#include "model/job.h"

namespace assay {

inline JobEnd ended(EndKind kind, int number = 0) {
  JobEnd end;
  end.kind = kind;
  if (kind == EndKind::exited) end.exit_code = number;
  if (kind == EndKind::signaled) end.signal = number;
  return end;
}

class LogTest : public testing::Test {
 protected:
  // stderr.log with that text, behind a log that is not there.
  std::vector<std::filesystem::path> with_log(std::string_view text) {
    const auto path = directory_.path() / "stderr.log";
    write_file_atomically(path, text);
    return {directory_.path() / "missing.log", path};
  }

 private:
  test::TemporaryDirectory directory_;
};

}  // namespace assay
