#include "recipe/site.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "sample_recipe.h"

namespace assay {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class SiteFile : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(testing::TempDir()) / "assay_site" /
            testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  void TearDown() override {
    fs::remove_all(root_);
    ::unsetenv("ASSAY_TEST_PARTITION");
  }
  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(root_ / name) << text;
    return root_ / name;
  }
  std::string error(const std::string& text) const {
    const auto path = write("site.yaml", text);
    return error_of([&] { read_site_file(path); });
  }

  fs::path root_;
};

TEST_F(SiteFile, NamesLaunchersAndWhereThingsAreKept) {
  const auto site =
      read_site_file(write("site.yaml",
                           "default_launcher: b\nwork_dir: work\nhistory: /h.sqlite\nlaunchers:\n"
                           "  a: {type: local}\n  b: {type: slurm, partition: gpu}\n"));
  ASSERT_EQ(site.launchers.size(), 2U);
  EXPECT_EQ(site.default_launcher, "b");
  EXPECT_EQ(site.find("b")->type, "slurm");
  EXPECT_EQ(site.find("b")->settings.find("partition")->text, "gpu");
  EXPECT_EQ(site.find("b")->place.line, 6);
  EXPECT_EQ(site.work_dir, (root_ / "work").string());
  EXPECT_EQ(site.history, "/h.sqlite");
}

TEST_F(SiteFile, TheFirstLauncherIsTheDefaultUnlessThereIsALocalOne) {
  EXPECT_EQ(read_site_file(write("s.yaml", "launchers: {a: {type: slurm}}\n")).default_launcher,
            "a");
  EXPECT_EQ(read_site_file(write("s.yaml", "launchers: {a: {type: slurm}, local: {type: local}}\n"))
                .default_launcher,
            "local");
}

TEST_F(SiteFile, ValuesMayNameTheEnvironment) {
  ::setenv("ASSAY_TEST_PARTITION", "gpu", 1);
  const auto site =
      read_site_file(write("site.yaml",
                           "launchers:\n  a: {type: slurm, partition: 'x-${ASSAY_TEST_PARTITION}', "
                           "account: '${ASSAY_TEST_NONE:-mine}'}\n"));
  EXPECT_EQ(site.find("a")->settings.find("partition")->text, "x-gpu");
  EXPECT_EQ(site.find("a")->settings.find("account")->text, "mine");
  EXPECT_THAT(error("launchers:\n  a: {type: slurm, account: '${ASSAY_TEST_NONE}'}\n"),
              HasSubstr("site.yaml:2:29: the environment variable ASSAY_TEST_NONE is not set"));
}

TEST_F(SiteFile, ExtendsAnotherOneEntryByEntry) {
  write("base.yaml",
        "work_dir: /w\nlaunchers:\n  a: {type: slurm, partition: p, environment: {A: 1, B: 2}}\n");
  const auto site = read_site_file(write(
      "site.yaml", "extends: base.yaml\nlaunchers:\n  a: {partition: q, environment: {B: 3}}\n"));
  EXPECT_EQ(site.work_dir, "/w");
  const auto& settings = site.find("a")->settings;
  EXPECT_EQ(settings.find("partition")->text, "q");
  EXPECT_EQ(settings.find("environment")->find("A")->text, "1");
  EXPECT_EQ(settings.find("environment")->find("B")->text, "3");
}

TEST_F(SiteFile, ACircleOfExtendsIsAnError) {
  write("base.yaml", "extends: site.yaml\nlaunchers: {a: {type: local}}\n");
  EXPECT_THAT(error("extends: base.yaml\nlaunchers: {a: {type: local}}\n"),
              HasSubstr("base.yaml:1:10: this site file extends itself"));
  EXPECT_THAT(error("extends: none.yaml\n"), HasSubstr("site.yaml:1:10: no such site file"));
}

TEST_F(SiteFile, MistakesShowTheirPlaceAndTheNearestName) {
  EXPECT_THAT(error("launcher: {}\n"),
              HasSubstr("site.yaml:1:1: unknown key 'launcher' in a site file; did you mean "
                        "'launchers'?"));
  EXPECT_THAT(error("launchers:\n  a: {type: slrum}\n"), HasSubstr("did you mean 'slurm'?"));
  EXPECT_THAT(error("launchers:\n  a: {partition: x}\n"), HasSubstr("launcher 'a' has no 'type'"));
  EXPECT_THAT(error("default_launcher: lcal\nlaunchers:\n  local: {type: local}\n"),
              HasSubstr("did you mean 'local'?"));
  EXPECT_THAT(error(""), HasSubstr("empty"));
  EXPECT_THAT(error("a: [\n"), HasSubstr("not valid YAML"));
  EXPECT_THAT(error_of([&] { read_site_file(root_ / "none.yaml"); }),
              HasSubstr("no such site file"));
}

TEST(Site, WithoutAFileThereIsOneLocalLauncher) {
  const auto site = built_in_site();
  ASSERT_EQ(site.launchers.size(), 1U);
  EXPECT_EQ(site.find(site.default_launcher)->type, "local");
}

}  // namespace
}  // namespace assay
