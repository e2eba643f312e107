// Reads what record_json.cpp writes, of this version or an older one. Unknown members are passed
// over, so that a later addition does not need a new version.
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "model/parameters_json.h"
#include "model/record.h"
#include "model/record_names.h"

namespace assay {

namespace {

using Json = nlohmann::ordered_json;
using Pairs = std::vector<std::pair<std::string, std::string>>;

// A member of the record and its path, for messages: "attempts.0.end".
struct Node {
  const Json* json = nullptr;  // null: absent
  std::string path;

  [[noreturn]] void fail(const std::string& expected) const {
    throw Error("record: '" + path + "' should be " + expected);
  }
  bool is_absent() const { return json == nullptr || json->is_null(); }

  Node at(const std::string& name) const {
    if (is_absent()) return {nullptr, path.empty() ? name : path + "." + name};
    if (!json->is_object()) fail("an object");
    const auto found = json->find(name);
    return {found == json->end() ? nullptr : &*found, path.empty() ? name : path + "." + name};
  }

  std::vector<Node> items() const {
    if (is_absent()) return {};
    if (!json->is_array()) fail("a list");
    std::vector<Node> out;
    for (const auto& item : *json) out.push_back({&item, path + "." + std::to_string(out.size())});
    return out;
  }

  std::vector<std::pair<std::string, Node>> entries() const {
    if (is_absent()) return {};
    if (!json->is_object()) fail("an object");
    std::vector<std::pair<std::string, Node>> out;
    for (const auto& [name, item] : json->items()) {
      out.emplace_back(name, Node{&item, path + "." + name});
    }
    return out;
  }

  std::string text() const {
    if (is_absent()) return {};
    if (!json->is_string()) fail("a string");
    return json->get<std::string>();
  }

  std::string required_text() const {
    if (is_absent()) throw Error("record: '" + path + "' is missing");
    return text();
  }

  bool truth() const {
    if (is_absent()) return false;
    if (!json->is_boolean()) fail("true or false");
    return json->get<bool>();
  }

  std::int64_t integer(std::int64_t fallback) const {
    if (is_absent()) return fallback;
    if (!json->is_number_integer()) fail("an integer");
    return json->get<std::int64_t>();
  }

  int small_integer(int fallback) const {
    const auto wide = integer(fallback);
    if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max()) {
      fail("an integer of 32 bits");
    }
    return static_cast<int>(wide);
  }

  std::optional<double> real() const {
    if (is_absent()) return std::nullopt;
    if (json->is_number()) return json->get<double>();
    if (json->is_string()) {
      const auto spelled = json->get<std::string>();
      if (spelled == "nan") return std::numeric_limits<double>::quiet_NaN();
      if (spelled == "inf") return std::numeric_limits<double>::infinity();
      if (spelled == "-inf") return -std::numeric_limits<double>::infinity();
    }
    fail("a number");
  }

  std::optional<TimePoint> time() const {
    if (is_absent()) return std::nullopt;
    const auto parsed = from_iso8601(text());
    if (!parsed) fail("a time like 2026-11-21T06:27:13.042Z");
    return parsed;
  }

  std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const auto& item : items()) out.push_back(item.text());
    return out;
  }

  // One of the enumerators from 0 to `last`, by its written name.
  template <typename Enum, typename Name>
  Enum one_of(Enum last, Name name) const {
    const auto written = required_text();
    for (int i = 0; i <= static_cast<int>(last); ++i) {
      if (name(static_cast<Enum>(i)) == written) return static_cast<Enum>(i);
    }
    throw Error("record: '" + path + "' has the unknown value '" + written + "'");
  }
};

Value plain_value(const Json& json) {
  Value value;
  if (json.is_array()) {
    value.kind = Value::Kind::list;
    for (const auto& item : json) value.items.push_back(plain_value(item));
  } else if (json.is_object()) {
    value.kind = Value::Kind::map;
    for (const auto& [name, item] : json.items()) {
      value.entries.emplace_back(name, plain_value(item));
    }
  } else if (json.is_string()) {
    value = Value::of_string(json.get<std::string>());
  } else if (!json.is_null()) {
    value.kind = json.is_boolean()          ? Value::Kind::boolean
                 : json.is_number_integer() ? Value::Kind::integer
                                            : Value::Kind::real;
    value.text = json.dump();
  }
  return value;
}

