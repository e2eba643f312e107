// Writes records as JSON, by record.schema.json; record_from_json.cpp reads them, member by member
// in the same order.
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "model/parameters_json.h"
#include "model/record.h"
#include "model/record_names.h"

namespace assay {

namespace {

using Json = nlohmann::ordered_json;
using Pairs = std::vector<std::pair<std::string, std::string>>;

Json number(double value) {
  if (std::isfinite(value)) return value;
  return format_number(value);
}

void put(Json& object, const char* name, const std::optional<double>& value) {
  if (value) object[name] = number(*value);
}

void put(Json& object, const char* name, const std::optional<TimePoint>& value) {
  if (value) object[name] = to_iso8601(*value);
}

Json scalar(const Value& value) {
  switch (value.kind) {
    case Value::Kind::null:
      return nullptr;
    case Value::Kind::boolean:
      return to_lower(value.text) == "true";
    case Value::Kind::integer:
      if (const auto exact = parse_integer(value.text)) return *exact;
      return value.text;
    case Value::Kind::real:
      if (const auto exact = parse_number(value.text); exact && std::isfinite(*exact)) {
        return *exact;
      }
      return value.text;
    default:
      return value.text;
  }
}

// A scalar that JSON writes differently than its recipe did ("1e-3", "True", "0x10").
bool loses_text(const Value& value, const Json& written) {
  return value.kind != Value::Kind::null && value.kind != Value::Kind::string &&
         written.dump(-1, ' ', false, Json::error_handler_t::replace) != value.text;
}

// The value as JSON; scalars whose text JSON changes are noted in `as_written` by their pointer.
Json value_json(const Value& value, const Json::json_pointer& pointer, Json& as_written) {
  if (value.kind == Value::Kind::list) {
    Json list = Json::array();
    for (const auto& item : value.items) {
      list.push_back(value_json(item, pointer / list.size(), as_written));
    }
    return list;
  }
  if (value.kind == Value::Kind::map) {
    Json map = Json::object();
    for (const auto& [name, item] : value.entries) {
      map[valid_utf8(name)] = value_json(item, pointer / valid_utf8(name), as_written);
    }
    return map;
  }
  Json written = scalar(value);
  if (loses_text(value, written)) {
    as_written[pointer.to_string()] = {{"kind", detail::kind_name(value.kind)},
                                       {"text", value.text}};
  }
  return written;
}

// A name that occurs several times (a case with two scopes) holds a list.
Json labels_json(const Pairs& labels) {
  Json out = Json::object();
  for (const auto& [name, text] : labels) {
    Json& slot = out[name];
    if (slot.is_null()) {
      slot = text;
    } else if (slot.is_array()) {
      slot.push_back(text);
    } else {
      slot = Json::array({slot, text});
    }
  }
  return out;
}

Json attempt_json(const Attempt& attempt) {
  Json out{{"number", attempt.number}, {"repeat", attempt.repeat},       {"job_id", attempt.job_id},
           {"token", attempt.token},   {"directory", attempt.directory}, {"nodes", attempt.nodes}};
  out["gpus"] = Json::array();
  for (const auto& gpu : attempt.gpus) {
    out["gpus"].push_back({{"uuid", gpu.uuid}, {"model", gpu.model}, {"driver", gpu.driver}});
  }
  put(out, "submitted", attempt.submitted);
  put(out, "started", attempt.started);
  put(out, "ended", attempt.ended);
  put(out, "cpu_seconds", attempt.cpu_seconds);
  if (attempt.peak_memory_bytes) out["peak_memory_bytes"] = *attempt.peak_memory_bytes;
  out["end"] = {{"kind", to_string(attempt.end.kind)},
                {"exit_code", attempt.end.exit_code},
                {"signal", attempt.end.signal},
                {"reason", attempt.end.reason}};
  out["class"] = attempt.class_;
  out["class_reason"] = attempt.class_reason;
  return out;
}

Json metric_json(const Metric& metric) {
  return {{"name", metric.name},          {"value", number(metric.value)},
          {"unit", metric.unit},          {"goal", detail::goal_name(metric.goal)},
          {"float32", metric.is_float32}, {"source", metric.source},
          {"file", metric.file},          {"last_step", metric.last_step},
          {"points", metric.point_count}};
}

Json finding_json(const Finding& finding) {
  Json out{{"status", to_string(finding.status)},
           {"check", finding.check},
           {"metric", finding.metric},
           {"expected", finding.expected},
           {"actual", finding.actual},
           {"reason", finding.reason}};
  put(out, "actual_value", finding.actual_value);
  put(out, "minimum", finding.minimum);
  put(out, "maximum", finding.maximum);
  put(out, "distance", finding.distance);
  return out;
}

template <typename T, typename Write>
Json list_json(const std::vector<T>& items, Write write) {
  Json out = Json::array();
  for (const auto& item : items) out.push_back(write(item));
  return out;
}

void add_parameters(const Record& record, Json& out) {
  Json as_written = Json::object();
  out["parameters"] = Json::object();
  for (const auto& [name, value] : record.parameters) {
    const auto key = valid_utf8(name);
    out["parameters"][key] = value_json(value, Json::json_pointer{} / key, as_written);
  }
  out["as_written"] = std::move(as_written);
}

Json record_json(const Record& record) {
  Json out{{"version", Record::k_version},
           {"run_id", record.run_id},
           {"key", record.key},
           {"name", record.name},
           {"verdict", to_string(record.verdict)},
           {"summary", record.summary},
           {"allowed_failure", record.allowed_failure},
           {"quarantined", record.quarantined},
           {"quarantine", record.quarantine},
           {"recipe",
            {{"file", record.recipe_file},
             {"line", record.recipe_line},
             {"digest", record.recipe_digest}}},
           {"script_digest", record.script_digest},
           {"product_digest", record.product_digest}};
  add_parameters(record, out);
  out["labels"] = labels_json(record.labels);
  out["maintainers"] = record.maintainers;
  out["launcher"] = record.launcher;
  out["launcher_type"] = record.launcher_type;
  out["image"] = record.image;
  out["git"] = {
      {"commit", record.git_commit}, {"branch", record.git_branch}, {"dirty", record.git_dirty}};
  out["pipeline_id"] = record.pipeline_id;
  out["user"] = record.user;
  out["host"] = record.host;
  out["assay_version"] = record.assay_version;
  out["created"] = to_iso8601(record.created);
  put(out, "submitted", record.submitted);
  put(out, "started", record.started);
  put(out, "ended", record.ended);
  out["queue_seconds"] = number(record.queue_seconds);
  out["run_seconds"] = number(record.run_seconds);
  out["attempts"] = list_json(record.attempts, attempt_json);
  out["metrics"] = list_json(record.metrics, metric_json);
  out["findings"] = list_json(record.findings, finding_json);
  out["warnings"] = record.warnings;
  out["cause"] = record.cause;
  out["directory"] = record.directory;
  out["logs"] = record.logs;
  return out;
}

}  // namespace

std::string parameters_json(const Record& record) {
  Json out = Json::object();
  add_parameters(record, out);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_json(const Record& record) {
  return record_json(record).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_json_line(const Record& record) {
  return record_json(record).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace assay
