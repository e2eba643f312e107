#include "cli/ci_config.h"

#include <algorithm>
#include <span>

#include "base/files.h"
#include "base/names.h"
#include "cli/ci_select.h"
#include "recipe/filter.h"
#include "recipe/yaml_reader.h"

namespace assay {

namespace {

constexpr auto k_default_name = "assay-ci.yaml";
const std::vector<std::string> k_events{"merge_request", "push", "schedule", "manual"};

// The file while it is read: errors point into its text.
class Reader {
 public:
  Reader(const std::string& text, std::string file) : text_(text), file_(std::move(file)) {}

  [[noreturn]] void fail(int line, int column, std::string message) const {
    throw InputError({file_, line, column}, std::move(message), line_of(text_, line));
  }
  [[noreturn]] void fail(const Value& value, std::string message) const {
    fail(value.line, value.column, std::move(message));
  }

  Place place(const Value& value) const { return {file_, value.key_line, value.key_column}; }

  void expect_map(const Value& value, const std::string& what) const {
    if (value.kind != Value::Kind::map) fail(value, "expected a map for '" + what + "'");
  }
  // A map whose keys are all known.
  void expect_keys(const Value& value, const std::string& what,
                   const std::vector<std::string>& keys) const {
    expect_map(value, what);
    for (const auto& [name, entry] : value.entries) {
      if (std::find(keys.begin(), keys.end(), name) == keys.end()) {
        fail(entry.key_line, entry.key_column, unknown_name("key", name, keys));
      }
    }
  }
  std::string text(const Value& value, const std::string& what) const {
    if (!value.is_scalar() || value.is_null()) fail(value, "expected a text for '" + what + "'");
    return value.text;
  }
  // A list of texts; one text counts as a list of it, null as an empty one.
  std::vector<std::string> texts(const Value& value, const std::string& what) const {
    if (value.is_null()) return {};
    if (value.kind != Value::Kind::list) return {text(value, what)};
    std::vector<std::string> out;
    for (const auto& item : value.items) out.push_back(text(item, what));
    return out;
  }

