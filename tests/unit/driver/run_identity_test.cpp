#include "driver/run_identity.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <map>

#include "../launch/local_job.h"
#include "base/error.h"

namespace assay {
namespace {

using Variables = std::map<std::string, std::string>;

ReadVariable reader(Variables variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST(RunId, TheUsersOwnComesFirst) {
  EXPECT_EQ(run_id(reader({{"ASSAY_RUN_ID", "nightly.7"}, {"CI_PIPELINE_ID", "12"}})), "nightly.7");
}

TEST(RunId, OneThatCannotNameADirectoryIsRefused) {
  EXPECT_THROW(run_id(reader({{"ASSAY_RUN_ID", "../x"}})), InputError);
  EXPECT_THROW(run_id(reader({{"ASSAY_RUN_ID", std::string(200, 'x')}})), InputError);
}

TEST(RunId, ThePipelinesIdIsMadeAName) {
  EXPECT_EQ(run_id(reader({{"BUILD_TAG", "jenkins-a/b #3"}})), "jenkins-a-b--3");
}

TEST(RunId, IsTheSameEachTimeWithinOneRun) {
  const auto first = run_id(reader({}));
  EXPECT_EQ(first, run_id(reader({})));
  EXPECT_EQ(first, file_name_of(first));
}

TEST(PipelineId, ARerunOnGitHubIsAnotherOne) {
  EXPECT_EQ(pipeline_id(reader({{"GITHUB_RUN_ID", "5"}, {"GITHUB_RUN_ATTEMPT", "1"}})), "5");
  EXPECT_EQ(pipeline_id(reader({{"GITHUB_RUN_ID", "5"}, {"GITHUB_RUN_ATTEMPT", "2"}})), "5.2");
  EXPECT_EQ(pipeline_id(reader({})), "");
  EXPECT_EQ(pipeline_id(reader({{"ASSAY_PIPELINE_ID", "77"}, {"GITHUB_RUN_ID", "5"}})), "77");
}

TEST(ReferenceBranch, IsMainWhereNobodySaysOtherwise) {
  EXPECT_EQ(reference_branch(reader({})), "main");
  EXPECT_EQ(reference_branch(reader({{"CI_DEFAULT_BRANCH", "trunk"}})), "trunk");
  EXPECT_EQ(reference_branch(
                reader({{"CI_DEFAULT_BRANCH", "trunk"}, {"ASSAY_REFERENCE_BRANCH", "release"}})),
            "release");
}

TEST(FileName, KeepsCaseNamesAndNeverLeavesItsDirectory) {
  EXPECT_EQ(file_name_of("bionemo.esm2_a=1-b.2"), "bionemo.esm2_a=1-b.2");
  EXPECT_EQ(file_name_of("a/b c"), "a-b-c");
  EXPECT_EQ(file_name_of(".."), "-");
  EXPECT_EQ(file_name_of(""), "-");
}

TEST(GitStatus, ReadsCommitBranchAndChanges) {
  const auto clean = parse_git_status("# branch.oid 1234\n# branch.head main\n");
  EXPECT_EQ(clean.commit, "1234");
  EXPECT_EQ(clean.branch, "main");
  EXPECT_FALSE(clean.is_dirty);
  EXPECT_TRUE(parse_git_status("# branch.oid 1\n1 .M N... 100644 a\n").is_dirty);
}

TEST(GitStatus, ADetachedOrUnbornBranchIsNone) {
  const auto state = parse_git_status("# branch.oid (initial)\n# branch.head (detached)\n");
  EXPECT_EQ(state.commit, "");
  EXPECT_EQ(state.branch, "");
}

class Git : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!find_program("git")) GTEST_SKIP() << "no git here";
    git("init -q -b work");
    git("-c user.name=t -c user.email=t@example.invalid commit -q --allow-empty -m first");
    make_directories(run_);
  }
  void git(const std::string& arguments) const {
    Command command;
    command.arguments = {"sh", "-c", "git " + arguments};
    command.directory = directory_.path();
    const auto result = run_command(command);
    ASSERT_TRUE(result.succeeded()) << describe(command, result);
  }
  TemporaryDirectory directory_;
  std::filesystem::path run_ = directory_.path() / "run";
};

TEST_F(Git, IsAskedOncePerRun) {
  const auto first = git_state(directory_.path(), run_, reader({}));
  EXPECT_EQ(first.commit.size(), 40U);
  EXPECT_EQ(first.branch, "work");
  git("checkout -q -b other");
  EXPECT_EQ(git_state(directory_.path(), run_, reader({})).branch, "work");
  make_directories(directory_.path() / "run2");
  EXPECT_EQ(git_state(directory_.path(), directory_.path() / "run2", reader({})).branch, "other");
}

TEST_F(Git, ADetachedCheckoutTakesTheCisBranch) {
  git("checkout -q --detach");
  EXPECT_EQ(git_state(directory_.path(), run_, reader({{"CI_COMMIT_REF_NAME", "topic"}})).branch,
            "topic");
}

TEST(GitOutside, WhatLiesInNoRepositoryTakesTheCisCommit) {
  const TemporaryDirectory directory;
  const auto state = git_state(directory.path(), directory.path(), reader({{"GITHUB_SHA", "abc"}}));
  EXPECT_EQ(state.commit, "abc");
  EXPECT_FALSE(state.is_dirty);
}

}  // namespace
}  // namespace assay
