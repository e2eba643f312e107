#include "driver/job_setup.h"

#include <gtest/gtest.h>

#include <set>

#include "../launch/local_job.h"

namespace assay {
namespace {

Product sample() {
  Product product;
  product.key = "recipe/case";
  product.name = "case";
  product.place.file = "recipes/case.yaml";
  product.launcher = "local";
  product.script = "echo \xff\n";
  product.parameters.resize(2);
  product.parameters[0].name = "batch_size";
  product.parameters[0].value = Value::of_integer(4);
  product.parameters[1].name = "a-b.c";
  product.environment = {{"OMP_NUM_THREADS", "1"}};
  return product;
}

std::string find(const std::vector<std::pair<std::string, std::string>>& environment,
                 const std::string& name) {
  for (const auto& [key, value] : environment) {
    if (key == name) return value;
  }
  return "(none)";
}

TEST(AttemptDirectory, NumbersGoOnWhereAnEarlierDriverEnded) {
  const TemporaryDirectory directory;
  EXPECT_EQ(make_attempt_directory(directory.path() / "case").number, 1);
  const auto second = make_attempt_directory(directory.path() / "case");
  EXPECT_EQ(second.number, 2);
  EXPECT_TRUE(std::filesystem::is_directory(second.path / "logs"));
  EXPECT_TRUE(std::filesystem::is_directory(second.path / "assets"));
}

TEST(JobEnvironment, HasWhatAJobIsPromised) {
  const auto environment = job_environment(sample(), "run1", {"/work/case/2", 2});
  EXPECT_EQ(find(environment, "ASSAY_KEY"), "recipe/case");
  EXPECT_EQ(find(environment, "ASSAY_RUN_ID"), "run1");
  EXPECT_EQ(find(environment, "ASSAY_ATTEMPT"), "2");
  EXPECT_EQ(find(environment, "ASSAY_LOGS_DIR"), "/work/case/2/logs");
  EXPECT_EQ(find(environment, "ASSAY_ASSETS_DIR"), "/work/case/2/assets");
  EXPECT_EQ(find(environment, "ASSAY_PARAM_BATCH_SIZE"), "4");
  EXPECT_EQ(find(environment, "ASSAY_PARAM_A_B_C"), "None");
  EXPECT_EQ(find(environment, "OMP_NUM_THREADS"), "1");
  EXPECT_EQ(find(environment, "ASSAY_RECIPE_DIR"),
            (std::filesystem::current_path() / "recipes").string());
}

TEST(MakeWorkload, WritesTheScriptByteForByte) {
  const TemporaryDirectory directory;
  const auto workload = make_workload(sample(), "run1", {directory.path(), 1});
  EXPECT_EQ(read_file(directory.path() / "script.sh"), "echo \xff\n");
  EXPECT_EQ(workload.token.size(), 10U);
}

TEST(MakeToken, IsNeverTheSame) {
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) tokens.insert(make_token());
  EXPECT_EQ(tokens.size(), 1000U);
}

TEST(ProductDigest, ChangesWithWhatMakesAProductAnother) {
  const auto product = sample();
  const auto digest = product_digest(product, "c1");
  EXPECT_EQ(digest, product_digest(product, "c1"));
  EXPECT_NE(digest, product_digest(product, "c2"));
  auto other = product;
  other.script += " ";
  EXPECT_NE(digest, product_digest(other, "c1"));
  other = product;
  other.environment[0].second = "2";
  EXPECT_NE(digest, product_digest(other, "c1"));
}

}  // namespace
}  // namespace assay
