#include "launch/slurm_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../error_of.h"
#include "slurm_sample.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

std::string error_of(const std::string& site, const std::string& recipe = "{}") {
  return test::error_of([&] {
    auto workload = slurm_workload();
    workload.settings = yaml_map(recipe);
    job_settings(read_slurm_settings(slurm_config(site)), workload);
  });
}

TEST(SlurmSettings, AnUnknownSettingIsNamedWithItsPlaceAndTheNearestOne) {
  EXPECT_THAT(error_of("partition: a\nacount: b"),
              HasSubstr("site.yaml:2:1: launcher 'gpu' has the unknown setting 'acount'; did you "
                        "mean 'account'?"));
  EXPECT_THAT(error_of("", "ntask_per_node: 2"), HasSubstr("did you mean 'ntasks_per_node'?"));
}

TEST(SlurmSettings, ValuesOfAnotherKindAreRefused) {
  EXPECT_THAT(error_of("container: pixis"), HasSubstr("did you mean 'pyxis'?"));
  EXPECT_THAT(error_of("exclusive: maybe"), HasSubstr("expected true or false for 'exclusive'"));
  EXPECT_THAT(error_of("array_size: 0"), HasSubstr("expected a number from 1 to"));
  EXPECT_THAT(error_of("partition: [a, b]"), HasSubstr("expected a text for 'partition'"));
  EXPECT_THAT(error_of("partition: \"a\\nb\""), HasSubstr("more than one line"));
  EXPECT_THAT(error_of("environment: {A-B: 1}"), HasSubstr("cannot be an environment variable"));
  EXPECT_THAT(error_of("submit_timeout: soon"), HasSubstr("expected a number of seconds"));
  EXPECT_THAT(error_of("", "ntasks_per_node: many"), HasSubstr("expected a number from 1 to 4096"));
  EXPECT_THAT(error_of("", "launch: scrip"), HasSubstr("did you mean 'script'?"));
}

TEST(SlurmSettings, FlagsThatAreAssaysOwnCannotBePassedThrough) {
  EXPECT_THAT(error_of("flags: {output: x}"), HasSubstr("--output is Assay's own to give"));
  EXPECT_THAT(error_of("flags: {--mem: 1}"), HasSubstr("no long option without its dashes"));
}

TEST(SlurmSettings, WhatTheRecipeLeftAsTheSiteSaysIsTheSites) {
  const std::string site = "gpus_per_node: 8\npartition: a\nflags: {nice: 1}\nlease: 60";
  EXPECT_EQ(error_of(site, site), "no error");
  auto workload = slurm_workload();
  workload.settings = yaml_map(site);
  const auto job = job_settings(read_slurm_settings(slurm_config(site)), workload);
  EXPECT_EQ(to_string(job.places.at("partition")), "site.yaml:2:12");
}

TEST(SlurmSettings, WatchingSettingsAreNoneOfItsOwn) {
  EXPECT_EQ(error_of("lease: 60\norphans: keep\nbroker: false"), "no error");
}

TEST(SlurmSettings, ASettingRemembersWhereItWasSaid) {
  const auto settings = read_slurm_settings(slurm_config("account: a\npartition: b"));
  EXPECT_EQ(to_string(settings.job.places.at("partition")), "site.yaml:2:12");
}

}  // namespace
}  // namespace assay
