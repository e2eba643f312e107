// Baselines that cannot hold for reasons of their own.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "recipe/lint_rules.h"
#include "recipe/section.h"

namespace assay::detail {

namespace {

// What is found in stdout without a pattern: the fields of Megatron's progress lines.
constexpr std::array<std::string_view, 16> k_stdout_metrics{"consumed samples",
                                                            "elapsed time per iteration (ms)",
                                                            "elapsed time per iteration (s)",
                                                            "iteration-time",
                                                            "throughput per GPU (TFLOP/s/GPU)",
                                                            "learning rate",
                                                            "global batch size",
                                                            "lm loss",
                                                            "mtp_1 loss",
                                                            "load_balancing_loss",
                                                            "loss scale",
                                                            "grad norm",
                                                            "num zeros",
                                                            "params norm",
                                                            "number of skipped iterations",
                                                            "number of nan iterations"};

std::vector<std::string> loggers_of(const Value& document) {
  auto loggers = texts_of(document.find("loggers"));
  const auto older = texts_of(document.find("logger"));
  loggers.insert(loggers.end(), older.begin(), older.end());
  return loggers;
}

// The settings that `metrics` has for a metric; null when it has none.
const Value* definition_of(const Value& document, std::string_view metric) {
  const Value* metrics = document.find("metrics");
  const Value* spec = document.find("spec");
  if (metrics == nullptr && spec != nullptr) metrics = spec->find("metrics");
  return metrics == nullptr ? nullptr : metrics->find(metric);
}

bool is_set(const Value* definition, std::string_view field) {
  const Value* value = definition == nullptr ? nullptr : definition->find(field);
  return value != nullptr && !value->is_null();
}

// Why no logger can give the metric; empty when one can.
std::string missing_source(const Value& document, const std::string& metric) {
  const auto loggers = loggers_of(document);
  const Value* definition = definition_of(document, metric);
  // Telemetry, arithmetic over others, and what says where it is need no logger of the recipe's.
  if (metric.starts_with("gpu.") || is_set(definition, "expression")) return {};
  for (const auto* field : {"pattern", "path", "source"}) {
    if (is_set(definition, field)) return {};
  }
  // All but stdout have metrics of whatever names the script gives them.
  if (std::ranges::any_of(loggers, [](const auto& logger) { return logger != "stdout"; })) {
    return {};
  }
  if (loggers.empty()) return "the recipe has no loggers";
  const Value* key = definition == nullptr ? nullptr : definition->find("key");
  const std::string& name = key != nullptr && !key->text.empty() ? key->text : metric;
  if (std::ranges::count(k_stdout_metrics, name) > 0) return {};
  return "the only logger is stdout, and 'metrics' has no pattern for it";
}

// The number as a float32 holds it, where that is another number.
std::optional<std::string> rounded_to_float32(double value) {
  const auto narrow = static_cast<float>(value);
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), narrow).ptr;
  std::string shortest(buffer.data(), end);
  const auto read_back = parse_number(shortest);
  if (read_back && *read_back == value) return std::nullopt;
  return std::isinf(narrow) ? "infinity" : shortest;
}

void lint_baseline(const LintedRecipe& linted, const std::string& metric, const Value& baseline,
                   int section_line, LintReport& report) {
  const auto& document = linted.recipe.document;
  const Place place{linted.recipe.file, baseline.key_line, baseline.key_column};
  // The compact format has no loggers to name.
  const bool names_loggers =
      linted.recipe.type != RecipeType::compact || !loggers_of(document).empty();
  const auto missing = names_loggers ? missing_source(document, metric) : std::string{};
  if (!missing.empty()) {
    report.add("metric-without-source", place,
               "no logger can give '" + metric + "': " + missing + "; the check will always fail",
               section_line);
  }
  const Value* op = baseline.find("operator");
  const Value* value = baseline.find("value");
  if (op == nullptr || value == nullptr) return;
  if (op->text != "eq" && op->text != "==") return;
  const auto number = parse_number(value->text);
  const auto rounded = number ? rounded_to_float32(*number) : std::nullopt;
  if (!rounded) return;
  report.add("float32", {linted.recipe.file, value->line, value->column},
             "float32 cannot hold " + value->text +
                 ": what a float32 source logs is compared with " + *rounded +
                 "; write that, or use 'approx' with 'rtol'",
             section_line);
}

}  // namespace

void lint_metrics(const LintedRecipe& linted, LintReport& report) {
  for (const auto* section : {"tests_spec", "tests"}) {
    const Value* tests = linted.recipe.document.find(section);
    if (tests == nullptr) continue;
    for (const auto& item : tests->items) {
      const Value* logic = item.find("logic_spec");
      const Value* baselines = logic == nullptr ? nullptr : logic->find("baselines");
      if (baselines == nullptr) continue;
      for (const auto& [metric, baseline] : baselines->entries) {
        lint_baseline(linted, metric, baseline, baselines->key_line, report);
      }
    }
  }
}

}  // namespace assay::detail
