#include "launch/watch_settings.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "../temporary_directory.h"
#include "base/error.h"

namespace assay {
namespace {

using test::TemporaryDirectory;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

LauncherConfig with(const std::string& name, Value value) {
  LauncherConfig config{"gpu", "slurm", {}, {"site.yaml", 3, 3}};
  config.settings.kind = Value::Kind::map;
  value.line = 4;
  value.column = 9;
  config.settings.entries.emplace_back(name, std::move(value));
  return config;
}

Value boolean(const char* text) {
  auto value = Value::of_string(text);
  value.kind = Value::Kind::boolean;
  return value;
}

TEST(WatchSettings, AreReadFromTheSiteFile) {
  EXPECT_FALSE(read_watch_settings(with("broker", boolean("false"))).broker);
  EXPECT_TRUE(read_watch_settings(with("broker", boolean("true"))).broker);
  EXPECT_TRUE(read_watch_settings(with("orphans", Value::of_string("keep"))).keep_orphans);
  const auto settings = read_watch_settings(with("poll_interval", Value::of_string("0.25")));
  EXPECT_EQ(settings.poll_interval, std::chrono::milliseconds(250));
  EXPECT_EQ(settings.lease, k_default_lease);
  EXPECT_EQ(read_watch_settings(with("lease", Value::of_integer(0))).lease.count(), 0);
}

TEST(WatchSettings, WhatIsNoSuchValueIsAnErrorAtItsPlace) {
  EXPECT_THAT([] { read_watch_settings(with("orphans", Value::of_string("kill"))); },
              ThrowsMessage<InputError>(HasSubstr("site.yaml:4:9: expected cancel or keep as "
                                                  "'orphans' for launcher 'gpu', got 'kill'")));
  EXPECT_THROW(read_watch_settings(with("broker", Value::of_string("maybe"))), InputError);
  EXPECT_THROW(read_watch_settings(with("lease", Value::of_integer(-1))), InputError);
  EXPECT_THROW(read_watch_settings(with("poll_interval", Value::of_integer(0))), InputError);
}

TEST(WatchSettings, EachIsNamedForTheLaunchers) {
  for (const auto& name : watch_setting_names()) {
    auto bad = with(name, Value::of_string("?"));
    EXPECT_THROW(read_watch_settings(bad), InputError) << name;
  }
}

TEST(Lease, IsSharedByARunOrAJobsOwn) {
  EXPECT_EQ(run_lease("/w/run1/case/2"), "/w/run1/.lease");
  EXPECT_EQ(job_lease("/w/run1/case/2"), "/w/run1/case/2/.lease");
  EXPECT_LT(5 * lease_renewal(k_default_lease), k_default_lease);
}

TEST(Lease, RenewingMakesItAndSetsItsTime) {
  const TemporaryDirectory directory;
  const auto lease = directory.path() / ".lease";
  renew_lease(lease);
  timespec old[2] = {{1000, 0}, {1000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, lease.c_str(), old, 0), 0);
  renew_lease(lease);
  struct stat status {};
  ASSERT_EQ(::stat(lease.c_str(), &status), 0);
  EXPECT_GT(status.st_mtim.tv_sec, 1'000'000);
  EXPECT_THROW(renew_lease(directory.path() / "none" / ".lease"), Error);
}

}  // namespace
}  // namespace assay
