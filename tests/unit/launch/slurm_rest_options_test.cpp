#include "launch/slurm_rest_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "launch/slurm_script.h"
#include "slurm_sample.h"

namespace assay {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const TimePoint k_time{std::chrono::seconds(1'795'837'000)};

json number(long long value) { return {{"set", true}, {"infinite", false}, {"number", value}}; }

json job_of(const std::string& version, const std::string& site) {
  auto workload = slurm_workload();
  workload.gpus_per_node = 2;
  workload.nodes = 2;
  const auto job = job_settings(read_slurm_settings(slurm_config(site)), workload);
  return json::parse(rest_submission(version, "#!/bin/sh\ntrue\n",
                                     slurm_batch_options(job, workload), k_time))
      .at("job");
}

std::string refusal_of(const std::string& version, const std::string& site) {
  try {
    job_of(version, site);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(SlurmRestOptions, TheFirstVersionTakesSbatchsValuesByOtherNames) {
  const auto job = job_of("v0.0.38", "partition: a\nexclusive: true\nflags: {mem: 2G, nice: 5}");
  EXPECT_EQ(job.at("name"), "case.abcdefghij");
  EXPECT_EQ(job.at("partition"), "a");
  EXPECT_EQ(job.at("time_limit"), "0-00:02:00");
  EXPECT_EQ(job.at("gpus_per_node"), "2");
  EXPECT_EQ(job.at("tasks"), "2");
  EXPECT_EQ(job.at("no_requeue"), true);
  EXPECT_EQ(job.at("open_mode"), "append");
  EXPECT_EQ(job.at("exclusive"), "exclusive");
  EXPECT_EQ(job.at("memory_per_node"), "2G");
  EXPECT_EQ(job.at("current_working_directory"), "/shared/work dir/run/case/1");
  EXPECT_EQ(job.at("environment").at("SLURM_NTASKS_PER_NODE"), "1");
}

TEST(SlurmRestOptions, LaterVersionsHaveShapesOfTheirOwn) {
  const auto job = job_of("v0.0.42",
                          "partition: a\nexclusive: true\nsignal_before_end: 60\n"
                          "launch: script\nflags: {mem: 2G, nice: 5, begin: now+2hours}");
  EXPECT_EQ(job.at("name"), "case.abcdefghij");
  EXPECT_EQ(job.at("time_limit"), number(2));
  EXPECT_EQ(job.at("tres_per_node"), "gres/gpu:2");
  EXPECT_EQ(job.at("tasks"), 2);
  EXPECT_EQ(job.at("tasks_per_node"), 1);
  EXPECT_EQ(job.at("requeue"), false);
  EXPECT_EQ(job.at("open_mode"), json::array({"APPEND"}));
  EXPECT_EQ(job.at("shared"), json::array({"none"}));
  EXPECT_EQ(job.at("memory_per_node"), number(2048));
  EXPECT_EQ(job.at("nice"), 5);
  EXPECT_EQ(job.at("begin_time"), number(1'795'844'200));
  EXPECT_EQ(job.at("kill_warning_signal"), "USR1");
  EXPECT_EQ(job.at("kill_warning_delay"), number(60));
  EXPECT_EQ(job.at("kill_warning_flags"), json::array({"BATCH_JOB"}));
  EXPECT_THAT(job.at("environment").dump(), HasSubstr("\"PATH=/usr/local/sbin:"));
}

TEST(SlurmRestOptions, GresAndExcludedNodesBecomeLists) {
  auto workload = slurm_workload();
  workload.gpus_per_node = 2;
  workload.excluded_nodes = {"n1", "n2"};
  const auto job =
      job_settings(read_slurm_settings(slurm_config("gres: 'gpu:a100:{gpus},shard:1'")), workload);
  const auto sent =
      json::parse(rest_submission("v0.0.40", "", slurm_batch_options(job, workload), k_time))
          .at("job");
  EXPECT_EQ(sent.at("tres_per_node"), "gres/gpu:a100:2,gres/shard:1");
  EXPECT_EQ(sent.at("excluded_nodes"), json::array({"n1", "n2"}));
}

TEST(SlurmRestOptions, TimesAreReadAsSbatchReadsThem) {
  const auto minutes = [](const std::string& time) {
    return job_of("v0.0.42", "flags: {time: '" + time + "'}").at("time_limit").at("number");
  };
  EXPECT_EQ(minutes("30"), 30);
  EXPECT_EQ(minutes("1:30"), 2);
  EXPECT_EQ(minutes("2:00:00"), 120);
  EXPECT_EQ(minutes("1-2"), 1560);
  EXPECT_EQ(minutes("1-02:03"), 1563);
  EXPECT_THAT(refusal_of("v0.0.42", "flags: {time: soon}"),
              HasSubstr("--time=soon: it is no time"));
}

TEST(SlurmRestOptions, AnOptionWithoutACounterpartIsRefusedByName) {
  EXPECT_THAT(refusal_of("v0.0.42", "flags: {container-image: a}"),
              HasSubstr("slurmrestd cannot be asked for --container-image=a"));
  EXPECT_THAT(refusal_of("v0.0.38", "signal_before_end: 60\nlaunch: script"),
              HasSubstr("--signal=B:USR1@60: v0.0.38 can warn steps alone"));
  EXPECT_THAT(refusal_of("v0.0.42", "flags: {export: ALL}"),
              HasSubstr("the environment is the site file's"));
}

TEST(SlurmRestOptions, ALoginEnvironmentIsAskedForByItsVariable) {
  EXPECT_EQ(job_of("v0.0.38", "flags: {export: NONE}").at("environment").at("SLURM_GET_USER_ENV"),
            "1");
}

}  // namespace
}  // namespace assay
