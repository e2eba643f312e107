#include "metrics/find_files.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(NaturalLess, OrdersNumbersByValue) {
  EXPECT_TRUE(natural_less("version_9", "version_10"));
  EXPECT_FALSE(natural_less("version_10", "version_9"));
  EXPECT_TRUE(natural_less("a", "a1"));
  EXPECT_TRUE(natural_less("events.2.b", "events.10.a"));
  EXPECT_FALSE(natural_less("x", "x"));
  EXPECT_NE(natural_less("01", "1"), natural_less("1", "01"));
}

TEST(GlobMatches, FollowsTheShell) {
  EXPECT_TRUE(glob_matches("*.csv", "metrics.csv"));
  EXPECT_FALSE(glob_matches("*.csv", "a/metrics.csv"));
  EXPECT_TRUE(glob_matches("**/*.csv", "a/b/metrics.csv"));
  EXPECT_TRUE(glob_matches("**/*.csv", "metrics.csv"));
  EXPECT_TRUE(glob_matches("run_?/log[0-9].txt", "run_a/log7.txt"));
  EXPECT_FALSE(glob_matches("run_?/log[!0-9].txt", "run_a/log7.txt"));
  EXPECT_FALSE(glob_matches("run?a", "run/a"));
  EXPECT_TRUE(glob_matches("a/**", "a/b/c"));
  EXPECT_TRUE(glob_matches("[x", "[x"));
  EXPECT_FALSE(glob_matches("", "a"));
  EXPECT_TRUE(glob_matches("", ""));
}

}  // namespace
}  // namespace assay
