#include "launch/requirements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "../temporary_directory.h"
#include "base/files.h"
#include "launch/launcher.h"

namespace assay {
namespace {

using testing::HasSubstr;

// A PATH of its own, with stand-ins for the programs named.
class RequirementsTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = std::getenv("PATH");
    ::setenv("PATH", directory_.path().c_str(), 1);
    config_.name = "here";
    config_.type = "local";
    config_.settings.kind = Value::Kind::map;
  }
  void TearDown() override { ::setenv("PATH", path_.c_str(), 1); }

  void install(const std::string& program) {
    write_file_atomically(directory_.path() / program, "#!/bin/sh\n", 0755);
  }
  void set(const std::string& name, const std::string& value) {
    config_.settings.entries.emplace_back(name, Value::of_string(value));
  }
  // Those that are not met, as "what: found".
  std::vector<std::string> problems() const {
    std::vector<std::string> found;
    for (const auto& each : requirements_of(config_)) {
      if (!each.problem.empty()) found.push_back(each.what + ": " + each.found);
    }
    return found;
  }

  test::TemporaryDirectory directory_;
  std::string path_;
  LauncherConfig config_;
};

TEST_F(RequirementsTest, AMachineOfItsOwnNeedsNothing) {
  EXPECT_THAT(problems(), testing::IsEmpty());
}

TEST_F(RequirementsTest, TheContainerRuntimeIsOnPath) {
  set("container", "podman");
  EXPECT_THAT(problems(), testing::ElementsAre("program podman: not on PATH"));
  EXPECT_FALSE(can_build_images(config_));
  install("podman");
  EXPECT_THAT(problems(), testing::IsEmpty());
  EXPECT_TRUE(can_build_images(config_));
}

TEST_F(RequirementsTest, AutoTakesEitherRuntimeButOnlyPodmanBuilds) {
  set("container", "auto");
  EXPECT_THAT(problems(),
              testing::ElementsAre("container runtime: neither podman nor docker on PATH"));
  install("docker");
  EXPECT_THAT(problems(), testing::IsEmpty());
  EXPECT_FALSE(can_build_images(config_));
  install("podman");
  EXPECT_TRUE(can_build_images(config_));
}

TEST_F(RequirementsTest, WrongSettingsSayWhere) {
  config_.place = {"site.yaml", 3, 3};
  set("kill_grace", "soon");
  const auto all = requirements_of(config_);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_THAT(all[1].problem, HasSubstr("kill_grace"));
}

TEST_F(RequirementsTest, ATypeThatCannotRunSaysWhatCan) {
  config_.type = "bicycle";
  const auto all = requirements_of(config_);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].found, "not built in");
  EXPECT_THAT(all[0].problem, HasSubstr("local"));
  EXPECT_FALSE(can_build_images(config_));
}

TEST_F(RequirementsTest, ALaunchersProgramsAreOnPath) {
  config_.type = "slurm";
  const auto types = launcher_types();
  if (std::find(types.begin(), types.end(), "slurm") == types.end()) {
    EXPECT_THAT(problems(), testing::ElementsAre("type slurm: not built in"));
    return;
  }
  EXPECT_THAT(problems(), testing::Contains("program sbatch: not on PATH"));
  install("sbatch");
  EXPECT_THAT(problems(), testing::Not(testing::Contains("program sbatch: not on PATH")));
}

}  // namespace
}  // namespace assay
