#include "launch/slurm_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "slurm_sample.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Not;
using ::testing::SizeIs;

SlurmSettings settings() { return read_slurm_settings(slurm_config("partition: batch")); }

CommandResult answer(int code, std::string err) { return {Exited{code}, "", std::move(err)}; }

CommandResult refusal(const std::string& words) {
  return answer(1, "sbatch: error: Batch job submission failed: " + words + "\n");
}

TEST(SlurmCommands, OneQueryAsksForAllJobs) {
  const std::vector<std::string> ids{"12", "13_0", "13_1", "13_2"};
  const auto commands = squeue_commands(settings(), ids);
  ASSERT_THAT(commands, SizeIs(1));
  EXPECT_THAT(commands[0].arguments, Contains("--jobs=12,13"));
  EXPECT_THAT(commands[0].arguments, Contains("--states=all"));
  EXPECT_THAT(commands[0].arguments, Contains("TZ=UTC0"));
}

TEST(SlurmCommands, ASingleIdIsAskedForTwice) {
  const std::vector<std::string> ids{"12"};
  EXPECT_THAT(squeue_commands(settings(), ids).at(0).arguments, Contains("--jobs=12,12"));
}

TEST(SlurmCommands, ListsLongerThanAnArgumentMayBeAreSplit) {
  std::vector<std::string> ids;
  for (int id = 1'000'000; id < 1'020'000; ++id) ids.push_back(std::to_string(id));
  const auto commands = squeue_commands(settings(), ids);
  EXPECT_THAT(commands, SizeIs(2));
  for (const auto& command : commands) {
    for (const auto& argument : command.arguments) EXPECT_LT(argument.size(), 128U << 10U);
  }
}

TEST(SlurmCommands, TheCallersVariablesSteerNothing) {
  ::setenv("SQUEUE_STATES", "PENDING", 1);
  const std::vector<std::string> ids{"12"};
  const auto command = squeue_commands(settings(), ids).at(0);
  ::unsetenv("SQUEUE_STATES");
  EXPECT_THAT(command.arguments, Contains("SQUEUE_STATES"));
}

TEST(SlurmCommands, SbatchAndSoTheJobGetNothingOfTheCallersEnvironment) {
  ::setenv("SBATCH_PARTITION", "other", 1);
  ::setenv("SLURM_CONF", "/etc/own.conf", 1);
  const auto command = sbatch_command(settings(), "/w/job.sbatch");
  ::unsetenv("SBATCH_PARTITION");
  ::unsetenv("SLURM_CONF");
  EXPECT_EQ(command.arguments.at(1), "-i");
  EXPECT_THAT(command.arguments, Contains("SLURM_CONF=/etc/own.conf"));
  EXPECT_THAT(command.arguments, Not(Contains(::testing::HasSubstr("SBATCH_PARTITION"))));
  EXPECT_THAT(command.arguments, Not(Contains("TZ=UTC0")));
}

TEST(SlurmCommands, TheSubmittedIdIsFoundBelowWarnings) {
  EXPECT_EQ(parse_submitted_id("123\n"), "123");
  EXPECT_EQ(parse_submitted_id("123;cluster\n"), "123");
  EXPECT_EQ(parse_submitted_id("sbatch: lua: 12 GPUs asked for\n123\n"), "123");
  EXPECT_EQ(parse_submitted_id("Submitted batch job 12\n"), std::nullopt);
  EXPECT_EQ(parse_submitted_id(""), std::nullopt);
}

TEST(SlurmCommands, WhatAPersonGotWrongIsRefused) {
  for (const char* words :
       {"Invalid partition name specified",
        "Invalid account or account/partition combination specified", "Invalid qos specification",
        "Requested node configuration is not available",
        "Requested time limit is invalid (missing or exceeds some limit)",
        "Node count specification invalid", "Invalid feature specification"}) {
    EXPECT_EQ(classify_sbatch(refusal(words)), SubmitFailure::refused) << words;
  }
  EXPECT_EQ(classify_sbatch(answer(
                1,
                "sbatch: error: QOSMaxGRESPerUser\nsbatch: error: Batch job submission failed: "
                "Job violates accounting/QOS policy (job submit limit, user's size and/or time "
                "limits)\n")),
            SubmitFailure::refused);
  EXPECT_EQ(classify_sbatch(answer(255, "sbatch: unrecognized option '--x'\n")),
            SubmitFailure::refused);
}

TEST(SlurmCommands, ALimitOnJobsInFlightPasses) {
  EXPECT_EQ(classify_sbatch(
                answer(1,
                       "sbatch: error: QOSMaxSubmitJobPerUserLimit\nsbatch: error: Batch job "
                       "submission failed: Job violates accounting/QOS policy (job submit limit, "
                       "user's size and/or time limits)\n")),
            SubmitFailure::limited);
  EXPECT_EQ(classify_sbatch(answer(1, "sbatch: error: AssocMaxSubmitJobLimit\n")),
            SubmitFailure::limited);
  EXPECT_EQ(classify_sbatch(refusal("Invalid job array specification")), SubmitFailure::too_large);
}

TEST(SlurmCommands, ASubmissionWithoutAnAnswerIsUncertain) {
  EXPECT_EQ(classify_sbatch(refusal("Socket timed out on send/recv operation")),
            SubmitFailure::uncertain);
  EXPECT_EQ(classify_sbatch({TimedOut{std::chrono::seconds(60)}, "", ""}),
            SubmitFailure::uncertain);
  EXPECT_EQ(classify_sbatch({Signaled{9}, "", ""}), SubmitFailure::uncertain);
  EXPECT_EQ(classify_sbatch({Exited{0}, "", ""}), SubmitFailure::uncertain);
}

TEST(SlurmCommands, AControllerThatIsDownTookNothing) {
  EXPECT_EQ(classify_sbatch(refusal("Unable to contact slurm controller (connect failure)")),
            SubmitFailure::not_now);
}

TEST(SlurmCommands, SlurmsWordsAreOneLineWithoutPrefixes) {
  const auto command = sbatch_command(settings(), "/w/job.sbatch");
  EXPECT_EQ(slurm_words(command, refusal("Invalid qos specification")),
            "Invalid qos specification");
  EXPECT_EQ(slurm_words(command, answer(1,
                                        "sbatch: error: QOSMaxGRESPerUser\nsbatch: error: "
                                        "Batch job submission failed: No\n")),
            "QOSMaxGRESPerUser; No");
  EXPECT_EQ(
      slurm_words(command, {TimedOut{std::chrono::seconds(60)}, "",
                            "sbatch: error: Slurm temporarily unable to accept job, sleeping\n"}),
      "no answer within 1 min 00 s (Slurm is temporarily unable to accept jobs)");
}

TEST(SlurmCommands, ARefusalPointsAtTheSettingItIsAbout) {
  const auto job = job_settings(settings(), slurm_workload());
  EXPECT_EQ(refused_setting("Invalid partition name specified", job), "partition");
  EXPECT_EQ(refused_setting("Invalid qos specification", job), "");  // none was set
}

TEST(SlurmCommands, AccountingThatIsOffIsToldFromOneThatIsDown) {
  EXPECT_TRUE(has_no_accounting(answer(1, "Slurm accounting storage is disabled\n")));
  EXPECT_FALSE(has_no_accounting(
      answer(1, "sacct: error: Problem talking to the database: Connection refused\n")));
}

}  // namespace
}  // namespace assay
