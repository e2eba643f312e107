#include "recipe/identity.h"

#include "sample_recipe.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Identity, ReproducesAPublishedKey) {
  EXPECT_THAT(
      keys_of("type: recipe\nkey_segments:\n  dwnstr_task_validation: dwnstrtask\nspec:\n"
              "  model: megamolbart\n  variant: pretrain\n  build: bionemo\n  scope: perf-train\n"
              "products:\n- nodes: [1]\n  gpus: [8]\n  batch_size: [32]\n  precision: [32]\n"
              "  dwnstr_task_validation: [False]\n"),
      ElementsAre("recipe/megamolbart_pretrain_bionemo_perf-train_32_nodes-1_gpus-8_bs-32_"
                  "dwnstrtask-false"));
}

TEST(Identity, AllDefaultSegmentsStandInTheirOrder) {
  EXPECT_THAT(
      keys_of("type: recipe\nspec: {pp_size: 2, tp_size: 4, steps: 100, batch_size: 8, gpus: 0,\n"
              "  nodes: 1, precision: bf16, scope: s, build: b, variant: v, model: m}\n"),
      ElementsAre("recipe/m_v_b_s_bf16_nodes-1_gpus-0_bs-8_steps-100_tp-4_pp-2"));
}

TEST(Identity, NullAndEmptyDefaultsAreSkipped) {
  EXPECT_THAT(keys_of("type: recipe\nspec: {model: m, variant: '', scope:, precision: null}\n"),
              ElementsAre("recipe/m"));
}

TEST(Identity, NamedSegmentsAreSortedByAliasAndSkipNull) {
  EXPECT_THAT(keys_of("type: recipe\nkey_segments: {z: a, lr: lr, B: B, none: x, absent: y}\n"
                      "spec: {model: m, z: 1, lr: 1e-3, B: 2, none: null}\n"),
              ElementsAre("recipe/m_B-2_a-1_lr-1e-3"));
}

TEST(Identity, FalseOrZeroRemovesADefaultSegment) {
  EXPECT_THAT(keys_of("type: recipe\nkey_segments: {gpus: False, precision: 0, nodes: false}\n"
                      "spec: {model: m, gpus: 8, precision: 32, nodes: 1, batch_size: 1}\n"),
              ElementsAre("recipe/m_bs-1"));
}

TEST(Identity, AnAliasRenamesADefaultSegmentAndTrueKeepsItsName) {
  EXPECT_THAT(keys_of("type: recipe\nkey_segments: {gpus: g, seed: True, model:}\n"
                      "spec: {model: m, gpus: 8, seed: 1}\n"),
              ElementsAre("recipe/m_g-8_seed-1"));
}

TEST(Identity, KeySegmentsThatAreNoTextAreErrors) {
  EXPECT_THAT(error_of([] { keys_of("type: recipe\nkey_segments: {a: [1]}\nspec: {model: m}\n"); }),
              HasSubstr("r.yaml:2:19: expected a text or False for 'a'"));
}

TEST(Identity, ASlugIsLowerCaseWithRunsAsOneDash) {
  EXPECT_EQ(slug("ESM-2 / 650M__x"), "esm-2-650m-x");
  EXPECT_EQ(slug("_a_"), "-a-");
  EXPECT_EQ(slug("\xC3\xA4"), "-");
  EXPECT_EQ(slug(""), "");
}

TEST(Identity, BooleansReadAsPythonHasThem) {
  EXPECT_THAT(
      keys_of("type: recipe\nkey_segments: {a: a, b: b}\nspec: {model: m, a: true, b: FALSE}"),
      ElementsAre("recipe/m_a-true_b-false"));
}

TEST(Identity, TheBuildsPlaceholdersAreRendered) {
  EXPECT_THAT(keys_of("type: recipe\nspec: {model: m, build: 'mcore-{environment}'}\n"
                      "products:\n- environment: [dev, lts]\n"),
              ElementsAre("recipe/m_mcore-dev", "recipe/m_mcore-lts"));
}

TEST(Identity, ABasicRecipeIsItsRenderedNameAsASlug) {
  EXPECT_THAT(keys_of("type: basic\nspec: {name: '{test_case}_{platforms}', platforms: dgx_h100}\n"
                      "products:\n- test_case: ['tests/Unit/*.py']\n"),
              ElementsAre("basic/tests-unit-py-dgx-h100"));
}

TEST(Identity, ABuildIsItsName) {
  EXPECT_THAT(keys_of("type: build\nspec: {name: mcore-pyt_dev}\n"),
              ElementsAre("build/mcore-pyt_dev"));
}

TEST(Identity, WithoutANameThereIsNoKey) {
  EXPECT_THAT(error_of([] { keys_of("type: basic\nspec: {model: m}\n"); }),
              HasSubstr("r.yaml:1:1: 'type: basic' takes its key from 'spec.name'"));
  EXPECT_THAT(error_of([] { keys_of("type: basic\nspec: {name: '{tst}', test: 1}\n"); }),
              HasSubstr("'tst'"));
  EXPECT_THAT(error_of([] { keys_of("type: recipe\nspec: {script: x}\n"); }),
              HasSubstr("the product has no key"));
}

TEST(Identity, TheCompactKeyIsTheFilesStemAndAllArgumentsByName) {
  EXPECT_THAT(keys_of("scope: perf\nkey_segments: {data: False, max_steps: steps}\nscript_args:\n"
                      "  model: esm2\n  data: /x\n  max_steps: 500\n  precision: [bf16-mixed]\n"
                      "  lr: {value: 1, key_segment: False}\n  wd: {value: 2, key_segment: w}\n"
                      "  none:\n",
                      "ci/benchmarks/esm2_pretrain.yaml"),
              ElementsAre("recipe/esm2_pretrain_steps-500_model-esm2_precision-bf16-mixed_w-2"));
}

}  // namespace
}  // namespace assay
