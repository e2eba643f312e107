#include <filesystem>
#include <fstream>

#include "base/digest.h"
#include "sample_recipe.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

TEST(RecipeFile, HoldsSeveralDocumentsOfAllDialects) {
  const auto file = parse_recipes(
      "type: recipe\nspec: {model: m}\n---\ntype: basic\nspec: {name: n}\n---\n"
      "type: build\nspec: {name: b}\n---\nscript_args: {a: 1}\n",
      "f.yaml");
  ASSERT_EQ(file.recipes.size(), 4U);
  EXPECT_EQ(file.recipes[0]->type, RecipeType::recipe);
  EXPECT_EQ(file.recipes[1]->type, RecipeType::basic);
  EXPECT_EQ(file.recipes[2]->type, RecipeType::build);
  EXPECT_EQ(file.recipes[3]->type, RecipeType::compact);
  EXPECT_EQ(file.recipes[1]->place, (Place{"f.yaml", 4, 1}));
  EXPECT_EQ(file.recipes[0]->digest, sha256_hex(*file.recipes[0]->text));
  EXPECT_TRUE(file.errors.empty());
}

TEST(RecipeFile, WhatIsNoRecipeIsNamedAndPassedOver) {
  const auto file =
      parse_recipes("- a\n---\nkind: Pod\n---\nscalar\n---\ntype: recipe\nspec: {model: m}\n", "f");
  EXPECT_EQ(file.recipes.size(), 1U);
  EXPECT_TRUE(file.errors.empty());
  ASSERT_EQ(file.notices.size(), 3U);
  EXPECT_EQ(file.notices[0].place.line, 1);
  EXPECT_EQ(file.notices[1].place.line, 3);
  EXPECT_THAT(file.notices[1].message, HasSubstr("neither 'type' nor 'script_args'"));
}

TEST(RecipeFile, ADocumentThatDoesNotParseIsAnErrorAndTheOthersStay) {
  const auto file = parse_recipes(
      "type: recipe\nspec: {model: m\n---\ntype: recipe\nspec: {model: m}\n", "f.yaml");
  EXPECT_EQ(file.recipes.size(), 1U);
  ASSERT_EQ(file.errors.size(), 1U);
  EXPECT_THAT(file.errors[0].what(), HasSubstr("not valid YAML"));
}

TEST(RecipeFile, AnUnknownTopLevelKeyIsAnErrorWithTheNearestName) {
  const auto error = error_of([] { recipe_of("type: recipe\nproduct:\n- a: [1]\nspec: {}\n"); });
  EXPECT_THAT(error, HasSubstr("r.yaml:2:1: unknown key 'product'"));
  EXPECT_THAT(error, HasSubstr("did you mean 'products'?"));
  EXPECT_THAT(error, HasSubstr("2 | product:\n"));
}

TEST(RecipeFile, UnknownKeysBelowSpecAreUserVariables) {
  EXPECT_EQ(bound_text(products_of("type: recipe\nspec: {model: m, mine: 1}\n").at(0), "mine"),
            "1");
}

TEST(RecipeFile, AnUnknownTypeOrVersionIsAnError) {
  EXPECT_THAT(error_of([] { recipe_of("type: recepe\nspec: {}\n"); }),
              HasSubstr("r.yaml:1:7: unknown type 'recepe'"));
  EXPECT_THAT(error_of([] { recipe_of("type: recipe\nformat_version: 2\nspec: {}\n"); }),
              HasSubstr("r.yaml:2:17"));
  EXPECT_NO_THROW(recipe_of("type: recipe\nformat_version: 1\nspec: {model: m}\n"));
}

TEST(RecipeFile, OlderSpellingsAndAllKnownKeysAreAccepted) {
  EXPECT_NO_THROW(recipe_of(
      "type: recipe\nformat_version: 1\nmaintainers: [a]\nlogger: stdout\nlabels: {a: ''}\n"
      "key_segments: {a: b}\nlaunchers: {}\nspec: {model: m, metrics: [a]}\nmetrics: [a]\n"
      "products:\ntests_spec: []\noutputs: []\nretry: "
      "[]\nquarantine:\nresources:\nneeds:\nstage:\n"));
}

TEST(RecipeFile, AValueOfTheWrongKindIsAnError) {
  EXPECT_THAT(error_of([] { recipe_of("type: recipe\nspec: {}\nproducts: 5\n"); }),
              HasSubstr("r.yaml:3:11: 'products' must be a list"));
}

class RecipeFiles : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(testing::TempDir()) /
            testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(root_);
    fs::create_directories(root_ / "b/.git");
  }
  void TearDown() override { fs::remove_all(root_); }
  void write(const std::string& name,
             const std::string& text = "type: recipe\nspec: {model: m}\n") {
    std::ofstream(root_ / name) << text;
  }

  fs::path root_;
};

TEST_F(RecipeFiles, AreFoundBelowDirectoriesSortedAndOnce) {
  write("z.yaml");
  write("b/a.yml");
  write("b/notes.txt");
  write("b/.git/x.yaml");
  write("c.json");
  const std::vector<fs::path> paths{root_ / "z.yaml", root_, root_ / "c.json"};
  EXPECT_THAT(find_recipe_files(paths),
              ElementsAre(root_ / "b/a.yml", root_ / "c.json", root_ / "z.yaml"));
}

TEST_F(RecipeFiles, APathThatDoesNotExistIsAnError) {
  const std::vector<fs::path> paths{root_ / "none"};
  EXPECT_THAT(error_of([&] { find_recipe_files(paths); }), HasSubstr("no such file or directory"));
}

TEST_F(RecipeFiles, AreReadWithTheirName) {
  write("a.yaml");
  const auto file = read_recipe_file(root_ / "a.yaml");
  EXPECT_EQ(file.file, (root_ / "a.yaml").string());
  EXPECT_EQ(file.recipes.size(), 1U);
  EXPECT_THROW(read_recipe_file(root_ / "none.yaml"), Error);
}

TEST_F(RecipeFiles, AHugeFileIsAnErrorWithoutBeingRead) {
  write("huge.yaml", "");
  fs::resize_file(root_ / "huge.yaml", std::uintmax_t{1} << 40U);
  const auto file = read_recipe_file(root_ / "huge.yaml");
  ASSERT_EQ(file.errors.size(), 1U);
  EXPECT_THAT(file.errors[0].what(), HasSubstr("larger than 8 MiB"));
}

}  // namespace
}  // namespace assay
