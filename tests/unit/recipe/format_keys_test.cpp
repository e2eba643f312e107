// The recipe format, sentence by sentence: which products a recipe has, and what they are called.
// Each table is a section of the format; each row a sentence, a recipe and its keys or its error.
#include "sample_recipe.h"

namespace assay {
namespace {

struct Row {
  const char* says;
  std::string recipe;
  std::string expected;  // the keys, or "error: " and a part of the message
};

// The keys of all recipes of a file, in order; the first error where there is one.
std::string outcome(const std::string& text, const std::string& file) {
  std::string keys;
  const auto read = parse_recipes(text, file);
  if (!read.errors.empty()) return std::string("error: ") + read.errors.front().what();
  try {
    for (const auto& recipe : read.recipes) {
      for (const auto& product : expand(recipe)) keys += (keys.empty() ? "" : " ") + product.key;
    }
  } catch (const InputError& error) {
    return std::string("error: ") + error.what();
  }
  return keys;
}

void expect_rows(const std::vector<Row>& rows, const std::string& file = "r.yaml") {
  for (const auto& [says, recipe, expected] : rows) {
    const auto found = outcome(recipe, file);
    if (expected.starts_with("error: ")) {
      EXPECT_TRUE(found.starts_with("error: ")) << says << "\nfound " << found;
      EXPECT_THAT(found, testing::HasSubstr(expected.substr(7))) << says;
    } else {
      EXPECT_EQ(found, expected) << says << "\n" << recipe;
    }
  }
}

TEST(FormatDocuments, ARecipeIsADocumentWithATypeOrScriptArgs) {
  expect_rows({
      {"several documents", "type: recipe\nspec: {model: a}\n---\ntype: basic\nspec: {name: b}\n",
       "recipe/a basic/b"},
      {"empty documents are none", "---\n---\ntype: recipe\nspec: {model: a}\n---\n...\n---\n",
       "recipe/a"},
      {"neither type nor script_args", "kind: Pod\n---\ntype: recipe\nspec: {model: a}\n",
       "recipe/a"},
      {"a list", "- type: recipe\n", ""},
      {"a text", "type\n", ""},
      {"only comments", "# type: recipe\n", ""},
      {"script_args without a type", "script_args: {a: 1}\n", "recipe/r_a-1"},
      {"other types", "type: recpe\nspec: {model: a}\n", "error: did you mean 'recipe'?"},
      {"a type without a value", "type:\nspec: {model: a}\n", "error: unknown type 'None'"},
      {"a type that is a list", "type: [recipe]\nspec: {model: a}\n", "error: r.yaml:1:7: unknown"},
      {"quoted and complex keys", "\"type\": 'recipe'\n? spec\n: {model: a}\n", "recipe/a"},
      {"YAML and TAG directives",
       "%YAML 1.2\n%TAG ! tag:x,2000:\n---\ntype: recipe\nspec: {model: a}\n", "recipe/a"},
      {"a byte order mark", "\xEF\xBB\xBFtype: recipe\nspec: {model: a}\n", "recipe/a"},
      {"Windows line ends", "type: recipe\r\nspec:\r\n  model: a\r\n  variant: b\r\n",
       "recipe/a_b"},
      {"blanks and tabs behind values", "type: recipe \nspec:\n  model: a\t\n  variant:\tb\n",
       "recipe/a_b"},
      {"tabs as indentation", "type: recipe\nspec:\n\tmodel: a\n",
       "error: r.yaml:3:7: not valid YAML"},
      {"anchors and aliases", "type: recipe\nspec: {model: &m x, variant: *m}\n", "recipe/x_x"},
      {"merge keys",
       "type: recipe\nspec: {<<: {model: a, variant: v}, variant: w}\nproducts:\n"
       "- &p {nodes: [1]}\n- {<<: *p, gpus: [2]}\n",
       "recipe/a_w_nodes-1 recipe/a_w_nodes-1_gpus-2"},
      {"anchors end with their document",
       "type: recipe\nspec: &s {model: a}\n---\ntype: recipe\nspec: *s\n",
       "error: r.yaml:5:7: not valid YAML: the referenced anchor is not defined"},
  });
}

TEST(FormatTopLevel, AnUnknownKeyIsAnErrorWithTheNearestKnownOne) {
  expect_rows({
      {"place, line, caret, nearest", "type: recipe\nspec: {model: a}\nproduct: []\n",
       "error: r.yaml:3:1: unknown key 'product' in a recipe; did you mean 'products'?\n"
       "  3 | product: []\n    | ^"},
      {"both formats at once", "type: recipe\nscript_args: {}\nspec: {model: a}\n",
       "error: r.yaml:2:1: unknown key 'script_args'"},
      {"exclude stands in a map of products", "type: recipe\nspec: {model: a}\nexclude: []\n",
       "error: r.yaml:3:1: unknown key 'exclude'"},
      {"below spec they are user variables", "type: recipe\nspec: {model: a, product: 1}\n",
       "recipe/a"},
      {"a later format", "type: recipe\nformat_version: 2\nspec: {model: a}\n",
       "error: r.yaml:2:17: format_version 2 is not known here; the newest is 1"},
      {"a text as the version", "type: recipe\nformat_version: '1'\nspec: {model: a}\n",
       "error: 'format_version' must be a whole number"},
      {"no spec", "type: recipe\n", "error: r.yaml:1:1: this recipe has no 'spec'"},
      {"a spec that is no map", "type: recipe\nspec: [a]\n", "error: 'spec' must be a map"},
      {"products that are no list", "type: recipe\nspec: {model: a}\nproducts: {nodes: 1}\n",
       "error: r.yaml:3:11: 'products' must be a list"},
      {"segments that are no map", "type: recipe\nspec: {model: a}\nkey_segments: [a]\n",
       "error: r.yaml:3:15: 'key_segments' must be a map"},
      {"reserved keys", "type: recipe\nspec: {model: a}\nneeds: [b]\nstage: {}\nresources: 1\n",
       "recipe/a"},
  });
}

const std::string k_model = "type: recipe\nkey_segments: {x: x, y: y}\nspec: {model: m}\n";

TEST(FormatProducts, AreTheGrid) {
  expect_rows({
      {"missing: one product", k_model, "recipe/m"},
      {"null", k_model + "products:\n", "recipe/m"},
      {"empty", k_model + "products: []\n", "recipe/m"},
      {"[null]", k_model + "products: [null]\n", "recipe/m"},
      {"a map without lists", k_model + "products: [{}]\n", "recipe/m"},
      {"the last key is the fastest", k_model + "products: [{y: [1, 2], x: [a, b]}]\n",
       "recipe/m_x-a_y-1 recipe/m_x-b_y-1 recipe/m_x-a_y-2 recipe/m_x-b_y-2"},
      {"a scalar is a list of one", k_model + "products: [{x: 1}]\n", "recipe/m_x-1"},
      {"maps follow each other", k_model + "products: [{x: [2]}, {x: [1]}]\n",
       "recipe/m_x-2 recipe/m_x-1"},
      {"null items are skipped", k_model + "products: [null, {x: 1}, ~]\n", "recipe/m_x-1"},
      {"children inherit and override",
       k_model + "products: [{x: [1, 2], y: [1], products: [{y: [3]}, {y: [4]}]}]\n",
       "recipe/m_x-1_y-3 recipe/m_x-2_y-3 recipe/m_x-1_y-4 recipe/m_x-2_y-4"},
      {"an inherited list keeps its place",
       k_model + "products: [{x: [1], y: [1, 2], products: [{x: [3, 4]}]}]\n",
       "recipe/m_x-3_y-1 recipe/m_x-3_y-2 recipe/m_x-4_y-1 recipe/m_x-4_y-2"},
      {"empty products of a map", k_model + "products: [{x: [1], products: []}]\n", "recipe/m_x-1"},
      {"null products of a map", k_model + "products: [{x: [1], products: }]\n", "recipe/m_x-1"},
      {"one map as the products of a map", k_model + "products: [{x: [1], products: {y: [2]}}]\n",
       "recipe/m_x-1_y-2"},
      {"values override the spec's", k_model + "products: [{model: [n]}]\n", "recipe/n"},
      {"null overrides, too", k_model + "products: [{model: [null], x: [1]}]\n", "recipe/x-1"},
      {"no values", k_model + "products: [{x: []}]\n",
       "error: r.yaml:4:16: the grid is empty: 'x' has no values"},
      {"a list of lists", k_model + "products: [[{x: 1}]]\n",
       "error: r.yaml:4:12: each item of 'products' must be a map"},
      {"an item that is no map", k_model + "products: [x]\n", "error: r.yaml:4:12: each item"},
      {"exclude takes points out",
       k_model + "products: [{x: [1, 2], y: [1, 2], exclude: [{x: 1, y: 2}, {x: 2, y: 1}]}]\n",
       "recipe/m_x-1_y-1 recipe/m_x-2_y-2"},
      {"exclude compares text", k_model + "products: [{x: [1, '1', 01], exclude: [{x: 1}]}]\n",
       "recipe/m_x-01"},
      {"exclude knows null", k_model + "products: [{x: [null, None], exclude: [{x: null}]}]\n",
       "recipe/m_x-none"},
      {"exclude with nothing in it", k_model + "products: [{x: [1], exclude: [{}, null]}]\n",
       "recipe/m_x-1"},
      {"nothing is left", k_model + "products: [{x: [1], exclude: [{x: 1}]}]\n",
       "error: the grid is empty"},
      {"cadence is no axis", k_model + "products: [{x: [1], cadence: [daily, weekly]}]\n",
       "recipe/m_x-1"},
  });
}

TEST(FormatProducts, ValuesOfAnyType) {
  expect_rows({
      {"mixed in one list", k_model + "products: [{x: [32, bf16-mixed, 1e-5, 0.1, True, 1_000]}]\n",
       "recipe/m_x-32 recipe/m_x-bf16-mixed recipe/m_x-1e-5 recipe/m_x-0-1 recipe/m_x-true "
       "recipe/m_x-1-000"},
      {"null skips, False and 0 do not", k_model + "products: [{x: [null, False, 0, '']}]\n",
       "recipe/m recipe/m_x-false recipe/m_x-0 recipe/m_x-"},
      {"None is a text", k_model + "products: [{x: [None, ~]}]\n", "recipe/m_x-none recipe/m"},
      {"only true and false are booleans", k_model + "products: [{x: [yes, No, on, TRUE]}]\n",
       "recipe/m_x-yes recipe/m_x-no recipe/m_x-on recipe/m_x-true"},
      {"dates, times and octal numbers", k_model + "products: [{x: [2024-01-02, 1:30, 0o17]}]\n",
       "recipe/m_x-2024-01-02 recipe/m_x-1-30 recipe/m_x-0o17"},
      {"numbers with signs", k_model + "products: [{x: [-3, +1, -.5, 1.]}]\n",
       "recipe/m_x--3 recipe/m_x--1 recipe/m_x--5 recipe/m_x-1-"},
      {"letters of other alphabets", k_model + "products: [{x: [\xC3\xA9t\xC3\xA9, \xCE\xB1]}]\n",
       "recipe/m_x--t- recipe/m_x--"},
      {"paths and patterns", k_model + "products: [{x: ['tests/**/*.py', /a//b/]}]\n",
       "recipe/m_x-tests-py recipe/m_x--a-b-"},
      {"lists in a list", k_model + "products: [{x: [[1, a]]}]\n", "recipe/m_x--1-a-"},
      {"a map is one value", k_model + "products: [{x: {a: 1}}]\n", "recipe/m_x--a-1-"},
      {"quoted numbers", k_model + "products: [{x: ['8', \"0.5\"]}]\n",
       "recipe/m_x-8 recipe/m_x-0-5"},
  });
}

TEST(FormatIdentity, OfARecipe) {
  const auto recipe = [](const std::string& segments, const std::string& spec) {
    return "type: recipe\nkey_segments: {" + segments + "}\nspec: {" + spec + "}\n";
  };
  expect_rows({
      {"bare values in their order",
       recipe("", "precision: p, scope: s, build: b, variant: v, model: m"), "recipe/m_v_b_s_p"},
      {"prefixed ones in theirs",
       recipe("", "pp_size: 6, tp_size: 5, steps: 4, batch_size: 3, gpus: 2, nodes: 1"),
       "recipe/nodes-1_gpus-2_bs-3_steps-4_tp-5_pp-6"},
      {"null and empty are skipped",
       recipe("", "model: m, variant: '', scope: , gpus: null, steps: ''"), "recipe/m"},
      {"zero and False are values", recipe("", "model: m, gpus: 0, precision: False"),
       "recipe/m_false_gpus-0"},
      {"aliases are sorted, not their keys",
       recipe("a: z, z: a, m: m", "model: m, a: 1, z: 2, m: 3"), "recipe/m_a-2_m-3_z-1"},
      {"sorted by byte", recipe("a: b, b: B, c: _", "model: m, a: 1, b: 2, c: 3"),
       "recipe/m_B-2__-3_b-1"},
      {"an alias stays as it is written", recipe("a: LR_x", "model: m, a: Ab_c"),
       "recipe/m_LR_x-ab-c"},
      {"a null value is skipped", recipe("a: a, b: b", "model: m, a: null, b: 0"), "recipe/m_b-0"},
      {"no such value", recipe("a: a", "model: m"), "recipe/m"},
      {"False and 0 remove",
       recipe("model: False, gpus: 0, nodes: 0.0, x: False",
              "model: m, variant: v, gpus: 8, nodes: 1, x: 1"),
       "recipe/v"},
      {"a key without an alias is not there", recipe("model: , gpus: ''", "model: m, gpus: 8"),
       "recipe/m_gpus-8"},
      {"True is the key's own name", recipe("x: True", "model: m, x: 1"), "recipe/m_x-1"},
      {"a quoted zero is a name", recipe("x: '0'", "model: m, x: 1"), "recipe/m_0-1"},
      {"a renamed default is among the named",
       recipe("precision: prec, a: a", "model: m, precision: 16, gpus: 1, a: 2"),
       "recipe/m_gpus-1_a-2_prec-16"},
      {"an alias that is a list", recipe("x: [a]", "model: m"), "error: r.yaml:2:19: expected"},
      {"runs become one dash, at the ends as well", recipe("", "model: '--A  b__C.1--'"),
       "recipe/-a-b-c-1-"},
      {"the build's placeholders are filled in",
       recipe("", "model: m, build: 'pyt-{env_}', env_: dev"), "recipe/m_pyt-dev"},
      {"nothing is set", recipe("", "script: x"), "error: the product has no key"},
  });
}

TEST(FormatIdentity, OfBasicRecipesAndBuilds) {
  expect_rows({
      {"the rendered name's slug", "type: basic\nspec: {name: 'A {x}/{y}', x: 1.5, y: null}\n",
       "basic/a-1-5-none"},
      {"a name folded over lines",
       "type: basic\nspec:\n  name: \"{m}_\\\n         {'te_' if t else ''}\\\n"
       "         tp{n}\"\n  m: gpt\n  t: True\n  n: 2\n",
       "basic/gpt-te-tp2"},
      {"key_segments say nothing here",
       "type: basic\nkey_segments: {x: x}\nspec: {name: a, x: 1}\n", "basic/a"},
      {"no name", "type: basic\nspec: {model: m}\n", "error: takes its key from 'spec.name'"},
      {"an empty name", "type: basic\nspec: {name: '{x}', x: ''}\n",
       "error: the rendered name is empty"},
      {"an unknown name in it", "type: basic\nspec: {name: '{tst}', test: 1}\n",
       "error: unknown name 'tst' in placeholder '{tst}'; did you mean 'test'?"},
      {"a run-time name in it", "type: basic\nspec: {name: '{logs_dir}'}\n",
       "error: unknown name 'logs_dir'"},
      {"a build is its name as it stands", "type: build\nspec: {name: mcore-Pyt_dev}\n",
       "build/mcore-Pyt_dev"},
      {"a build without one", "type: build\nspec: {platforms: [linux/amd64]}\n",
       "error: 'spec.name'"},
  });
}

TEST(FormatIdentity, CollisionsAndScopes) {
  const std::string basic = "type: basic\nspec: {name: '{t}', t: a}\nproducts:\n";
  expect_rows({
      {"different products of one key", k_model + "products: [{z: [1, 2]}]\n",
       "error: they differ in 'z' (1 and 2): add 'z: z' to 'key_segments'"},
      {"both places are named", basic + "- x: 1\n- x: 2\n",
       "error: the different products at r.yaml:4 and r.yaml:5 have one key, 'basic/a'"},
      {"the name is what a basic recipe needs", basic + "- x: [1, 2]\n",
       "error: put {x} into 'spec.name'"},
      {"slugs that fall together", k_model + "products: [{x: [a.b, a-b]}]\n",
       "error: they differ in 'x' (a.b and a-b)"},
      {"several scopes are one", basic + "- scope: [mr, nightly]\n", "basic/a"},
      {"across maps", basic + "- {scope: [mr], cadence: [a]}\n- {scope: [nightly], cadence: [b]}\n",
       "basic/a"},
      {"not where the key has the scope", k_model + "products: [{scope: [mr, nightly]}]\n",
       "recipe/m_mr recipe/m_nightly"},
      {"where it was taken out of it",
       "type: recipe\nkey_segments: {scope: False}\nspec: {model: m}\n"
       "products: [{scope: [mr, nightly]}]\n",
       "recipe/m"},
      {"scopes do not hide other differences", basic + "- {scope: mr, x: 1}\n- {scope: ci, x: 2}\n",
       "error: they differ in 'x'"},
  });
}

TEST(FormatCompact, TheKeyIsTheFilesStemAndTheArgumentsByName) {
  expect_rows(
      {
          {"sorted by name", "script_args: {b: 1, a: 2, B: 3}\n", "recipe/esm2_B-3_a-2_b-1"},
          {"one-item lists", "script_args: {a: [x]}\n", "recipe/esm2_a-x"},
          {"False excludes, a text renames",
           "key_segments: {a: False, b: z}\n"
           "script_args: {a: 1, b: 2, c: 3}\n",
           "recipe/esm2_z-2_c-3"},
          {"null is skipped, an empty text is not", "script_args: {a: null, b: ''}\n",
           "recipe/esm2_b-"},
          {"products are maps of scalars",
           "script_args: {a: 1, b: 2, products: [{a: 3}, {b: 4, c: 5}]}\n",
           "recipe/esm2_a-3_b-2 recipe/esm2_a-1_b-4_c-5"},
          {"scope and time_limit are none of them",
           "scope: perf\ntime_limit: 60\nscript_args: {a: 1}\nscript: x\nartifacts: {a: b}\n",
           "recipe/esm2_a-1"},
          {"but an argument of that name is", "scope: perf\nscript_args: {scope: x}\n",
           "recipe/esm2_scope-x"},
          {"no arguments", "script_args: {}\n", "recipe/esm2"},
          {"arguments that are no map", "script_args: [a]\n", "error: 'script_args' must be a map"},
          {"arguments without a value", "script_args:\n",
           "error: this recipe has no 'script_args'"},
          {"an unknown key", "script_args: {a: 1}\nspec: {}\n", "error: unknown key 'spec'"},
      },
      "ci/benchmarks/esm2.yaml");
}

}  // namespace
}  // namespace assay