// Puts back the text that a scalar below `value` was written with.
void restore_text(Value& value, const Node& node, const Json& as_written,
                  const Json::json_pointer& pointer) {
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    restore_text(value.items[i], node, as_written, pointer / i);
  }
  for (auto& [name, item] : value.entries) restore_text(item, node, as_written, pointer / name);
  const auto found = as_written.find(pointer.to_string());
  if (found == as_written.end()) return;
  const Node note{&*found, node.path + pointer.to_string()};
  static constexpr std::array k_kinds{Value::Kind::boolean, Value::Kind::integer,
                                      Value::Kind::real};
  const auto kind = note.at("kind").required_text();
  for (const auto candidate : k_kinds) {
    if (detail::kind_name(candidate) == kind) value.kind = candidate;
  }
  value.text = note.at("text").required_text();
}

std::vector<std::pair<std::string, Value>> read_parameters(const Node& parameters,
                                                           const Node& as_written) {
  std::vector<std::pair<std::string, Value>> out;
  for (const auto& [name, node] : parameters.entries()) {
    Value value = plain_value(*node.json);
    if (!as_written.is_absent()) {
      restore_text(value, as_written, *as_written.json, Json::json_pointer{} / name);
    }
    out.emplace_back(name, std::move(value));
  }
  return out;
}

Pairs read_labels(const Node& labels) {
  Pairs out;
  for (const auto& [name, node] : labels.entries()) {
    if (node.json->is_array()) {
      for (const auto& text : node.texts()) out.emplace_back(name, text);
    } else {
      out.emplace_back(name, node.text());
    }
  }
  return out;
}

Attempt read_attempt(const Node& node) {
  Attempt out;
  out.number = node.at("number").small_integer(1);
  out.repeat = node.at("repeat").small_integer(1);
  out.job_id = node.at("job_id").text();
  out.token = node.at("token").text();
  out.directory = node.at("directory").text();
  out.nodes = node.at("nodes").texts();
  for (const auto& gpu : node.at("gpus").items()) {
    out.gpus.push_back({gpu.at("uuid").text(), gpu.at("model").text(), gpu.at("driver").text()});
  }
  out.submitted = node.at("submitted").time();
  out.started = node.at("started").time();
  out.ended = node.at("ended").time();
  out.cpu_seconds = node.at("cpu_seconds").real();
  if (!node.at("peak_memory_bytes").is_absent()) {
    out.peak_memory_bytes = node.at("peak_memory_bytes").integer(0);
  }
  const auto end = node.at("end");
  out.end.kind = end.at("kind").one_of(EndKind::lost, [](EndKind kind) { return to_string(kind); });
  out.end.exit_code = end.at("exit_code").small_integer(-1);
  out.end.signal = end.at("signal").small_integer(0);
  out.end.reason = end.at("reason").text();
  out.class_ = node.at("class").text();
  out.class_reason = node.at("class_reason").text();
  return out;
}

Metric read_metric(const Node& node) {
  Metric out;
  out.name = node.at("name").required_text();
  const auto value = node.at("value").real();
  if (!value) throw Error("record: '" + node.path + ".value' is missing");
  out.value = *value;
  out.unit = node.at("unit").text();
  if (!node.at("goal").is_absent()) {
    out.goal =
        node.at("goal").one_of(Goal::minimize, [](Goal goal) { return detail::goal_name(goal); });
  }
  out.is_float32 = node.at("float32").truth();
  out.source = node.at("source").text();
  out.file = node.at("file").text();
  out.last_step = node.at("last_step").integer(0);
  const auto points = node.at("points").integer(0);
  if (points < 0) node.at("points").fail("a count");
  out.point_count = static_cast<std::size_t>(points);
  return out;
}

