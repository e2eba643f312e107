#include "cli/product_text.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/clock.h"
#include "base/text.h"
#include "cli/product_json.h"
#include "verdict/classify.h"

namespace assay {

namespace {

using Json = nlohmann::ordered_json;

std::string operator_text(Bound::Operator op) {
  switch (op) {
    case Bound::Operator::range:
      return "range";
    case Bound::Operator::eq:
      return "==";
    case Bound::Operator::neq:
      return "!=";
    case Bound::Operator::geq:
      return ">=";
    case Bound::Operator::leq:
      return "<=";
    case Bound::Operator::gt:
      return ">";
    case Bound::Operator::lt:
      return "<";
    case Bound::Operator::approx:
      return "approx";
  }
  return {};
}

std::string bound_text(const Bound& bound) {
  if (bound.op == Bound::Operator::range) {
    return "in [" + (bound.minimum ? format_number(*bound.minimum) : "-inf") + ", " +
           (bound.maximum ? format_number(*bound.maximum) : "inf") + "]";
  }
  if (bound.op == Bound::Operator::approx) {
    return fmt::format("~ {} (rtol {}, atol {})", format_number(bound.value),
                       format_number(bound.rtol), format_number(bound.atol));
  }
  return operator_text(bound.op) + " " + format_number(bound.value);
}

std::string reduction_text(const Reduction& reduction) {
  std::string text;
  switch (reduction.kind) {
    case Reduction::Kind::last:
      text = "last";
      break;
    case Reduction::Kind::first:
      text = "first";
      break;
    case Reduction::Kind::minimum:
      text = "min";
      break;
    case Reduction::Kind::maximum:
      text = "max";
      break;
    case Reduction::Kind::mean:
      text = "mean";
      break;
    case Reduction::Kind::median:
      text = "median";
      break;
    case Reduction::Kind::percentile:
      text = "p" + format_number(reduction.percentile);
      break;
    case Reduction::Kind::at_step:
      text = "at step " + std::to_string(reduction.step);
      break;
  }
  if (reduction.window_from || reduction.window_to) {
    text += fmt::format(" over steps {}..{}",
                        reduction.window_from ? std::to_string(*reduction.window_from) : "",
                        reduction.window_to ? std::to_string(*reduction.window_to) : "");
  }
  return text;
}

std::string exit_codes_text(const std::vector<std::vector<int>>& lists) {
  std::vector<std::string> texts;
  for (const auto& codes : lists) {
    std::vector<std::string> words;
    for (const int code : codes) words.push_back(std::to_string(code));
    texts.push_back(join(words, " or "));
  }
  return join(texts, ", and ");
}

// A check in three words: what, how, and where it stands.
struct CheckLine {
  std::string subject;
  std::string condition;
  Place place;
};

std::vector<CheckLine> check_lines(const Checks& checks) {
  std::vector<CheckLine> lines;
  lines.push_back({"exit code", exit_codes_text(checks.exit_codes), {}});
  for (const auto& baseline : checks.baselines) {
    auto condition = bound_text(baseline.bound);
    if (baseline.reduction) condition += " (" + reduction_text(*baseline.reduction) + ")";
    lines.push_back({baseline.metric, condition, baseline.place});
  }
  for (const auto& golden : checks.golden) {
    lines.push_back(
        {golden.metrics.empty() ? "every golden metric" : join(golden.metrics, ", "),
         fmt::format("curve of {}{}", golden.file, golden.approximate ? " (approximate)" : ""),
         golden.place});
  }
  for (const auto& history : checks.history) {
    lines.push_back(
        {history.metric,
         fmt::format("like the last {} passing runs{} ({} at least)", history.last,
                     history.since ? " since " + to_iso8601(*history.since).substr(0, 10) : "",
                     history.at_least),
         history.place});
  }
  return lines;
}

// Rows of equal columns, indented; the last column is not padded.
void write_rows(const std::vector<std::vector<std::string>>& rows, std::ostream& out) {
  constexpr std::size_t k_widest = 48;  // a longer cell just pushes its own row
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], std::min(row[i].size(), k_widest));
    }
  }
  for (const auto& row : rows) {
    std::string line = "  ";
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size())
        line.append(std::max(widths[i], row[i].size()) - row[i].size() + 2, ' ');
    }
    out << std::string_view(line).substr(0, line.find_last_not_of(' ') + 1) << '\n';
  }
}

void write_section(const std::string& title, const std::vector<std::vector<std::string>>& rows,
                   std::ostream& out) {
  if (rows.empty()) return;
  out << '\n' << title << '\n';
  write_rows(rows, out);
}

void write_block(const std::string& title, const std::string& text, std::ostream& out) {
  if (text.empty()) return;
  out << '\n' << title << '\n';
  auto lines = split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  for (const auto& line : lines) out << "  | " << line << '\n';
}

std::string duration_or(std::chrono::seconds seconds, const char* none) {
  return seconds.count() == 0 ? none : format_duration(seconds);
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  constexpr std::size_t k_longest = 60;
  if (text.size() > k_longest) text = valid_utf8(text.substr(0, k_longest - 3)) + "...";
  return text;
}

