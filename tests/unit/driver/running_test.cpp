#include "driver/running.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "../temporary_directory.h"
#include "base/files.h"

namespace assay {
namespace {

class Running : public ::testing::Test {
 protected:
  Running() { std::filesystem::create_directories(product_); }

  test::TemporaryDirectory directory_;
  std::filesystem::path product_ = directory_.path() / "run1" / "case";
};

TEST_F(Running, ADriverIsFoundWhileItRuns) {
  {
    RunningMark mark;
    mark.set(product_, "recipe/case", "run1", (product_ / "1").string());
    const auto drivers = running_drivers(directory_.path());
    ASSERT_EQ(drivers.size(), 1U);
    EXPECT_EQ(drivers[0].process.pid, ::getpid());
    EXPECT_EQ(drivers[0].attempt_directory, (product_ / "1").string());
    EXPECT_TRUE(drivers[0].matches("recipe/case", ""));
    EXPECT_TRUE(drivers[0].matches("case", "run1"));
    EXPECT_TRUE(drivers[0].matches("", "run1"));
    EXPECT_FALSE(drivers[0].matches("case", "run2"));
    EXPECT_FALSE(drivers[0].matches("other", ""));
  }
  EXPECT_TRUE(running_drivers(directory_.path()).empty());
  EXPECT_TRUE(running_drivers(directory_.path() / "none").empty());
}

TEST_F(Running, AKilledDriversMarkIsNoDriver) {
  const auto child = ::fork();
  if (child == 0) {
    auto* mark = new RunningMark;  // never destroyed, as when the process is killed
    mark->set(product_, "recipe/case", "run1", "");
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(std::filesystem::exists(product_ / "driver"));
  EXPECT_TRUE(running_drivers(directory_.path()).empty());
}

TEST_F(Running, StoppingAsksTheDriverItself) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const auto child = ::fork();
  if (child == 0) {
    auto* mark = new RunningMark;
    mark->set(product_, "recipe/case", "run1", "");
    if (::write(ready[1], "x", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const auto drivers = running_drivers(directory_.path());
  ASSERT_EQ(drivers.size(), 1U);
  EXPECT_TRUE(stop_driver(drivers[0]));
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
  EXPECT_FALSE(stop_driver(drivers[0]));
}

TEST_F(Running, WhatIsNoMarkIsNoDriver) {
  write_file_atomically(product_ / "driver", "not JSON");
  EXPECT_TRUE(running_drivers(directory_.path()).empty());
}

}  // namespace
}  // namespace assay
