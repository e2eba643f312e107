#include "driver/job_news.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace assay {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::Optional;

class News : public ::testing::Test {
 protected:
  News() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
  std::optional<std::string> pending(seconds age, const std::string& reason) {
    JobStatus status;
    status.id = "12";
    status.state = JobState::pending;
    status.reason = reason;
    status.expected_start = expected_start_;
    return news_.line(start_ + age, start_, status);
  }
  std::optional<std::string> silent(seconds age) {
    JobStatus status;
    status.state = JobState::pending;
    status.silent_since = start_;
    status.notice = "connect failure";
    return news_.line(start_ + age, start_, status);
  }
  std::optional<std::string> running(seconds age) {
    JobStatus status;
    status.id = "12";
    status.state = JobState::running;
    status.nodes = {"n1", "n2"};
    return news_.line(start_ + age, start_, status);
  }

  TimePoint start_ = *from_iso8601("2026-11-21T14:00:00Z");
  std::optional<TimePoint> expected_start_;
  JobNews news_{false};
};

TEST_F(News, AShortWaitIsNoNews) {
  EXPECT_EQ(pending(seconds(0), "None"), std::nullopt);
  EXPECT_EQ(pending(seconds(9), "None"), std::nullopt);
  EXPECT_THAT(running(seconds(9)), Optional(std::string("job 12 runs on n1, n2")));
  EXPECT_EQ(running(seconds(20)), std::nullopt);
}

TEST_F(News, PendingIsToldWithItsReasonAndExpectedStart) {
  pending(seconds(0), "Resources");
  EXPECT_THAT(pending(seconds(10), "Resources"),
              Optional(std::string("job 12 pending 10 s: Resources")));
  expected_start_ = start_ + minutes(32);
  EXPECT_THAT(pending(minutes(12), "Resources"),
              Optional(std::string("job 12 pending 12 min: Resources, starts ~14:32")));
  expected_start_ = start_ + std::chrono::hours(24);
  EXPECT_THAT(
      pending(minutes(61), "Resources"),
      Optional(std::string("job 12 pending 1 h 01 min: Resources, starts ~Sun 22 Nov 14:00")));
}

TEST_F(News, TheSameIsRepeatedAtGrowingDistances) {
  int lines = 0;
  for (int age = 0; age <= 3 * 3600; ++age) lines += pending(seconds(age), "Priority") ? 1 : 0;
  EXPECT_EQ(lines, 8);  // at 10 s, 1, 5, 15, 30 minutes, 1, 2, 3 hours
}

TEST_F(News, AReasonThatChangesAllTheTimeIsToldOnceAMinute) {
  int lines = 0;
  for (int age = 0; age <= 600; ++age) {
    lines += pending(seconds(age), age % 2 == 0 ? "Priority" : "Resources") ? 1 : 0;
  }
  EXPECT_LE(lines, 11);
  EXPECT_GE(lines, 2);
}

TEST_F(News, ASilentLauncherAndItsReturnAreTold) {
  EXPECT_EQ(silent(seconds(0)), std::nullopt);
  EXPECT_THAT(silent(seconds(10)), Optional(std::string("no answer from the launcher since 14:00 "
                                                        "(connect failure); still asking")));
  EXPECT_THAT(running(seconds(20)), Optional(std::string("the launcher answers again")));
  EXPECT_THAT(running(seconds(21)), Optional(std::string("job 12 runs on n1, n2")));
}

TEST_F(News, UntilTheNextLineNobodyNeedsToLook) {
  pending(seconds(0), "Priority");
  EXPECT_EQ(news_.until_next(start_), seconds(10));
  running(seconds(1));
  EXPECT_EQ(news_.until_next(start_), minutes(60));
}

}  // namespace
}  // namespace assay
