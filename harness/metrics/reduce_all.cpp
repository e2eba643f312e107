// Series to metrics: which series a metric means, its reduction, and metrics derived from others.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/arithmetic.h"
#include "base/error.h"
#include "metrics/find_files.h"
#include "metrics/metrics.h"

namespace assay {

namespace {

bool path_matches(std::string_view pattern, const std::string& file) {
  while (pattern.starts_with("../")) pattern.remove_prefix(3);
  return glob_matches(pattern, file) || glob_matches("**/" + std::string(pattern), file);
}

// Keras and others write the tag "loss" below train/ and validation/: "validation/loss" is the one
// whose file lies in a directory of that name.
bool is_in_directory(const Series& series, std::string_view name) {
  if (!name.ends_with("/" + series.name)) return false;
  name.remove_suffix(series.name.size());
  const auto slash = series.file.rfind('/');
  if (slash == std::string::npos) return false;
  const auto directory = std::string_view(series.file).substr(0, slash + 1);
  return directory == name || directory.ends_with("/" + std::string(name));
}

class Reducer {
 public:
  Reducer(std::span<const Series> series, std::span<const MetricDefinition> definitions,
          std::span<const std::pair<std::string, double>> constants,
          std::span<const std::string> loggers)
      : series_(series), definitions_(definitions), constants_(constants), loggers_(loggers) {
    for (const auto& definition : definitions_) by_name_.emplace(definition.name, &definition);
  }

  Reduced reduce_all() {
    for (const auto& definition : definitions_) {
      if (!definition.expression.empty()) continue;
      if (auto metric = measured(definition.name)) out_.metrics.push_back(std::move(*metric));
    }
    std::set<std::string, std::less<>> seen;
    for (const auto& series : series_) {
      if (by_name_.contains(series.name) || claimed_.contains(&series)) continue;
      if (!seen.insert(series.name).second) continue;
      if (auto metric = measured(series.name)) out_.metrics.push_back(std::move(*metric));
    }
    for (const auto& definition : definitions_) {
      if (definition.expression.empty()) continue;
      const auto value = derived(definition);
      if (!value) continue;
      Metric metric;
      metric.name = definition.name;
      metric.value = *value;
      metric.unit = definition.unit;
      metric.goal = definition.goal;
      metric.source = "derived";
      metric.point_count = 1;
      out_.metrics.push_back(std::move(metric));
    }
    return std::move(out_);
  }

 private:
  void warn(std::string text) {
    if (std::find(out_.warnings.begin(), out_.warnings.end(), text) == out_.warnings.end()) {
      out_.warnings.push_back(std::move(text));
    }
  }

  const MetricDefinition* definition_of(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  }

  std::size_t rank(const std::string& source) const {
    return static_cast<std::size_t>(std::find(loggers_.begin(), loggers_.end(), source) -
                                    loggers_.begin());
  }

  // Every series of a name, or else below a directory of that name, that the definition allows.
  std::vector<const Series*> find_series(const std::string& key,
                                         const MetricDefinition* definition) const {
    const bool is_pattern = definition != nullptr && !definition->pattern.empty();
    std::vector<const Series*> candidates;
    for (const bool by_directory : {false, true}) {
      for (const Series& series : series_) {
        if (by_directory ? !is_in_directory(series, key) : series.name != key) continue;
        if (is_pattern && series.source != "stdout") continue;
        if (definition != nullptr) {
          if (!definition->source.empty() && series.source != definition->source) continue;
          if (!definition->path.empty() && !path_matches(definition->path, series.file)) continue;
        }
        candidates.push_back(&series);
      }
      if (!candidates.empty()) break;
    }
    return candidates;
  }

  // The series that a metric means; of several places of one source the last. A `key` is the name
  // in the source, but public recipes also write ranks there (`key: primary`): it counts only when
  // something was logged below it.
  const Series* choose(const std::string& name, const MetricDefinition* definition) {
    std::vector<const Series*> candidates;
    if (definition != nullptr && !definition->key.empty() && definition->pattern.empty()) {
      candidates = find_series(definition->key, definition);
    }
    if (candidates.empty()) candidates = find_series(name, definition);
    if (candidates.empty()) return nullptr;
    const auto best = *std::min_element(
        candidates.begin(), candidates.end(),
        [this](const Series* a, const Series* b) { return rank(a->source) < rank(b->source); });
    std::erase_if(candidates, [&](const Series* other) { return other->source != best->source; });
    if (candidates.size() > 1) {
      warn(
          fmt::format("metric '{}' is in {} places of '{}', as in {} and {}: the last was taken; a "
                      "`path` says which is meant",
                      name, candidates.size(), best->source, candidates.front()->file,
                      candidates.back()->file));
    }
    return candidates.back();
  }

