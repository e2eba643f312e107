#include "launch/exit_file.h"

#include <gtest/gtest.h>

#include <csignal>

#include "base/error.h"
#include "local_job.h"

namespace assay {
namespace {

TEST(ExitFile, IsOneNumber) {
  EXPECT_EQ(parse_exit_file("0\n")->exit_code, 0);
  EXPECT_EQ(parse_exit_file(" 7 ")->exit_code, 7);
  EXPECT_FALSE(parse_exit_file(""));
  EXPECT_FALSE(parse_exit_file("7 8"));
  EXPECT_FALSE(parse_exit_file("-1"));
  EXPECT_FALSE(parse_exit_file("256"));
}

TEST(ExitFile, ShellsSaySignalsAs128AndMore) {
  const auto end = *parse_exit_file("139");
  EXPECT_EQ(end.kind, EndKind::signaled);
  EXPECT_EQ(end.signal, SIGSEGV);
  EXPECT_EQ(parse_exit_file("128")->kind, EndKind::exited);
  EXPECT_EQ(parse_exit_file("255")->kind, EndKind::exited);
}

TEST(ExitFile, AbsentIsNothingAndGarbageIsAnError) {
  const TemporaryDirectory directory;
  EXPECT_FALSE(read_exit_file(directory.path()));
  write_file_atomically(directory.path() / "exit_code", "done");
  EXPECT_THROW(read_exit_file(directory.path()), Error);
}

}  // namespace
}  // namespace assay
