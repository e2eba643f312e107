// Reading and expanding recipes. Aims: 50 real-sized files with 600 products in under 50 ms,
// 100,000 products in under 1 s, cost linear in files and products.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <stdexcept>
#include <string>

#include "recipe/recipe.h"

namespace assay {
namespace {

// A recipe as they are written: a setup and a script of twenty lines each, twelve products.
std::string real_sized_recipe(int number) {
  auto text = fmt::format(
      "type: basic\nformat_version: 1\nmaintainers: [core]\nloggers: [stdout]\nspec:\n"
      "  name: \"{{test_case}}_{{environment}}_{{platforms}}_{}\"\n  model: moe\n"
      "  build: pyt-{{environment}}\n  nodes: 1\n  gpus: 8\n  n_repeat: 5\n  platforms: a100\n"
      "  script_setup: |\n",
      number);
  for (int i = 0; i < 20; ++i) text += "    git fetch origin '+refs/merge-requests/*:refs/x/*'\n";
  text += "  script: |-\n    set -euo pipefail\n";
  for (int i = 0; i < 20; ++i) {
    text += "        \"PARAMETERS=./tests/cases/{model}/{test_case}/config.yaml\" ${{X:-}} \\\n";
  }
  text += "products:\n";
  for (int i = 0; i < 6; ++i) {
    text += fmt::format(
        "  - test_case: [gpt3_tp2_pp2_ep2_4experts2parallel_{}]\n    products:\n"
        "      - environment: [dev]\n        scope: [nightly]\n        platforms: [a100, h100]\n",
        i);
  }
  return text;
}

std::size_t count_products(const std::string& text) {
  std::size_t count = 0;
  for (const auto& recipe : parse_recipes(text, "r.yaml").recipes) count += expand(recipe).size();
  return count;
}

void read_and_expand_files(benchmark::State& state) {
  std::vector<std::string> files;
  for (int i = 0; i < state.range(0); ++i) files.push_back(real_sized_recipe(i));
  std::size_t products = 0;
  for (auto _ : state) {
    products = 0;
    for (const auto& file : files) products += count_products(file);
  }
  if (products != files.size() * 12) throw std::runtime_error("wrong number of products");
  state.counters["products"] = static_cast<double>(products);
  state.SetComplexityN(state.range(0));
}
BENCHMARK(read_and_expand_files)
    ->Arg(50)
    ->Arg(100)
    ->Arg(200)
    ->Unit(benchmark::kMillisecond)
    ->Complexity(benchmark::oN);

std::string list_of(int count) {
  std::string out = "[";
  for (int i = 0; i < count; ++i) out += fmt::format("{}{}", i == 0 ? "" : ", ", i);
  return out + "]";
}

void expand_one_grid(benchmark::State& state) {
  const int products = static_cast<int>(state.range(0));
  const auto text = fmt::format(
      "type: recipe\nkey_segments: {{seed: seed, lr: lr}}\nspec: {{model: m, variant: train, "
      "scope: perf, precision: bf16, nodes: 1, gpus: 8, script: run, time_limit: 60}}\n"
      "products:\n- seed: {}\n  lr: {}\n",
      list_of(products / 100), list_of(100));
  for (auto _ : state) {
    if (count_products(text) != static_cast<std::size_t>(products)) {
      throw std::runtime_error("wrong number of products");
    }
  }
  state.SetComplexityN(products);
}
BENCHMARK(expand_one_grid)
    ->Arg(1'000)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond)
    ->Complexity(benchmark::oN);

}  // namespace
}  // namespace assay

BENCHMARK_MAIN();
