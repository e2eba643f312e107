#include "cli/image_origin.h"

#include <gtest/gtest.h>

#include "../model/sample_record.h"
#include "../temporary_directory.h"
#include "base/digest.h"
#include "base/files.h"

namespace assay {
namespace {

constexpr const char* k_recipe = R"yaml(
type: build
format_version: 1
spec:
  name: esm2
  source: {repo: https://example.com/esm2.git, ref: v1}
---
type: recipe
format_version: 1
spec: {model: esm2, build: esm2, script: "true"}
)yaml";

class ImageOrigin : public testing::Test {
 protected:
  ImageOrigin() {
    const auto file = directory_.path() / "recipe.yaml";
    write_file_atomically(file, k_recipe);
    record_ = test::passed_record();
    record_.recipe_file = file;
    record_.recipe_digest = sha256_hex(k_recipe);
    record_.key = "recipe/esm2_esm2";
    record_.image = "localhost/assay/esm2";
  }

  test::TemporaryDirectory directory_;
  Record record_;
};

TEST_F(ImageOrigin, IsHowTheRecipesBuildMakesIt) {
  EXPECT_EQ(image_origin(record_),
            "git clone https://example.com/esm2.git source && git -C source checkout v1 && podman "
            "build -f source/Dockerfile -t localhost/assay/esm2 source");
}

TEST_F(ImageOrigin, IsNothingForAnotherImageThanTheRecipes) {
  record_.image = "registry.example.com/esm2:1";  // by --image
  EXPECT_EQ(image_origin(record_), "");
}

TEST_F(ImageOrigin, IsNothingWhereTheRecipeHasChangedOrIsGone) {
  record_.recipe_digest = std::string(64, '0');
  EXPECT_EQ(image_origin(record_), "");
  record_.recipe_file = "/nowhere.yaml";
  EXPECT_EQ(image_origin(record_), "");
}

}  // namespace
}  // namespace assay
