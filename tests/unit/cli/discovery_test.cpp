#include "cli/discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/files.h"
#include "cli/discovery_cache.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class DiscoveryTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "discoveryXXXXXX";
    root_ = ::mkdtemp(pattern.data());
    make_directories(root_ / "recipes");
    request_.directory = root_ / "build/recipes";
    request_.recipes = {root_ / "recipes"};
    request_.build_dir = root_ / "build";
    request_.ctest_directories = {root_ / "build"};
    request_.tool = "/bin/sh";
    ::unsetenv("ASSAY_SITE");
    ::setenv("XDG_CONFIG_HOME", root_.c_str(), 1);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void write_recipe(const std::string& name, const std::string& seeds) {
    write_file_atomically(root_ / "recipes" / (name + ".yaml"),
                          "type: basic\nspec: {name: '" + name + "_{seed}', model: " + name +
                              ", script: 'true'}\nproducts:\n- seed: [" + seeds + "]\n");
  }

  // The list and what it includes, as one text.
  std::string cases(const Discovery& discovery) const {
    std::string text;
    for (const auto& name : {"a", "b", "sub/c"}) {
      const auto file = request_.directory / name / "cases.cmake";
      if (read_file(discovery.list).find(file.string()) != std::string::npos) {
        text += read_file(file);
      }
    }
    return text;
  }

  std::filesystem::path root_;
  DiscoveryRequest request_;
};

TEST_F(DiscoveryTest, ReadsOnlyWhatChanged) {
  write_recipe("a", "1");
  write_recipe("b", "1, 2");
  EXPECT_EQ(discover(request_).read_files, 2U);
  EXPECT_EQ(discover(request_).read_files, 0U);

  write_recipe("b", "1, 3");
  const auto discovery = discover(request_);
  EXPECT_EQ(discovery.read_files, 1U);
  EXPECT_THAT(cases(discovery), HasSubstr("[=[a-1]=]"));
  EXPECT_THAT(cases(discovery), HasSubstr("[=[b-3]=]"));
  EXPECT_THAT(cases(discovery), Not(HasSubstr("[=[b-2]=]")));

  std::filesystem::remove(root_ / "recipes/a.yaml");
  EXPECT_EQ(discover(request_).read_files, 0U);
  EXPECT_THAT(cases(discover(request_)), Not(HasSubstr("[=[a-1]=]")));
}

TEST_F(DiscoveryTest, ReadsEverythingAgainWhenTheCallChanged) {
  write_recipe("a", "1");
  discover(request_);
  request_.labels = {"smoke"};
  EXPECT_EQ(discover(request_).read_files, 1U);
  request_.prefix = "p.";
  EXPECT_EQ(discover(request_).read_files, 1U);
  EXPECT_EQ(discover(request_).read_files, 0U);
}

TEST_F(DiscoveryTest, KeepsAListOfItsOwnForEachFilterAndEnvironment) {
  write_recipe("a", "1, 2");
  const auto all = discover(request_).list;
  request_.load_filter = "spec.seed == 1";
  const auto one = discover(request_).list;
  EXPECT_NE(one, all);
  ::setenv("ASSAY_LABEL_ORIGIN", "ci", 1);
  EXPECT_NE(discover(request_).list, one);
  ::unsetenv("ASSAY_LABEL_ORIGIN");
  // Going back reads nothing.
  EXPECT_EQ(discover(request_).read_files, 0U);
  request_.load_filter.clear();
  EXPECT_EQ(discover(request_).read_files, 0U);
}

TEST_F(DiscoveryTest, WhatTheCallerSuppliesIsPartOfWhatTheListDependsOn) {
  write_recipe("a", "1");
  const auto list = discover(request_).list;
  for (const char* variable : {"ASSAY_IMAGE", "ASSAY_IMAGE_B", "ASSAY_LABEL_OWNER"}) {
    ::setenv(variable, "one", 1);
    const auto one = discover(request_);
    EXPECT_EQ(one.read_files, 1U) << variable;
    EXPECT_NE(one.list, list) << variable;
    ::setenv(variable, "two", 1);
    EXPECT_NE(discover(request_).list, one.list) << variable;
    ::unsetenv(variable);
  }
  EXPECT_EQ(discover(request_).read_files, 0U);
}

TEST_F(DiscoveryTest, CasesKnowWhereTheirBuildsAre) {
  write_file_atomically(root_ / "recipes/a.yaml",
                        "type: basic\nspec: {name: a, build: 'im{n}', n: 1, script: 'true'}\n");
  write_file_atomically(root_ / "recipes/b.yaml",
                        "type: build\nspec: {name: im1, source: {image: reg/x}}\n");
  EXPECT_THAT(cases(discover(request_)),
              HasSubstr(" --builds [=[" + (root_ / "recipes/b.yaml").string() + "]=]"));
  // A build that moves changes the cases of a recipe that stays as it is.
  std::filesystem::rename(root_ / "recipes/b.yaml", root_ / "recipes/c.yaml");
  EXPECT_THAT(cases(discover(request_)),
              HasSubstr(" --builds [=[" + (root_ / "recipes/c.yaml").string() + "]=]"));
  EXPECT_EQ(discover(request_).read_files, 0U);
}

