// `tests_spec` to checks.
#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "base/names.h"
#include "base/text.h"
#include "recipe/fields.h"
#include "recipe/section.h"

namespace assay {

namespace {

using Op = Bound::Operator;

constexpr std::array<std::pair<std::string_view, Op>, 14> k_operators{{
    {"range", Op::range},
    {"eq", Op::eq},
    {"==", Op::eq},
    {"neq", Op::neq},
    {"!=", Op::neq},
    {"geq", Op::geq},
    {">=", Op::geq},
    {"leq", Op::leq},
    {"<=", Op::leq},
    {"gt", Op::gt},
    {">", Op::gt},
    {"lt", Op::lt},
    {"<", Op::lt},
    {"approx", Op::approx},
}};

Op read_operator(const Section& section, const Value& map) {
  const Value* value = find_set(map, "operator");
  if (value == nullptr) {
    throw section.error_at_key(map, "this baseline has no 'operator'");
  }
  const auto name = value->rendered();
  for (const auto& [known, op] : k_operators) {
    if (known == name) return op;
  }
  throw section.error(
      *value,
      unknown_name("operator", name, {"range", "eq", "neq", "geq", "leq", "gt", "lt", "approx"}));
}

std::optional<double> optional_number(const Section& section, const Value& map, const char* name) {
  const Value* value = find_set(map, name);
  if (value == nullptr) return std::nullopt;
  const auto number = section.number(*value, name);
  if (std::isnan(number)) throw section.error(*value, "nothing compares with NaN");
  return number;
}

double tolerance(const Section& section, const Value& map, const char* name) {
  const auto number = optional_number(section, map, name).value_or(0);
  if (!(number >= 0)) throw section.error(*map.find(name), "a tolerance cannot be negative");
  return number;
}

void read_range(const Section& section, const Value& map, Bound& bound) {
  bound.minimum = optional_number(section, map, "min");
  bound.maximum = optional_number(section, map, "max");
  if (!bound.minimum && !bound.maximum) {
    throw section.error_at_key(map, "a range needs 'min', 'max' or both");
  }
  if (bound.minimum && bound.maximum && *bound.minimum > *bound.maximum) {
    throw section.error(*map.find("min"), "this range holds nothing: min " +
                                              format_number(*bound.minimum) + " exceeds max " +
                                              format_number(*bound.maximum));
  }
}

Bound read_bound(const Section& section, const Value& map) {
  Bound bound;
  bound.op = read_operator(section, map);
  if (bound.op == Op::range) {
    read_range(section, map, bound);
    return bound;
  }
  const auto value = optional_number(section, map, "value");
  if (!value) throw section.error_at_key(map, "this baseline has no 'value'");
  bound.value = *value;
  if (bound.op == Op::approx) {
    bound.rtol = tolerance(section, map, "rtol");
    bound.atol = tolerance(section, map, "atol");
    if (map.find("rtol") == nullptr && map.find("atol") == nullptr) {
      throw section.error_at_key(map, "approx needs 'rtol', 'atol' or both");
    }
  }
  return bound;
}

void read_exit_codes(const Section& section, const Value& map, Checks& checks) {
  const Value* codes = find_set(map, "exit_codes");
  if (codes == nullptr) return;
  std::vector<int> list;
  for (const auto& item : codes->items) list.push_back(section.exit_code(item, "exit_codes"));
  if (list.empty()) throw section.error(*codes, "no exit code would pass: the list is empty");
  checks.exit_codes.push_back(std::move(list));
}

void read_static(const Section& section, const Value& spec, Checks& checks) {
  const auto& recipe = section.recipe();
  check_fields(spec, FieldTable::static_logic, "in 'logic_spec'", recipe.file, *recipe.text);
  read_exit_codes(section, spec, checks);
  const Value* baselines = find_set(spec, "baselines");
  if (baselines == nullptr) return;
  for (const auto& [metric, map] : baselines->entries) {
    check_fields(map, FieldTable::baseline, "in baseline '" + metric + "'", recipe.file,
                 *recipe.text);
    Baseline baseline;
    baseline.metric = metric;
    baseline.bound = read_bound(section, map);
    baseline.reduction = read_reduction(section, map);
    baseline.place = section.key_place(map);
    checks.baselines.push_back(std::move(baseline));
  }
}

void read_golden(const Section& section, const Value& spec, Checks& checks) {
  const auto& recipe = section.recipe();
  check_fields(spec, FieldTable::golden_logic, "in 'logic_spec'", recipe.file, *recipe.text);
  read_exit_codes(section, spec, checks);
  GoldenCheck golden;
  const Value* file = find_set(spec, "file");
  if (file == nullptr) throw section.error_at_key(spec, "a golden check needs 'file'");
  golden.file = (std::filesystem::path(recipe.file).parent_path() / file->rendered()).string();
  if (const Value* mode = find_set(spec, "mode")) {
    const auto name = mode->rendered();
    if (name != "deterministic" && name != "approximate") {
      throw section.error(*mode, unknown_name("mode", name, {"deterministic", "approximate"}));
    }
    golden.approximate = name == "approximate";
  }
  golden.rtol = tolerance(section, spec, "rtol");
  golden.atol = tolerance(section, spec, "atol");
  golden.metrics = texts_of(spec.find("metrics"));
  golden.place = section.place(*file);
  checks.golden.push_back(std::move(golden));
}

std::optional<TimePoint> read_since(const Section& section, const Value& map) {
  const Value* value = find_set(map, "since");
  if (value == nullptr) return std::nullopt;
  const auto time = from_iso8601(value->rendered());
  if (!time) {
    throw section.error(*value, "'since' needs a date such as 2027-01-31 or 2027-01-31T14:30");
  }
  return time;
}

int positive(const Section& section, const Value& map, const char* name, int otherwise) {
  const Value* value = find_set(map, name);
  if (value == nullptr) return otherwise;
  const auto number = section.integer(*value, name);
  if (number < 1 || number > 1'000'000) {
    throw section.error(*value, "'" + std::string(name) + "' must be a number from 1");
  }
  return static_cast<int>(number);
}

// What `map` says; what it leaves out stays as in `check`.
void read_history_settings(const Section& section, const Value& map, HistoryCheck& check) {
  check_fields(map, FieldTable::history_logic, "in a history check", section.recipe().file,
               *section.recipe().text);
  check.last = positive(section, map, "last", check.last);
  check.at_least = positive(section, map, "at_least", check.at_least);
  if (map.find("tolerance_mads") != nullptr) {
    check.tolerance_mads = tolerance(section, map, "tolerance_mads");
  }
  if (map.find("tolerance_relative") != nullptr) {
    check.tolerance_relative = tolerance(section, map, "tolerance_relative");
  }
  if (const auto goal = read_goal(section, map)) check.goal = goal;
  if (const auto since = read_since(section, map)) check.since = since;
  if (const auto reduction = read_reduction(section, map)) check.reduction = reduction;
}

void read_history(const Section& section, const Value& spec, Checks& checks) {
  HistoryCheck common;
  read_history_settings(section, spec, common);
  read_exit_codes(section, spec, checks);
  const Value* metrics = find_set(spec, "metrics");
  const bool none = metrics == nullptr ||
                    (metrics->entries.empty() && metrics->items.empty() && !metrics->is_scalar());
  if (none) throw section.error_at_key(spec, "a history check needs 'metrics'");
  const auto add = [&](const std::string& metric, const Value& at, const Value* settings) {
    HistoryCheck check = common;
    check.metric = metric;
    check.place = section.place(at);
    if (settings != nullptr && !settings->is_null()) {
      read_history_settings(section, *settings, check);
    }
    checks.history.push_back(std::move(check));
  };
  if (metrics->is_scalar()) add(metrics->rendered(), *metrics, nullptr);
  for (const auto& item : metrics->items) add(item.rendered(), item, nullptr);
  for (const auto& [metric, settings] : metrics->entries) add(metric, settings, &settings);
}

// What is wrong is an error for every product, those that the item does not apply to included.
void read_item(const Section& section, const Value& item, Checks& checks) {
  const auto& recipe = section.recipe();
  check_fields(item, FieldTable::test_item, "in 'tests_spec'", recipe.file, *recipe.text);
  const Value* type = find_set(item, "logic_type");
  const auto name = type == nullptr ? std::string("static") : type->rendered();
  const Value* spec = find_set(item, "logic_spec");
  if (spec == nullptr) {
    throw section.error(item, "this item of 'tests_spec' has no 'logic_spec'");
  }
  if (name == "static") {
    read_static(section, *spec, checks);
  } else if (name == "golden") {
    read_golden(section, *spec, checks);
  } else if (name == "history") {
    read_history(section, *spec, checks);
  } else if (name == "dynamic") {
    throw section.error(*type,
                        "logic_type 'dynamic' is not supported: nothing uses it any more; use "
                        "'history' to judge a metric against earlier runs");
  } else {
    throw section.error(*type, unknown_name("logic_type", name, {"static", "golden", "history"}));
  }
}

}  // namespace

Checks read_checks(const Section& section) {
  Checks checks;
  checks.exit_codes.clear();
  for (const char* key : {"tests_spec", "tests"}) {
    const Value* items = section.recipe().document.find(key);
    if (items == nullptr) continue;
    for (const auto& item : items->items) {
      if (item.is_null()) continue;
      Checks others;
      const bool applies = section.identifies(item.find("product_identifier"));
      read_item(section, item, applies ? checks : others);
    }
  }
  // Without any word on it, an exit code other than 0 is a failure.
  if (checks.exit_codes.empty()) checks.exit_codes.push_back({0});
  return checks;
}

std::optional<Reduction> read_reduction(const Section& section, const Value& map) {
  const Value* reduce = find_set(map, "reduce");
  const Value* window = find_set(map, "window");
  if (reduce == nullptr && window == nullptr) return std::nullopt;
  Reduction reduction;
  using Kind = Reduction::Kind;
  if (reduce != nullptr && reduce->kind == Value::Kind::map) {
    const Value* step = reduce->find("at");
    if (step == nullptr || reduce->entries.size() != 1) {
      throw section.error(*reduce, "expected {at: step} for 'reduce'");
    }
    reduction.kind = Kind::at_step;
    reduction.step = section.integer(*step, "at");
  } else if (reduce != nullptr) {
    static const std::vector<std::pair<std::string, Kind>> k_kinds{
        {"last", Kind::last},   {"first", Kind::first}, {"min", Kind::minimum},
        {"max", Kind::maximum}, {"mean", Kind::mean},   {"median", Kind::median}};
    const auto name = reduce->rendered();
    const auto found = std::find_if(k_kinds.begin(), k_kinds.end(),
                                    [&](const auto& each) { return each.first == name; });
    const auto percent =
        name.starts_with('p') ? parse_number(std::string_view(name).substr(1)) : std::nullopt;
    if (found != k_kinds.end()) {
      reduction.kind = found->second;
    } else if (percent && *percent >= 0 && *percent <= 100) {
      reduction.kind = Kind::percentile;
      reduction.percentile = *percent;
    } else {
      std::vector<std::string> names;
      for (const auto& [known, kind] : k_kinds) names.push_back(known);
      names.insert(names.end(), {"pNN", "{at: step}"});
      throw section.error(*reduce, unknown_name("reduction", name, names));
    }
  }
  if (window != nullptr) {
    if (window->items.size() != 2) {
      throw section.error(*window, "expected [from, to] in steps for 'window'");
    }
    const auto bound = [&](const Value& value) -> std::optional<std::int64_t> {
      if (value.is_null()) return std::nullopt;
      return section.integer(value, "window");
    };
    reduction.window_from = bound(window->items[0]);
    reduction.window_to = bound(window->items[1]);
    if (reduction.window_from && reduction.window_to &&
        *reduction.window_from > *reduction.window_to) {
      throw section.error(*window, "this window holds no step");
    }
  }
  return reduction;
}

}  // namespace assay
