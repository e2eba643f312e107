#include "verdict/cause.h"

#include <gtest/gtest.h>

#include "log_test.h"

namespace assay {
namespace {

class Cause : public LogTest {};

TEST_F(Cause, ATracebackCountsByItsLastLine) {
  const auto logs = with_log(
      "[rank0]: Traceback (most recent call last):\n"
      "[rank0]:   File \"train.py\", line 3, in <module>\n"
      "[rank0]:     main()\n"
      "[rank0]: ValueError: bad shape\n"
      "[rank1]: Traceback (most recent call last):\n"
      "[rank1]:   File \"train.py\", line 3, in <module>\n"
      "[rank1]: ValueError: bad shape\n");
  EXPECT_EQ(likely_cause(ended(EndKind::exited, 1), logs),
            (std::vector<std::string>{"stderr.log:4: ValueError: bad shape"}));
}

TEST_F(Cause, ExitCodesAndSignalsAreExplained) {
  const auto logs = with_log("script.sh: line 3: torchrn: command not found\n");
  EXPECT_EQ(
      likely_cause(ended(EndKind::exited, 127), logs),
      (std::vector<std::string>{"exit code 127: a command was not found",
                                "stderr.log:1: script.sh: line 3: torchrn: command not found"}));
  EXPECT_EQ(likely_cause(ended(EndKind::signaled, 9), {}).at(0),
            "the program was killed, mostly by the kernel for want of memory (SIGKILL)");
  EXPECT_EQ(likely_cause(ended(EndKind::exited, 139), {}).at(0),
            "exit code 139: the program accessed memory it must not (SIGSEGV)");
}

TEST_F(Cause, WithoutKnownErrorsTheFirstLinesThatSayErrorMustDo) {
  const auto logs = with_log("fine\nError: the cat is out\nerror_rate 3\n");
  EXPECT_EQ(likely_cause(ended(EndKind::exited, 1), logs),
            (std::vector<std::string>{"stderr.log:2: Error: the cat is out"}));
  EXPECT_TRUE(likely_cause(ended(EndKind::exited, 1), with_log("all is well\n")).empty());
}

TEST_F(Cause, AnExceptionWithoutItsTracebackIsAnError) {
  const auto logs = with_log("fine\nMemoryError: x\n");
  EXPECT_EQ(likely_cause(ended(EndKind::exited, 1), logs),
            (std::vector<std::string>{"stderr.log:2: MemoryError: x"}));
}

TEST_F(Cause, AJobThatEndedWellIsNotExplainedByLinesThatMerelySayError) {
  const auto logs = with_log("Error: the cat is out\n");
  EXPECT_TRUE(likely_cause(ended(EndKind::exited, 0), logs).empty());
}

TEST_F(Cause, IsBoundedAndReadable) {
  std::string log;
  for (int i = 0; i < 100; ++i) {
    log += "\x1b[31mCUDA error: \xff number " + std::to_string(i) + std::string(500, 'x') + "\n";
  }
  const auto cause = likely_cause(ended(EndKind::exited, 1), with_log(log), 4);
  ASSERT_EQ(cause.size(), 4U);
  EXPECT_TRUE(cause[0].starts_with("stderr.log:1: CUDA error: \xEF\xBF\xBD number 0xxx"));
  EXPECT_LT(cause[0].size(), 230U);
}

}  // namespace
}  // namespace assay