  std::optional<Metric> measured(const std::string& name) {
    const MetricDefinition* definition = definition_of(name);
    const Series* series = choose(name, definition);
    if (series == nullptr) {
      warn(fmt::format("metric '{}' was not logged{}", name, nearest(name)));
      return std::nullopt;
    }
    claimed_.insert(series);
    const auto reduction =
        definition != nullptr && definition->reduction ? *definition->reduction : Reduction{};
    return reduce_series(name, *series, definition, reduction);
  }

  std::optional<Metric> reduce_series(const std::string& name, const Series& series,
                                      const MetricDefinition* definition,
                                      const Reduction& reduction) {
    const auto value = reduce(series, reduction);
    if (!value) {
      warn(
          fmt::format("metric '{}': none of its {} points in {} is in the window that `reduce` "
                      "asks for",
                      name, series.point_count(), series.file));
      return std::nullopt;
    }
    Metric metric;
    metric.name = name;
    metric.value = *value;
    metric.unit = series.unit;
    metric.goal = series.goal;
    metric.is_float32 = series.is_float32;
    metric.source = series.source;
    metric.file = series.file;
    metric.last_step = series.points.empty() ? 0 : series.points.back().step;
    metric.point_count = series.point_count();
    if (definition == nullptr) return metric;
    if (!definition->unit.empty()) {
      if (!series.unit.empty() && series.unit != definition->unit) {
        warn(fmt::format("metric '{}' is in '{}' in {}, but in '{}' in the recipe: left out", name,
                         series.unit, series.file, definition->unit));
        return std::nullopt;
      }
      metric.unit = definition->unit;
    }
    if (definition->goal != Goal::none) metric.goal = definition->goal;
    return metric;
  }

  std::string nearest(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& series : series_) names.push_back(series.name);
    for (const auto& definition : definitions_) {
      if (definition.name != name) names.push_back(definition.name);
    }
    for (const auto& constant : constants_) names.push_back(constant.first);
    return did_you_mean(name, names);
  }

  // Nothing, with a warning, when an operand is not there.
  std::optional<double> derived(const MetricDefinition& definition) {
    if (const auto known = derived_.find(definition.name); known != derived_.end()) {
      if (!known->second) {
        warn(fmt::format("metric '{}' is derived from itself", definition.name));
        return std::nullopt;
      }
      return *known->second;
    }
    derived_.emplace(definition.name, std::nullopt);  // being computed
    auto value = compute(definition);
    derived_[definition.name] = value;
    return value;
  }

  std::optional<double> compute(const MetricDefinition& definition) {
    try {
      const auto expression = Arithmetic::parse(definition.expression, definition.place);
      std::map<std::string, double> values;
      for (const auto& name : expression.names()) {
        const auto value = operand(name, definition);
        if (!value) {
          warn(fmt::format("metric '{}' cannot be derived without '{}'{}", definition.name, name,
                           nearest(name)));
          return std::nullopt;
        }
        values.emplace(name, *value);
      }
      return expression.evaluate([&values](const std::string& name) { return values.at(name); });
    } catch (const InputError& problem) {
      warn(fmt::format("metric '{}': {}", definition.name, problem.what()));
      return std::nullopt;
    }
  }

  // Another metric, else a parameter. The derived metric's own reduction, where it has one, is how
  // its operands are reduced.
  std::optional<double> operand(const std::string& name, const MetricDefinition& derived_metric) {
    const MetricDefinition* definition = definition_of(name);
    if (definition != nullptr && !definition->expression.empty()) return derived(*definition);
    if (const Series* series = choose(name, definition)) {
      Reduction reduction;
      if (definition != nullptr && definition->reduction) reduction = *definition->reduction;
      if (derived_metric.reduction) reduction = *derived_metric.reduction;
      const auto metric = reduce_series(name, *series, definition, reduction);
      return metric ? std::optional(metric->value) : std::nullopt;
    }
    for (const auto& [constant, value] : constants_) {
      if (constant == name) return value;
    }
    return std::nullopt;
  }

  std::span<const Series> series_;
  std::span<const MetricDefinition> definitions_;
  std::span<const std::pair<std::string, double>> constants_;
  std::span<const std::string> loggers_;
  std::map<std::string, const MetricDefinition*, std::less<>> by_name_;
  std::set<const Series*> claimed_;  // shown under a definition's name
  std::map<std::string, std::optional<std::optional<double>>> derived_;
  Reduced out_;
};

}  // namespace

Reduced reduce_all(std::span<const Series> series, std::span<const MetricDefinition> definitions,
                   std::span<const std::pair<std::string, double>> constants,
                   std::span<const std::string> loggers) {
  return Reducer(series, definitions, constants, loggers).reduce_all();
}

}  // namespace assay
