#include "base/process.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"

namespace assay {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

TEST(RunCommand, KeepsOutputErrorsAndExitCodeApart) {
  const auto result = run_command({.arguments = {"sh", "-c", "echo out; echo err >&2; exit 3"}});
  ASSERT_TRUE(std::holds_alternative<Exited>(result.end));
  EXPECT_EQ(std::get<Exited>(result.end).code, 3);
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_FALSE(result.succeeded());
}

TEST(RunCommand, PassesArgumentsUnchangedWithoutAShell) {
  const auto result = run_command({.arguments = {"printf", "%s|%s", "a b$c", "*'\""}});
  EXPECT_TRUE(result.succeeded());
  EXPECT_EQ(result.out, "a b$c|*'\"");
}

TEST(RunCommand, GivesInputEnvironmentAndDirectory) {
  const auto result = run_command({.arguments = {"sh", "-c", "cat; echo $ASSAY_TEST; pwd"},
                                   .environment = {{"ASSAY_TEST", "x y"}},
                                   .directory = "/usr",
                                   .input = "in\n"});
  EXPECT_EQ(result.out, "in\nx y\n/usr\n");
}

TEST(RunCommand, InputIsEmptyWhenNoneIsGiven) {
  EXPECT_EQ(run_command({.arguments = {"cat"}}).out, "");
}

TEST(RunCommand, TellsASignalFromAnExitCode) {
  const auto result = run_command({.arguments = {"sh", "-c", "kill -SEGV $$"}});
  ASSERT_TRUE(std::holds_alternative<Signaled>(result.end));
  EXPECT_EQ(std::get<Signaled>(result.end).signal, SIGSEGV);
}

TEST(RunCommand, AnAbsentProgramIsSaidToBeAbsent) {
  const auto result = run_command({.arguments = {"assay-no-such-program"}});
  ASSERT_TRUE(std::holds_alternative<NotStarted>(result.end));
  EXPECT_TRUE(std::get<NotStarted>(result.end).is_absent);
}

TEST(RunCommand, AMissingDirectoryIsNotAnAbsentProgram) {
  const auto result = run_command({.arguments = {"true"}, .directory = "/no/such/directory"});
  ASSERT_TRUE(std::holds_alternative<NotStarted>(result.end));
  EXPECT_FALSE(std::get<NotStarted>(result.end).is_absent);
}

TEST(RunCommand, EndsTheWholeGroupAtItsTimeLimit) {
  const auto begin = steady_clock::now();
  const Command command{.arguments = {"sh", "-c", "echo early; sleep 97 & wait"},
                        .time_limit = milliseconds(100)};
  const auto result = run_command(command);
  EXPECT_TRUE(std::holds_alternative<TimedOut>(result.end));
  EXPECT_EQ(result.out, "early\n");
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(RunCommand, StopsAtTheOutputLimit) {
  const auto result = run_command({.arguments = {"yes"}, .output_limit_bytes = 1000});
  EXPECT_TRUE(std::holds_alternative<TooMuchOutput>(result.end));
}

TEST(RunCommand, DoesNotWaitForAProcessLeftBehindThatHoldsTheOutput) {
  const auto begin = steady_clock::now();
  const auto result = run_command({.arguments = {"sh", "-c", "sleep 3 & echo done"}});
  EXPECT_TRUE(result.succeeded());
  EXPECT_EQ(result.out, "done\n");
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(2));
}

TEST(RunCommand, TakesLargeOutputOnBothStreams) {
  const auto result = run_command(
      {.arguments = {"sh", "-c", "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"}});
  EXPECT_EQ(result.out.size(), 300000U);
  EXPECT_EQ(result.err.size(), 300000U);
}

TEST(RunCommand, DescribesAFailureByItsLastErrorLine) {
  const Command command{.arguments = {"sh", "-c", "echo first >&2; echo last >&2; exit 2"}};
  EXPECT_EQ(describe(command, run_command(command)), "sh: exit code 2: last");
}

TEST(ProcessInfo, ReadsNamesWithBlanksAndParentheses) {
  const auto info = parse_process_stat(
      "42 (a) b (c) S 7 42 42 0 -1 4194304 98 0 0 0 0 0 0 0 20 0 1 0 253499 3133440 361 0 0");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->pid, 42);
  EXPECT_EQ(info->parent, 7);
  EXPECT_EQ(info->state, 'S');
  EXPECT_EQ(info->start_ticks, 253499U);
  EXPECT_EQ(info->name, "a) b (c");
}

TEST(ProcessInfo, TextThatIsNoProcessIsNothing) {
  EXPECT_FALSE(parse_process_stat(""));
  EXPECT_FALSE(parse_process_stat("42 (x) S 7"));
  EXPECT_FALSE(process_info(0));
}

TEST(ProcessInfo, FindsThisProcessAndItsParent) {
  const auto self = process_info(::getpid());
  ASSERT_TRUE(self);
  EXPECT_EQ(self->parent, ::getppid());
  const auto processes = all_processes();
  EXPECT_TRUE(std::any_of(processes.begin(), processes.end(),
                          [&](const ProcessInfo& other) { return self->is_same(other); }));
}

TEST(ProcessInfo, DescendantsAreFoundAtAnyDepth) {
  const std::vector<ProcessInfo> processes{{1, 0, 'S', 0, "init"},  {5, 1, 'S', 1, "me"},
                                           {6, 5, 'S', 2, "child"}, {7, 6, 'S', 3, "deep"},
                                           {8, 1, 'S', 4, "other"}, {9, 5, 'Z', 5, "ended"}};
  auto found = descendants_of(5, processes);
  std::vector<pid_t> pids;
  for (const auto& process : found) pids.push_back(process.pid);
  std::sort(pids.begin(), pids.end());
  EXPECT_EQ(pids, (std::vector<pid_t>{6, 7, 9}));
}

TEST(FindAncestor, KnowsNothingOfANameThatNoAncestorHas) {
  EXPECT_FALSE(find_ancestor("assay-no-such"));
}

}  // namespace
}  // namespace assay