 private:
  const std::string& text_;
  std::string file_;
};

std::vector<std::string> suite_names(const CiConfig& config) {
  std::vector<std::string> names;
  for (const auto& suite : config.suites) names.push_back(suite.name);
  return names;
}

void read_suites(const Reader& reader, const Value& value, CiConfig& config) {
  reader.expect_map(value, "suites");
  const auto base = std::filesystem::absolute(config.file).parent_path();
  config.suites.clear();
  for (const auto& [name, entry] : value.entries) {
    reader.expect_keys(entry, name, {"recipes", "filter", "script"});
    CiSuite suite;
    suite.name = name;
    suite.script = name;
    suite.place = reader.place(entry);
    if (const auto* recipes = entry.find("recipes")) {
      for (const auto& path : reader.texts(*recipes, "recipes")) {
        suite.recipes.push_back((base / path).lexically_normal().string());
      }
    }
    if (suite.recipes.empty()) {
      reader.fail(entry.key_line, entry.key_column, "suite '" + name + "' names no 'recipes'");
    }
    if (const auto* filter = entry.find("filter")) suite.filter = reader.text(*filter, "filter");
    if (const auto* script = entry.find("script")) suite.script = reader.text(*script, "script");
    config.suites.push_back(std::move(suite));
  }
  if (config.suites.empty()) reader.fail(value, "there is no suite");
}

void read_labels(const Reader& reader, const Value& value, CiConfig& config) {
  reader.expect_map(value, "labels");
  for (const auto& [name, entry] : value.entries) {
    CiLabel label{.label = name, .model = {}, .filter = {}, .place = reader.place(entry)};
    if (entry.kind == Value::Kind::map) {
      reader.expect_keys(entry, name, {"model", "filter"});
      if (const auto* model = entry.find("model")) label.model = reader.text(*model, "model");
      if (const auto* filter = entry.find("filter")) label.filter = reader.text(*filter, "filter");
      if (label.model.empty() == label.filter.empty()) {
        reader.fail(entry, "label '" + name + "' needs either 'model' or 'filter'");
      }
    } else {
      label.model = reader.text(entry, name);
    }
    config.labels.push_back(std::move(label));
  }
}

std::string known_suite(const Reader& reader, const Value& at, const std::string& name,
                        const CiConfig& config) {
  if (config.find_suite(name) == nullptr) {
    reader.fail(at, unknown_name("suite", name, suite_names(config)));
  }
  return name;
}

void read_variables(const Reader& reader, const Value& value, CiConfig& config) {
  reader.expect_keys(value, "variables", {"model", "suites"});
  if (const auto* model = value.find("model")) {
    config.model_variables = reader.texts(*model, "model");
  }
  if (const auto* suites = value.find("suites")) {
    reader.expect_map(*suites, "suites");
    config.suite_variables.clear();
    for (const auto& [variable, suite] : suites->entries) {
      config.suite_variables.emplace_back(
          variable, known_suite(reader, suite, reader.text(suite, variable), config));
    }
  }
}

void read_events(const Reader& reader, const Value& value, CiConfig& config) {
  reader.expect_keys(value, "events", k_events);
  for (auto& [event, suites] : config.events) {
    const auto* entry = value.find(to_string(event));
    if (entry == nullptr) continue;
    suites.clear();
    for (const auto& name : reader.texts(*entry, to_string(event))) {
      suites.push_back(known_suite(reader, *entry, name, config));
    }
  }
}

// What holds where the file says nothing: the sample recipes' layout, JET's names beside our own.
CiConfig defaults(const std::string& file) {
  CiConfig config;
  config.file = file;
  const auto recipes = (std::filesystem::absolute(file).parent_path() / "recipes").string();
  for (const auto* name : {"smoke", "convergence"}) {
    config.suites.push_back({name, {recipes}, "", name, {}});
  }
  config.skip_labels = {"ASSAY_NOT_REQUIRED", "JET_NOT_REQUIRED"};
  config.model_variables = {"ASSAY_MODEL", "JET_MODEL_NAME"};
  return config;
}

// Only suites that there are: a file may name its own.
void add_default_choices(CiConfig& config) {
  const auto known = [&](const char* name) {
    return config.find_suite(name) != nullptr ? std::vector<std::string>{name}
                                              : std::vector<std::string>{};
  };
  config.events = {{CiEvent::merge_request, known("smoke")},
                   {CiEvent::push, known("smoke")},
                   {CiEvent::schedule, known("convergence")},
                   {CiEvent::manual, {}}};
  for (const auto& [variable, suite] :
       {std::pair{"ASSAY_SMOKE", "smoke"}, std::pair{"JET", "smoke"},
        std::pair{"ASSAY_CONVERGENCE", "convergence"}, std::pair{"JET_CONV_TEST", "convergence"}}) {
    if (config.find_suite(suite) != nullptr) config.suite_variables.emplace_back(variable, suite);
  }
}

void check_filter(const std::string& text, const Place& place, const std::string& what,
                  std::span<const GridProduct> products, std::vector<InputError>& errors) {
  if (text.empty()) return;
  try {
    Filter::parse(text, to_string(place) + ": " + what).check_paths(products);
  } catch (const InputError& error) {
    errors.push_back(error);
  }
}

}  // namespace

const CiSuite* CiConfig::find_suite(std::string_view name) const {
  for (const auto& suite : suites) {
    if (suite.name == name) return &suite;
  }
  return nullptr;
}

std::string to_string(CiEvent event) { return k_events[static_cast<std::size_t>(event)]; }

CiConfig parse_ci_config(const std::string& text, const std::string& file) {
  auto config = defaults(file);
  const Reader reader(text, file);
  const auto documents = read_yaml(text, file);
  for (const auto& document : documents) {
    if (document.error) throw InputError(*document.error);
  }
  Value empty;
  empty.kind = Value::Kind::map;
  if (documents.size() > 1) {
    reader.fail(documents[1].place.line, 1, "expected one document");
  }
  const Value& top = documents.empty() ? empty : documents.front().value;
  reader.expect_keys(
      top, file,
      {"suites", "labels", "several_labels", "skip_labels", "variables", "events", "branches"});
  if (const auto* suites = top.find("suites")) read_suites(reader, *suites, config);
  add_default_choices(config);
  if (const auto* labels = top.find("labels")) read_labels(reader, *labels, config);
  if (const auto* several = top.find("several_labels")) {
    const auto word = reader.text(*several, "several_labels");
    if (word != "first" && word != "all") {
      reader.fail(*several, unknown_name("choice", word, {"first", "all"}));
    }
    config.first_label_only = word == "first";
  }
  if (const auto* skip = top.find("skip_labels")) {
    config.skip_labels = reader.texts(*skip, "skip_labels");
  }
  if (const auto* variables = top.find("variables")) read_variables(reader, *variables, config);
  if (const auto* events = top.find("events")) read_events(reader, *events, config);
  if (const auto* branches = top.find("branches")) {
    config.branches = reader.texts(*branches, "branches");
  }
  return config;
}

CiConfig read_ci_config(const std::filesystem::path& path) {
  if (!path.empty()) return parse_ci_config(read_file(path), path.string());
  const auto text = read_file_if_exists(k_default_name);
  return parse_ci_config(text.value_or(""), k_default_name);
}

std::vector<InputError> check_ci_config(const CiConfig& config) {
  std::vector<InputError> errors;
  std::vector<GridProduct> all;
  for (const auto& suite : config.suites) {
    try {
      auto products = products_of(suite);
      check_filter(suite.filter, suite.place, "filter", products, errors);
      all.insert(all.end(), products.begin(), products.end());
    } catch (const InputError& error) {
      errors.emplace_back(suite.place, "suite '" + suite.name + "': " + error.message());
    }
  }
  const auto models = models_of(all);
  for (const auto& label : config.labels) {
    check_filter(label.filter, label.place, "filter", all, errors);
    if (label.model.empty() || models.empty()) continue;
    if (std::find(models.begin(), models.end(), label.model) == models.end()) {
      errors.emplace_back(label.place, unknown_name("model", label.model, models));
    }
  }
  return errors;
}

bool is_ci_config(const std::filesystem::path& path) {
  const auto name = path.filename().string();
  return name == k_default_name || name.ends_with(std::string(".") + k_default_name);
}

}  // namespace assay
