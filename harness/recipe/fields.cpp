#include "recipe/fields.h"

#include <algorithm>
#include <array>

namespace assay {

namespace {

using T = FieldType;

constexpr std::array k_recipe_fields{
    Field{"type", T::text,
          "recipe (identity built from segments), basic (identity is spec.name) "
          "or build (a container image that recipes name)"},
    Field{"format_version", T::integer, "version of this format: 1"},
    Field{"maintainers", T::text_list, "who to ask; shown with a failure"},
    Field{"loggers", T::text_list,
          "where metrics are read: stdout, tensorboard, dllogger, extra, csv, jsonl, json, "
          "wandb, mlflow"},
    Field{"logger", T::text_list, "older spelling of loggers"},
    Field{"labels", T::text_map, "CTest labels key=value; an empty text is supplied by the caller"},
    Field{"key_segments", T::map,
          "parameters that are part of the identity: an alias adds or renames one, False removes"},
    Field{"launchers", T::map, "settings by selector: type:slurm, name:dgxa100"},
    Field{"spec", T::map, "the workload"},
    Field{"metrics", T::any, "which metrics to show first, their goal, and where they come from"},
    Field{"products", T::list, "the parameter grid; none means one product"},
    Field{"tests_spec", T::map_list, "the checks"},
    Field{"tests", T::map_list, "older spelling of tests_spec"},
    Field{"outputs", T::map_list, "artifacts to keep"},
    Field{"retry", T::map_list, "what repeats an attempt"},
    Field{"quarantine", T::any, "products that run but whose failures do not count for a while"},
    Field{"resources", T::any, "reserved"},
    Field{"needs", T::any, "reserved: steps that this one depends on"},
    Field{"stage", T::any, "reserved: data staged in and out"},
};

constexpr std::array k_build_fields{
    Field{"type", T::text, "build"},
    Field{"format_version", T::integer, "version of this format: 1"},
    Field{"maintainers", T::text_list, "who to ask; shown with a failure"},
    Field{"labels", T::text_map, "CTest labels key=value"},
    Field{"launchers", T::map, "settings by selector"},
    Field{"spec", T::map, "the image: name, platforms, parent, source"},
    Field{"outputs", T::map_list, "artifacts to keep"},
};

constexpr std::array k_compact_fields{
    Field{"scope", T::text, "when it runs: partial-conv, perf, ..."},
    Field{"time_limit", T::integer, "seconds of run time"},
    Field{"key_segments", T::map, "arguments' names in the identity; False removes one"},
    Field{"script_args", T::map, "the parameters; products below it is a list of maps"},
    Field{"script", T::text, "run by every task; ${name} is a parameter"},
    Field{"script_setup", T::text, "run once per node before the script"},
    Field{"tests", T::map_list, "the checks"},
    Field{"tests_spec", T::map_list, "the checks"},
    Field{"artifacts", T::text_map, "path in the job: source"},
    Field{"labels", T::text_map, "CTest labels key=value"},
    Field{"loggers", T::text_list, "where metrics are read"},
    Field{"launchers", T::map, "settings by selector"},
    Field{"metrics", T::any, "which metrics to show first"},
    Field{"maintainers", T::text_list, "who to ask; shown with a failure"},
};

constexpr std::array k_spec_fields{
    Field{"name", T::text, "the identity of type basic; may hold placeholders"},
    Field{"model", T::text, "part of the identity, and a label"},
    Field{"variant", T::text, "part of the identity, and a label: train, infer, ..."},
    Field{"build", T::text, "the build whose image the script runs in"},
    Field{"scope", T::text, "when it runs: mr, nightly, ..."},
    Field{"nodes", T::integer, "number of nodes"},
    Field{"gpus", T::integer, "GPUs per node; 0 for none"},
    Field{"platforms", T::text_list, "kinds of machine it is for"},
    Field{"precision", T::text, "part of the identity, and a label"},
    Field{"batch_size", T::text, "part of the identity (bs-)"},
    Field{"steps", T::text, "part of the identity (steps-)"},
    Field{"tp_size", T::text, "tensor parallel size, part of the identity (tp-)"},
    Field{"pp_size", T::text, "pipeline parallel size, part of the identity (pp-)"},
    Field{"time_limit", T::integer, "seconds of run time"},
    Field{"queue_limit", T::integer, "seconds in the queue before it is an infrastructure error"},
    Field{"script", T::text, "run by every task; {name} is a parameter"},
    Field{"script_setup", T::text, "run once per node before the script"},
    Field{"launch", T::text, "script: the script starts its tasks itself"},
    Field{"shell", T::text, "what runs the script (bash)"},
    Field{"env", T::text_map, "environment of the script"},
    Field{"artifacts", T::text_map, "path in the job: source"},
    Field{"n_repeat", T::integer, "how often the script runs; metrics are judged by median"},
    Field{"allow_failure", T::boolean, "its case passes even when it fails; the record says so"},
    Field{"test_case", T::text, "a name for the case"},
    Field{"environment", T::text, "where it is meant to run"},
    Field{"tag", T::text, "a free tag"},
    Field{"cadence", T::text_list, "how often it runs; a list, never a grid axis"},
    Field{"segment", T::text, "a group of nodes"},
    Field{"image_source", T::text, "where the image comes from"},
};

constexpr std::array k_build_spec_fields{
    Field{"name", T::text, "what recipes call it by in spec.build"},
    Field{"platforms", T::text_list, "kinds of machine it is for"},
    Field{"parent", T::text, "another build that this one starts from"},
    Field{"source", T::map, "image, or repo with ref, dockerfile and arguments"},
};

constexpr std::array k_test_item_fields{
    Field{"logic_type", T::text, "static, golden or history"},
    Field{"logic_spec", T::map, "what must hold"},
    Field{"product_identifier", T::text_map, "only products with these values"},
};

constexpr std::array k_static_fields{
    Field{"exit_codes", T::list, "exit codes that pass"},
    Field{"baselines", T::map, "metric: operator and value"},
};

constexpr std::array k_golden_fields{
    Field{"file", T::text, "golden-values file, relative to the recipe"},
    Field{"mode", T::text, "deterministic or approximate"},
    Field{"rtol", T::number, "relative tolerance"},
    Field{"atol", T::number, "absolute tolerance"},
    Field{"metrics", T::text_list, "only these; all of the file's otherwise"},
    Field{"exit_codes", T::list, "exit codes that pass"},
};

constexpr std::array k_history_fields{
    Field{"metrics", T::any, "names, or a map of name to settings of its own"},
    Field{"last", T::integer, "how many earlier passing runs count (20)"},
    Field{"at_least", T::integer, "fewer runs than this say nothing (5)"},
    Field{"tolerance_mads", T::number, "how many median absolute deviations are normal (5)"},
    Field{"tolerance_relative", T::number, "a share of the median that never counts (0)"},
    Field{"goal", T::text, "maximize or minimize: only the worse direction fails"},
    Field{"since", T::text, "a date: earlier runs do not count, as a change was meant"},
    Field{"reduce", T::any, "how the series becomes one value"},
    Field{"window", T::list, "only these steps: [from, to]"},
    Field{"exit_codes", T::list, "exit codes that pass"},
};

constexpr std::array k_baseline_fields{
    Field{"operator", T::text, "range, eq, neq, geq, leq, gt, lt or approx"},
    Field{"value", T::number, "what the metric is held against"},
    Field{"min", T::number, "of a range, inclusive"},
    Field{"max", T::number, "of a range, inclusive"},
    Field{"rtol", T::number, "of approx: share of the value"},
    Field{"atol", T::number, "of approx: absolute"},
    Field{"reduce", T::any, "last, first, min, max, mean, median, pNN or {at: step}"},
    Field{"window", T::list, "only these steps: [from, to]"},
};

constexpr std::array k_metric_fields{
    Field{"goal", T::text, "maximize or minimize: the better direction"},
    Field{"tags", T::text_list, "free words"},
    Field{"key", T::text, "the metric's name in its source"},
    Field{"source", T::text, "the logger that has it"},
    Field{"path", T::text, "file below the logs directory"},
    Field{"pattern", T::text, "regular expression over stdout with one capture group"},
    Field{"expression", T::text, "arithmetic over other metrics"},
    Field{"reduce", T::any, "last, first, min, max, mean, median, pNN or {at: step}"},
    Field{"window", T::list, "only these steps: [from, to]"},
    Field{"unit", T::text, "compared exactly"},
};

constexpr std::array k_retry_fields{
    Field{"pattern", T::text, "regular expression over the logs"},
    Field{"exit_code", T::integer, "the job's exit code"},
    Field{"state", T::text, "how the job ended: node-failed, preempted, ..."},
    Field{"class", T::text, "infra or flaky"},
    Field{"max", T::integer, "attempts in all"},
};

constexpr std::array k_quarantine_fields{
    Field{"owner", T::text, "who sees to it"},
    Field{"reason", T::text, "why"},
    Field{"issue", T::text, "where it is tracked"},
    Field{"until", T::text, "a date; from that day failures count again"},
    Field{"product_identifier", T::text_map, "only products with these values"},
};

constexpr std::array k_output_fields{
    Field{"type", T::text, "artifact"},
    Field{"key", T::text, "what it is known by"},
    Field{"subdir", T::text, "below the assets directory"},
    Field{"name", T::text, "file name"},
    Field{"description", T::text, "for people"},
};

}  // namespace

std::span<const Field> fields(FieldTable table) {
  switch (table) {
    case FieldTable::recipe:
      return k_recipe_fields;
    case FieldTable::build:
      return k_build_fields;
    case FieldTable::compact:
      return k_compact_fields;
    case FieldTable::spec:
      return k_spec_fields;
    case FieldTable::build_spec:
      return k_build_spec_fields;
    case FieldTable::test_item:
      return k_test_item_fields;
    case FieldTable::static_logic:
      return k_static_fields;
    case FieldTable::golden_logic:
      return k_golden_fields;
    case FieldTable::history_logic:
      return k_history_fields;
    case FieldTable::baseline:
      return k_baseline_fields;
    case FieldTable::metric:
      return k_metric_fields;
    case FieldTable::retry:
      return k_retry_fields;
    case FieldTable::quarantine:
      return k_quarantine_fields;
    case FieldTable::output:
      return k_output_fields;
  }
  return {};
}

const Field* find_field(FieldTable table, std::string_view name) {
  for (const auto& field : fields(table)) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

std::string_view describe(FieldType type) {
  switch (type) {
    case T::text:
      return "a text";
    case T::integer:
      return "a whole number";
    case T::number:
      return "a number";
    case T::boolean:
      return "True or False";
    case T::list:
      return "a list";
    case T::text_list:
      return "a list of texts";
    case T::map:
      return "a map";
    case T::text_map:
      return "a map of texts";
    case T::map_list:
      return "a list of maps";
    case T::any:
      return "any value";
  }
  return {};
}

bool has_type(const Value& value, FieldType type) {
  using Kind = Value::Kind;
  const auto all_scalar = [](const auto& list) {
    return std::all_of(list.begin(), list.end(), [](const auto& v) { return v.is_scalar(); });
  };
  if (value.is_null()) return true;  // a key without a value is as if it were not there
  switch (type) {
    case T::text:
      return value.is_scalar();
    case T::integer:
      return value.kind == Kind::integer;
    case T::number:
      return value.kind == Kind::integer || value.kind == Kind::real;
    case T::boolean:
      return value.kind == Kind::boolean;
    case T::list:
      return value.kind == Kind::list;
    case T::text_list:
      return value.is_scalar() || (value.kind == Kind::list && all_scalar(value.items));
    case T::map:
      return value.kind == Kind::map;
    case T::text_map:
      return value.kind == Kind::map &&
             std::all_of(value.entries.begin(), value.entries.end(),
                         [](const auto& entry) { return entry.second.is_scalar(); });
    case T::map_list:
      return value.kind == Kind::list &&
             std::all_of(value.items.begin(), value.items.end(), [](const Value& item) {
               return item.kind == Kind::map || item.is_null();
             });
    case T::any:
      return true;
  }
  return false;
}

void check_fields(const Value& map, FieldTable table, std::string_view where,
                  const std::string& file, std::string_view text) {
  const auto fail = [&](int line, int column, std::string message) {
    throw InputError({file, line, column}, std::move(message), line_of(text, line));
  };
  if (map.kind != Value::Kind::map) {
    fail(map.line, map.column, "expected a map " + std::string(where));
  }
  for (const auto& [name, value] : map.entries) {
    const auto* field = find_field(table, name);
    if (field == nullptr) {
      std::vector<std::string> names;
      for (const auto& known : fields(table)) names.emplace_back(known.name);
      fail(value.key_line, value.key_column,
           "unknown key '" + name + "' " + std::string(where) + did_you_mean(name, names));
    }
    if (!has_type(value, field->type)) {
      fail(value.line, value.column,
           "'" + name + "' must be " + std::string(describe(field->type)) +
               (value.is_scalar() ? ", not '" + value.text + "'" : std::string{}));
    }
  }
}

}  // namespace assay