TEST_F(DiscoveryTest, ABuildThatCannotBeIsARedCase) {
  write_recipe("a", "1");
  write_file_atomically(root_ / "recipes/b.yaml",
                        "type: build\nspec: {name: im, source: {ref: main}}\n");
  EXPECT_THAT(cases(discover(request_)), HasSubstr("[=[b.DISCOVERY]=]"));
  EXPECT_THAT(read_file(request_.directory / "b/DISCOVERY.txt"), HasSubstr("'image' or 'repo'"));
}

TEST_F(DiscoveryTest, AsksAllRecipesBeforeItCallsAPathOfAFilterUnknown) {
  write_recipe("a", "1");
  write_file_atomically(root_ / "recipes/b.yaml",
                        "type: basic\nspec: {name: b, tp: 2, script: 'true'}\n");
  request_.load_filter = "spec.tp == 2";
  EXPECT_EQ(discover(request_).read_files, 2U);
  write_recipe("a", "2");
  const auto discovery = discover(request_);
  EXPECT_EQ(discovery.read_files, 2U);
  EXPECT_THAT(read_file(discovery.list), Not(HasSubstr("DISCOVERY")));
  std::filesystem::remove(root_ / "recipes/b.yaml");
  EXPECT_THAT(read_file(discover(request_).list), HasSubstr("[=[recipes.DISCOVERY]=]"));
}

TEST_F(DiscoveryTest, RepairsFilesThatSomebodyRemoved) {
  write_recipe("a", "1");
  discover(request_);
  std::filesystem::remove(request_.directory / "a/cases.cmake");
  EXPECT_EQ(discover(request_).read_files, 1U);
  std::filesystem::remove(request_.directory / "list.cmake");
  EXPECT_TRUE(std::filesystem::exists(discover(request_).list));
  write_file_atomically(request_.directory / "state.json", "{\"version\": 1, \"recipes\": [");
  EXPECT_EQ(discover(request_).read_files, 1U);
}

TEST_F(DiscoveryTest, ForgetsCaseNumbersOnlyWhenTheCasesChange) {
  write_recipe("a", "1");
  discover(request_);
  const auto memory = root_ / "build/Testing/Temporary/LastTestsFailed_20260101-0000.log";
  const auto log = root_ / "build/Testing/Temporary/LastTest.log";
  make_directories(memory.parent_path());
  write_file_atomically(memory, "1:a-1\n");
  write_file_atomically(log, "kept\n");
  discover(request_);
  EXPECT_TRUE(std::filesystem::exists(memory));
  write_recipe("a", "1, 2");
  discover(request_);
  EXPECT_FALSE(std::filesystem::exists(memory));
  EXPECT_TRUE(std::filesystem::exists(log));
}

TEST_F(DiscoveryTest, RefusesNamesThatAnEarlierCallHas) {
  write_recipe("a", "1, 2");
  discover(request_);
  auto second = request_;
  second.directory = root_ / "build/recipes-2";
  second.earlier = {request_.directory};
  discover(second);
  const auto red = read_file(second.directory / "a/cases.cmake");
  EXPECT_THAT(red, Not(HasSubstr("[=[a-1]=]")));
  EXPECT_THAT(red, HasSubstr("[=[a.DISCOVERY]=]"));
  EXPECT_THAT(read_file(second.directory / "a/DISCOVERY.txt"),
              HasSubstr("case 'a-1' has the name of one of"));
  EXPECT_EQ(discover(second).read_files, 0U);

  request_.prefix = "first.";
  discover(request_);
  EXPECT_EQ(discover(second).read_files, 1U);
  EXPECT_THAT(read_file(second.directory / "a/cases.cmake"), HasSubstr("[=[a-1]=]"));
}

TEST_F(DiscoveryTest, TurnsAMissingDirectoryIntoARedCase) {
  write_recipe("a", "1");
  request_.recipes.push_back(root_ / "gone");
  const auto discovery = discover(request_);
  EXPECT_THAT(cases(discovery), HasSubstr("[=[a-1]=]"));
  EXPECT_THAT(read_file(discovery.list), HasSubstr("[=[recipes.DISCOVERY]=]"));
}

TEST(FileStamp, TellsAnOlderFileInThePlaceOfANewer) {
  const std::filesystem::path file = testing::TempDir() + "stamp_test";
  write_file_atomically(file, "one");
  const auto before = stamp_of(file);
  write_file_atomically(file, "two");
  std::filesystem::last_write_time(
      file, std::filesystem::file_time_type::clock::now() - std::chrono::hours{24});
  EXPECT_NE(stamp_of(file), before);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace assay