Finding read_finding(const Node& node) {
  Finding out;
  out.status = node.at("status").one_of(Finding::Status::no_baseline,
                                        [](Finding::Status status) { return to_string(status); });
  out.check = node.at("check").text();
  out.metric = node.at("metric").text();
  out.expected = node.at("expected").text();
  out.actual = node.at("actual").text();
  out.reason = node.at("reason").text();
  out.actual_value = node.at("actual_value").real();
  out.minimum = node.at("minimum").real();
  out.maximum = node.at("maximum").real();
  out.distance = node.at("distance").real();
  return out;
}

template <typename T>
std::vector<T> read_list(const Node& node, T (*read)(const Node&)) {
  std::vector<T> out;
  for (const auto& item : node.items()) out.push_back(read(item));
  return out;
}

void check_version(const Node& version) {
  const auto number = version.integer(0);
  if (number < 1) throw Error("record: 'version' is missing: this is no record of assay");
  if (number > Record::k_version) {
    throw Error("record: version " + std::to_string(number) +
                " was written by a newer assay; this one reads up to version " +
                std::to_string(Record::k_version));
  }
}

Json parse(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw Error(std::string("record: not JSON: ") + error.what());
  }
}

}  // namespace

std::vector<std::pair<std::string, Value>> parameters_from_json(std::string_view text) {
  const Json json = parse(text);
  const Node root{&json, ""};
  return read_parameters(root.at("parameters"), root.at("as_written"));
}

Record record_from_json(std::string_view text) {
  const Json json = parse(text);
  if (!json.is_object()) throw Error("record: not a JSON object");
  const Node root{&json, ""};
  check_version(root.at("version"));
  Record out;
  out.run_id = root.at("run_id").required_text();
  out.key = root.at("key").required_text();
  out.name = root.at("name").text();
  out.verdict = root.at("verdict").one_of(Verdict::skipped,
                                          [](Verdict verdict) { return to_string(verdict); });
  out.summary = root.at("summary").text();
  out.allowed_failure = root.at("allowed_failure").truth();
  out.quarantined = root.at("quarantined").truth();
  out.quarantine = root.at("quarantine").text();
  const auto recipe = root.at("recipe");
  out.recipe_file = recipe.at("file").text();
  out.recipe_line = recipe.at("line").small_integer(0);
  out.recipe_digest = recipe.at("digest").text();
  out.script_digest = root.at("script_digest").text();
  out.product_digest = root.at("product_digest").text();
  out.parameters = read_parameters(root.at("parameters"), root.at("as_written"));
  out.labels = read_labels(root.at("labels"));
  out.maintainers = root.at("maintainers").texts();
  out.launcher = root.at("launcher").text();
  out.launcher_type = root.at("launcher_type").text();
  out.image = root.at("image").text();
  const auto git = root.at("git");
  out.git_commit = git.at("commit").text();
  out.git_branch = git.at("branch").text();
  out.git_dirty = git.at("dirty").truth();
  out.pipeline_id = root.at("pipeline_id").text();
  out.user = root.at("user").text();
  out.host = root.at("host").text();
  out.assay_version = root.at("assay_version").text();
  const auto created = root.at("created").time();
  if (!created) throw Error("record: 'created' is missing");
  out.created = *created;
  out.submitted = root.at("submitted").time();
  out.started = root.at("started").time();
  out.ended = root.at("ended").time();
  out.queue_seconds = root.at("queue_seconds").real().value_or(0);
  out.run_seconds = root.at("run_seconds").real().value_or(0);
  out.attempts = read_list(root.at("attempts"), read_attempt);
  out.metrics = read_list(root.at("metrics"), read_metric);
  out.findings = read_list(root.at("findings"), read_finding);
  out.warnings = root.at("warnings").texts();
  out.cause = root.at("cause").texts();
  out.directory = root.at("directory").text();
  out.logs = root.at("logs").texts();
  return out;
}

}  // namespace assay