std::vector<std::vector<std::string>> parameter_rows(const Product& product) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& parameter : product.parameters) {
    if (parameter.name == "script" || parameter.name == "script_setup") continue;
    rows.push_back({parameter.name, one_line(parameter.value.rendered()), parameter.origin,
                    parameter.place.file.empty() ? "" : to_string(parameter.place)});
  }
  return rows;
}

std::vector<std::vector<std::string>> pair_rows(
    const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : pairs) rows.push_back({name, value});
  return rows;
}

std::vector<std::vector<std::string>> metric_rows(const Product& product) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& metric : product.metrics) {
    std::string from = metric.expression.empty() ? metric.source : "= " + metric.expression;
    if (!metric.pattern.empty()) from += " /" + metric.pattern + "/";
    rows.push_back({metric.name,
                    metric.goal == Goal::maximize   ? "maximize"
                    : metric.goal == Goal::minimize ? "minimize"
                                                    : "",
                    metric.reduction ? reduction_text(*metric.reduction) : "last", metric.unit,
                    from});
  }
  return rows;
}

std::vector<std::vector<std::string>> retry_rows(const Product& product) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& rule : product.retry) {
    std::string when = !rule.pattern.empty() ? "log matches /" + rule.pattern + "/"
                       : rule.exit_code      ? "exit code " + std::to_string(*rule.exit_code)
                                             : "state " + rule.state;
    rows.push_back({when, rule.class_ == RetryRule::Class::infra ? "infra" : "flaky",
                    fmt::format("{} attempts at most", rule.max_attempts), to_string(rule.place)});
  }
  for (const auto& rule : built_in_rules()) {
    const bool is_said = std::any_of(rows.begin(), rows.end(),
                                     [&](const auto& row) { return row[0] == rule.meaning; });
    if (max_attempts(rule) < 2 || is_said) continue;
    rows.push_back({std::string(rule.meaning), to_string(rule.attempt_class),
                    fmt::format("{} attempts at most", max_attempts(rule)), "built in"});
  }
  return rows;
}

// What no built-in rule repeats; a recipe's own rule comes first.
std::vector<std::vector<std::string>> no_retry_rows() {
  std::vector<std::vector<std::string>> rows{{"a baseline failed", "real"}};
  for (const auto& rule : built_in_rules()) {
    if (max_attempts(rule) > 1) continue;
    rows.push_back({std::string(rule.meaning), to_string(rule.attempt_class)});
  }
  rows.push_back({"anything else", "real"});
  return rows;
}

Json retry_json(const Product& product) {
  Json rules = Json::array();
  for (const auto& rule : product.retry) {
    Json one{{"class", rule.class_ == RetryRule::Class::infra ? "infra" : "flaky"},
             {"max_attempts", rule.max_attempts},
             {"place", to_string(rule.place)}};
    if (!rule.pattern.empty()) one["pattern"] = rule.pattern;
    if (rule.exit_code) one["exit_code"] = *rule.exit_code;
    if (!rule.state.empty()) one["state"] = rule.state;
    rules.push_back(std::move(one));
  }
  for (const auto& rule : built_in_rules()) {
    Json one{{"class", to_string(rule.attempt_class)},
             {"max_attempts", max_attempts(rule)},
             {"meaning", rule.meaning}};
    if (!rule.pattern.empty()) one["pattern"] = rule.pattern;
    if (!rule.state.empty()) one["state"] = rule.state;
    rules.push_back(std::move(one));
  }
  return rules;
}

Json value_json(const Value& value) { return Json::parse(to_json_text(value)); }

Json pairs_json(const std::vector<std::pair<std::string, std::string>>& pairs) {
  Json out = Json::object();
  for (const auto& [name, value] : pairs) out[name] = value;
  return out;
}

// A label that a product has several times (`scope`) has a list of its values.
Json labels_json(const std::vector<std::pair<std::string, std::string>>& labels) {
  Json out = Json::object();
  for (const auto& [name, value] : labels) {
    auto& known = out[name];
    if (known.is_null()) {
      known = value;
    } else if (known.is_array()) {
      known.push_back(value);
    } else {
      known = Json::array({known, value});
    }
  }
  return out;
}

Json check_json(const CheckLine& line) {
  return {
      {"subject", line.subject}, {"condition", line.condition}, {"place", to_string(line.place)}};
}

