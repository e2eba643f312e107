// Recorded answers of slurmrestd 22.05 (v0.0.38), 24.11 (v0.0.40, v0.0.42) and 26.05 (v0.0.45),
// with fewer of the jobs' fields.
#include "launch/slurm_rest_reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../test_data.h"
#include "base/files.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RestReplies : public ::testing::TestWithParam<const char*> {
 protected:
  static std::string recorded(const std::string& what) {
    return read_file(test::test_data() / "slurm/rest" / (what + "_" + GetParam() + ".json"));
  }
};

TEST_P(RestReplies, JobsAreWhatSqueueWouldHaveSaid) {
  const auto rows = parse_rest_reply(recorded("jobs")).rows;
  ASSERT_THAT(rows, SizeIs(6));
  EXPECT_EQ(rows[0].state, "COMPLETED");
  EXPECT_EQ(rows[0].name, "case.token");
  EXPECT_TRUE(slurm_job_status(rows[0], SlurmSource::squeue).started);
  EXPECT_TRUE(slurm_job_status(rows[0], SlurmSource::squeue).ended);
  const auto failed = slurm_job_status(rows[1], SlurmSource::squeue);
  ASSERT_TRUE(failed.end);
  EXPECT_EQ(failed.end->kind, EndKind::exited);
  EXPECT_THAT(failed.nodes, SizeIs(1));
  const auto killed = slurm_job_status(rows[2], SlurmSource::squeue);
  EXPECT_EQ(killed.end->kind, EndKind::signaled);
  EXPECT_EQ(killed.end->signal, 9);
}

TEST_P(RestReplies, TasksOfAnArrayHaveItsIdWhetherTheyWaitOrNot) {
  const auto rows = parse_rest_reply(recorded("jobs")).rows;
  ASSERT_THAT(rows, SizeIs(6));
  const auto array = rows[3].id.substr(0, rows[3].id.find('_'));
  EXPECT_THAT(ids_of_row(rows[3]),
              ElementsAre(array + "_0", array + "_1", array + "_3", array + "_4", array + "_5"));
  const auto waiting = slurm_job_status(rows[3], SlurmSource::squeue);
  EXPECT_EQ(waiting.state, JobState::pending);
  EXPECT_EQ(waiting.reason, "BeginTime");
  EXPECT_EQ(to_iso8601(*waiting.expected_start).substr(0, 4), "2030");
  const auto ended = rows[4].id.substr(0, rows[4].id.find('_'));
  EXPECT_THAT((std::vector{rows[4].id, rows[5].id}),
              ::testing::UnorderedElementsAre(ended + "_0", ended + "_1"));
}

TEST_P(RestReplies, AccountingHasNoExitCodesToBelieve) {
  const auto rows = parse_rest_reply(recorded("accounting")).rows;
  ASSERT_THAT(rows, SizeIs(5));
  EXPECT_EQ(rows[1].state, "FAILED");
  EXPECT_EQ(rows[1].exit, "");
  EXPECT_EQ(rows[1].name, "case.token");
  const auto status = slurm_job_status(rows[1], SlurmSource::sacct);
  EXPECT_EQ(status.state, JobState::ended);
  EXPECT_EQ(status.end->exit_code, -1);
  EXPECT_TRUE(status.ended);
  EXPECT_EQ(rows[3].id.substr(0, rows[3].id.find('_')), rows[4].id.substr(0, rows[4].id.find('_')));
}

TEST_P(RestReplies, ASubmissionHasItsIdOrSlurmsWords) {
  const auto submitted = parse_rest_reply(recorded("submitted"));
  EXPECT_GT(std::stol(submitted.job_id), 0);
  EXPECT_THAT(submitted.codes, IsEmpty());
  EXPECT_NE(submitted.release, "");
  const auto refused = parse_rest_reply(recorded("refused"));
  EXPECT_EQ(refused.job_id, "");
  EXPECT_EQ(refused.words, "Invalid partition name specified");
  EXPECT_TRUE(refused.has_code(2000));
}

TEST_P(RestReplies, AnUnknownJobIsToldByItsNumber) {
  const auto unknown = parse_rest_reply(recorded("unknown_job"));
  EXPECT_TRUE(unknown.is_json);
  EXPECT_TRUE(unknown.has_code(k_invalid_job_id));
  EXPECT_THAT(unknown.rows, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Versions, RestReplies,
                         ::testing::Values("v0.0.38", "v0.0.40", "v0.0.42", "v0.0.45"),
                         [](const auto& version) {
                           return "v" + std::string(version.param).substr(5);
                         });

TEST(RestReply, AFlagHidesTheStateAsInSqueue) {
  const auto state = [](const std::string& states) {
    return parse_rest_reply(R"({"jobs": [{"job_id": 1, "job_state": )" + states + "}]}")
        .rows.at(0)
        .state;
  };
  EXPECT_EQ(state(R"(["FAILED", "COMPLETING"])"), "COMPLETING");
  EXPECT_EQ(state(R"(["RUNNING", "CONFIGURING"])"), "CONFIGURING");
  EXPECT_EQ(state(R"(["PENDING", "LAUNCH_FAILED"])"), "PENDING");
  EXPECT_EQ(state("null"), "");
}

TEST(RestReply, WhatIsNoJsonIsItsFirstLine) {
  const auto reply = parse_rest_reply("Authentication failure\nmore");
  EXPECT_FALSE(reply.is_json);
  EXPECT_EQ(reply.words, "Authentication failure");
}

TEST(RestReply, WordsThatSayNothingGiveWayToTheDescription) {
  const auto reply = parse_rest_reply(
      R"({"errors": [{"error": "Unspecified error", "error_number": -1,
                      "description": "Unknown key \"mpi\""},
                     {"error_code": 9001, "error": "Failure during parsing"}]})");
  EXPECT_EQ(reply.words, "Unknown key \"mpi\"");
  EXPECT_TRUE(reply.has_code(k_slurm_error));
  EXPECT_EQ(parse_rest_reply(R"({"errors": [{"error": "Operation not permitted", "error_number": 1,
                                 "description": "Disabled key: \"mpi\""}]})")
                .words,
            "Disabled key: \"mpi\"");
}

TEST(RestReply, OfferedVersionsAreThoseOfThePaths) {
  EXPECT_THAT(parse_rest_reply(R"({"paths": {"/slurm/v0.0.39/ping": {}, "/slurmdb/v0.0.41/x": {},
                                                  "/slurm/v0.0.39/jobs": {}, "/openapi": {}}})")
                  .versions,
              ElementsAre("v0.0.39"));
  EXPECT_THAT(parse_rest_reply("no").versions, IsEmpty());
}

}  // namespace
}  // namespace assay
