// `metrics`, `retry`, `quarantine` and `launchers` of a recipe.
#include <re2/re2.h>

#include <algorithm>

#include "base/arithmetic.h"
#include "base/clock.h"
#include "base/names.h"
#include "base/text.h"
#include "recipe/fields.h"
#include "recipe/section.h"

namespace assay {

namespace {

// A pattern that RE2 takes, with one capture group where it gives a number.
void check_pattern(const Section& section, const Value& value, bool wants_group) {
  const RE2 pattern(value.rendered(), RE2::Quiet);
  if (!pattern.ok()) throw section.error(value, "not a regular expression: " + pattern.error());
  if (wants_group && pattern.NumberOfCapturingGroups() != 1) {
    throw section.error(value, "this pattern needs one capture group around the number, and has " +
                                   std::to_string(pattern.NumberOfCapturingGroups()));
  }
}

void check_arithmetic(const Section& section, const Value& value) {
  try {
    static_cast<void>(Arithmetic::parse(value.rendered()));
  } catch (const InputError& problem) {
    throw section.error(value, problem.message());
  }
}

MetricDefinition read_metric(const Section& section, const std::string& name, const Value& map) {
  MetricDefinition metric;
  metric.name = name;
  metric.place = section.key_place(map);
  if (map.is_null()) return metric;
  check_fields(map, FieldTable::metric, "in metric '" + name + "'", section.recipe().file,
               *section.recipe().text);
  metric.goal = read_goal(section, map).value_or(Goal::none);
  metric.tags = texts_of(map.find("tags"));
  metric.key = text_of(map, "key");
  metric.source = text_of(map, "source");
  if (!metric.source.empty() && std::ranges::count(logger_names(), metric.source) == 0) {
    throw section.error(*map.find("source"), unknown_name("source", metric.source, logger_names()));
  }
  metric.path = text_of(map, "path");
  metric.pattern = text_of(map, "pattern");
  if (!metric.pattern.empty()) check_pattern(section, *map.find("pattern"), true);
  metric.expression = text_of(map, "expression");
  if (!metric.expression.empty()) check_arithmetic(section, *map.find("expression"));
  metric.reduction = read_reduction(section, map);
  metric.unit = text_of(map, "unit");
  return metric;
}

}  // namespace

std::vector<MetricDefinition> read_metrics(const Section& section) {
  const auto& document = section.recipe().document;
  const Value* metrics = document.find("metrics");
  if (metrics == nullptr) {
    const Value* spec = document.find("spec");
    metrics = spec == nullptr ? nullptr : spec->find("metrics");  // the older place
  }
  std::vector<MetricDefinition> definitions;
  if (metrics == nullptr || metrics->is_null()) return definitions;
  if (metrics->is_scalar()) {
    throw section.error(*metrics, "expected a list of names or a map for 'metrics'");
  }
  for (const auto& item : metrics->items) {
    MetricDefinition metric;
    metric.name = item.rendered();
    metric.place = section.place(item);
    definitions.push_back(std::move(metric));
  }
  for (const auto& [name, map] : metrics->entries) {
    definitions.push_back(read_metric(section, name, map));
  }
  return definitions;
}

namespace {

const std::vector<std::string>& end_kinds() {
  static const std::vector<std::string> k_names{
      "exited",    "signaled",  "timed-out",     "out-of-memory", "node-failed",
      "preempted", "cancelled", "launch-failed", "deadline",      "lost"};
  return k_names;
}

RetryRule read_rule(const Section& section, const Value& map) {
  check_fields(map, FieldTable::retry, "in 'retry'", section.recipe().file, *section.recipe().text);
  RetryRule rule;
  rule.place = section.place(map);
  rule.pattern = text_of(map, "pattern");
  rule.state = text_of(map, "state");
  if (!rule.pattern.empty()) check_pattern(section, *map.find("pattern"), false);
  if (const Value* code = find_set(map, "exit_code")) {
    rule.exit_code = section.exit_code(*code, "exit_code");
  }
  const auto matchers =
      (rule.pattern.empty() ? 0 : 1) + (rule.state.empty() ? 0 : 1) + (rule.exit_code ? 1 : 0);
  if (matchers != 1) {
    throw section.error(map, "a retry rule has one of 'pattern', 'exit_code' and 'state'");
  }
  if (!rule.state.empty()) {
    std::replace(rule.state.begin(), rule.state.end(), '_', '-');
    const auto& kinds = end_kinds();
    if (std::find(kinds.begin(), kinds.end(), rule.state) == kinds.end()) {
      throw section.error(*map.find("state"), unknown_name("state", rule.state, kinds));
    }
  }
  if (const Value* kind = find_set(map, "class")) {
    const auto word = kind->rendered();
    if (word != "infra" && word != "flaky") {
      throw section.error(*kind, unknown_name("class", word, {"infra", "flaky"}));
    }
    rule.class_ = word == "infra" ? RetryRule::Class::infra : RetryRule::Class::flaky;
  }
  if (const Value* most = find_set(map, "max")) {
    const auto count = section.integer(*most, "max");
    if (count < 1 || count > 100) throw section.error(*most, "'max' must be 1 to 100 attempts");
    rule.max_attempts = static_cast<int>(count);
  }
  return rule;
}

}  // namespace

std::vector<RetryRule> read_retry(const Section& section) {
  std::vector<RetryRule> rules;
  const Value* items = section.recipe().document.find("retry");
  if (items == nullptr) return rules;
  for (const auto& item : items->items) {
    if (!item.is_null()) rules.push_back(read_rule(section, item));
  }
  return rules;
}

namespace {

Quarantine read_one_quarantine(const Section& section, const Value& map) {
  check_fields(map, FieldTable::quarantine, "in 'quarantine'", section.recipe().file,
               *section.recipe().text);
  Quarantine quarantine;
  quarantine.place = section.place(map);
  quarantine.owner = text_of(map, "owner");
  quarantine.reason = text_of(map, "reason");
  quarantine.issue = text_of(map, "issue");
  quarantine.until = text_of(map, "until");
  for (const char* needed : {"owner", "reason", "until"}) {
    if (text_of(map, needed).empty()) {
      throw section.error(
          map, "this quarantine has no '" + std::string(needed) + "': nobody would ever lift it");
    }
  }
  if (!from_iso8601(quarantine.until)) {
    throw section.error(*map.find("until"),
                        "'" + quarantine.until + "' is no date; expected YYYY-MM-DD");
  }
  return quarantine;
}

}  // namespace

std::optional<Quarantine> read_quarantine(const Section& section) {
  const Value* value = find_set(section.recipe().document, "quarantine");
  if (value == nullptr) return std::nullopt;
  std::vector<const Value*> maps;
  if (value->kind == Value::Kind::map) maps.push_back(value);
  for (const auto& item : value->items) maps.push_back(&item);
  if (maps.empty()) throw section.error(*value, "expected a map or a list of maps");
  std::optional<Quarantine> found;
  for (const Value* map : maps) {
    auto quarantine = read_one_quarantine(section, *map);  // errors count for every product
    if (!found && section.identifies(map->find("product_identifier"))) found = quarantine;
  }
  return found;
}

namespace {

void set_entry(Value& map, const std::string& name, const Value& value) {
  for (auto& [known, old] : map.entries) {
    if (known == name) {
      old = value;
      return;
    }
  }
  map.entries.emplace_back(name, value);
}

std::string_view without_slash(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

// "/data" and "/data/" are one place in the job.
void set_mount(Value& mounts, const std::string& inside, const Value& outside) {
  for (auto& [known, old] : mounts.entries) {
    if (without_slash(known) != without_slash(inside)) continue;
    known = inside;
    old = outside;
    return;
  }
  mounts.entries.emplace_back(inside, outside);
}

Value* find_entry(Value& map, std::string_view name) {
  for (auto& [known, value] : map.entries) {
    if (known == name) return &value;
  }
  return nullptr;
}

void merge_settings(Value& into, const Value& settings) {
  for (const auto& [name, value] : settings.entries) {
    Value* mounts = name == "mounts" ? find_entry(into, name) : nullptr;
    if (mounts != nullptr && mounts->kind == Value::Kind::map && value.kind == Value::Kind::map) {
      for (const auto& [inside, outside] : value.entries) set_mount(*mounts, inside, outside);
    } else {
      set_entry(into, name, value);
    }
  }
}

// "type:slurm" of "type:slurm/" or "type:slurm ".
std::string_view selector_of(std::string_view key) {
  key = trim(key);
  while (key.ends_with('/')) key = trim(key.substr(0, key.size() - 1));
  return key;
}

}  // namespace

Value merged_settings(const Section& section, Value site_settings,
                      const std::function<Value(const Value&)>& render) {
  Value settings = std::move(site_settings);
  settings.kind = Value::Kind::map;
  const Value* launchers = find_set(section.recipe().document, "launchers");
  if (launchers == nullptr) return settings;
  for (const auto& [key, value] : launchers->entries) {
    const auto selector = selector_of(key);
    if (!selector.starts_with("type:") && !selector.starts_with("name:")) {
      throw section.error_at_key(
          value, "unknown selector '" + key + "' in 'launchers'; expected type:TYPE or name:NAME");
    }
    if (value.kind != Value::Kind::map && !value.is_null()) {
      throw section.error(value, "expected a map of settings for '" + key + "'");
    }
  }
  for (const auto& wanted :
       {"type:" + section.launcher().type, "name:" + section.launcher().name}) {
    for (const auto& [key, value] : launchers->entries) {
      if (selector_of(key) == wanted) merge_settings(settings, render(value));
    }
  }
  return settings;
}

}  // namespace assay