Json product_json(const Product& product) {
  Json out;
  out["key"] = product.key;
  out["name"] = product.name;
  out["type"] = product.type;
  out["recipe"] = product.place.file;
  out["line"] = product.place.line;
  out["maintainers"] = product.maintainers;
  out["loggers"] = product.loggers;
  out["labels"] = labels_json(product.labels);
  auto& spec = out["spec"] = Json::object();
  auto& origins = out["origins"] = Json::object();
  for (const auto& parameter : product.parameters) {
    spec[parameter.name] = value_json(parameter.value);
    origins[parameter.name] = {{"from", parameter.origin}, {"place", to_string(parameter.place)}};
  }
  out["launcher"] = product.launcher;
  out["launcher_type"] = product.launcher_type;
  out["settings"] = value_json(product.settings);
  out["build"] = product.build;
  out["image"] = product.image;
  out["image_origin"] = product.image_origin;
  out["nodes"] = product.nodes;
  out["gpus_per_node"] = product.gpus_per_node;
  out["time_limit_seconds"] = product.time_limit.count();
  out["queue_limit_seconds"] = product.queue_limit.count();
  out["repeats"] = product.repeats;
  out["allow_failure"] = product.allow_failure;
  out["environment"] = pairs_json(product.environment);
  auto& mounts = out["mounts"] = Json::object();
  for (const auto& mount : product.mounts) mounts[mount.inside] = mount.outside;
  out["artifacts"] = pairs_json(product.artifacts);
  auto& checks = out["checks"] = Json::array();
  for (const auto& line : check_lines(product.checks)) checks.push_back(check_json(line));
  out["retry"] = retry_json(product);
  out["shell"] = product.shell;
  out["script_setup"] = product.script_setup;
  out["script"] = product.script;
  return out;
}

void emit(const Json& json, YAML::Emitter& out) {
  if (json.is_object()) {
    out << YAML::BeginMap;
    for (const auto& [name, value] : json.items()) {
      out << YAML::Key << name << YAML::Value;
      emit(value, out);
    }
    out << YAML::EndMap;
  } else if (json.is_array()) {
    out << YAML::BeginSeq;
    for (const auto& item : json) emit(item, out);
    out << YAML::EndSeq;
  } else if (json.is_string()) {
    const auto text = json.get<std::string>();
    if (text.find('\n') != std::string::npos) {
      out << YAML::DoubleQuoted << text;
    } else {
      // A string that would read as something else keeps its quotes.
      const bool odd = text.empty() || parse_number(text) || text == "null" || text == "~" ||
                       to_lower(text) == "true" || to_lower(text) == "false";
      if (odd) out << YAML::DoubleQuoted;
      out << text;
    }
  } else if (json.is_null()) {
    out << YAML::Null;
  } else {
    out << json.dump();
  }
}

}  // namespace

void write_product_text(const Product& product, std::ostream& out) {
  out << product.key << '\n';
  std::vector<std::vector<std::string>> head{
      {"recipe", to_string(product.place)},
      {"launcher", product.launcher + " (type " + product.launcher_type + ")"},
      {"nodes", std::to_string(product.nodes)},
      {"gpus", std::to_string(product.gpus_per_node) + " per node"},
      {"time limit", duration_or(product.time_limit, "the launcher's")}};
  // What makes an image runs outside of it.
  if (product.type != "build") {
    head.push_back({"image", product.image.empty() ? "none" : product.image});
  }
  head.push_back({"shell", product.shell});
  if (!product.build.empty()) head.push_back({"build", product.build});
  if (!product.image_origin.empty()) head.push_back({"image from", product.image_origin});
  if (product.queue_limit.count() > 0) {
    head.push_back({"queue limit", format_duration(product.queue_limit)});
  }
  if (product.repeats > 1) head.push_back({"repeats", std::to_string(product.repeats)});
  if (product.allow_failure) head.push_back({"allow failure", "yes: its case passes all the same"});
  if (product.quarantine) {
    head.push_back({"quarantine", product.quarantine->reason + " (" + product.quarantine->owner +
                                      ", until " + product.quarantine->until + ")"});
  }
  if (!product.maintainers.empty()) {
    head.push_back({"maintainers", join(product.maintainers, ", ")});
  }
  if (!product.loggers.empty()) head.push_back({"loggers", join(product.loggers, ", ")});
  write_rows(head, out);
  write_section("Parameters", parameter_rows(product), out);
  write_section("Labels", pair_rows(product.labels), out);
  write_section("Environment", pair_rows(product.environment), out);
  std::vector<std::vector<std::string>> settings;
  for (const auto& [name, value] : product.settings.entries) {
    settings.push_back({name, value.rendered()});
  }
  write_section("Launcher settings", settings, out);
  std::vector<std::vector<std::string>> mounts;
  for (const auto& mount : product.mounts) mounts.push_back({mount.inside, "<- " + mount.outside});
  write_section("Mounts", mounts, out);
  write_section("Artifacts", pair_rows(product.artifacts), out);
  write_section("Metrics", metric_rows(product), out);
  std::vector<std::vector<std::string>> checks;
  for (const auto& line : check_lines(product.checks)) {
    checks.push_back(
        {line.subject, line.condition, line.place.file.empty() ? "" : to_string(line.place)});
  }
  write_section("Checks", checks, out);
  write_section("Repeated when", retry_rows(product), out);
  write_section("Not repeated when", no_retry_rows(), out);
  write_block("Script, once per node before the tasks", product.script_setup, out);
  write_block("Script", product.script, out);
}

void write_product_json(const Product& product, std::ostream& out) {
  out << product_json(product).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void write_product_yaml(const Product& product, std::ostream& out) {
  YAML::Emitter emitter;
  emit(product_json(product), emitter);
  out << emitter.c_str() << '\n';
}

}  // namespace assay
