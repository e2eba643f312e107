#include "cli/ctest_files.h"

#include <algorithm>
#include <array>

#include "base/names.h"
#include "base/text.h"
#include "cli/case_builds.h"
#include "launch/local.h"
#include "model/value.h"

namespace assay {

namespace {

// The parameters that become labels, as the design lists them.
constexpr std::array<std::string_view, 7> k_label_parameters{
    "model", "variant", "domain", "precision", "nodes", "gpus", "scope"};

// What an attempt may take beyond its time limit and the grace for its end: starting, reading logs.
constexpr std::chrono::seconds k_attempt_margin{20};
constexpr std::chrono::seconds k_driver_margin{60};

// The labels property is a list: no separator or line end may come from a value.
std::string label(std::string_view name, std::string_view value) {
  std::string out = std::string(name) + "=" + std::string(value);
  for (char& c : out) {
    if (c == ';') c = ',';
    if (static_cast<unsigned char>(c) < 0x20U) c = ' ';
  }
  return out;
}

void add_once(std::vector<std::string>& labels, std::string text) {
  if (std::find(labels.begin(), labels.end(), text) == labels.end()) {
    labels.push_back(std::move(text));
  }
}

const Value* bound(const GridProduct& product, std::string_view name) {
  for (const auto& [parameter, value] : product.bindings) {
    if (*parameter == name) return value->is_null() ? nullptr : value;
  }
  return nullptr;
}

// A bound whole number, else the launcher's setting of that name, else `fallback`.
long long number(const GridProduct& product, const LauncherConfig* launcher, std::string_view name,
                 long long fallback) {
  const Value* value = bound(product, name);
  if (value == nullptr && launcher != nullptr) value = launcher->settings.find(name);
  if (value == nullptr || !value->is_scalar()) return fallback;
  return parse_integer(value->text).value_or(fallback);
}

// How many attempts the recipe's retry rules allow.
long long attempts(const GridProduct& product) {
  long long most = 1;
  const Value* rules = product.recipe->document.find("retry");
  if (rules == nullptr) return most;
  for (const auto& rule : rules->items) {
    const Value* max = rule.find("max");
    most = std::max(most, max == nullptr ? 2 : parse_integer(max->text).value_or(2));
  }
  return most;
}

std::string caller_label(const CaseContext& context, std::string_view name) {
  for (const auto& [key, value] : context.caller_labels) {
    if (key == variable_name({}, name)) return value;
  }
  return {};
}

std::string property(std::string_view name, std::string_view value) {
  return " " + std::string(name) + " " + std::string(value);
}

// The image that the product needs is made first; a build's own case makes one.
std::string fixtures(const GridProduct& product, const CaseBuilds& builds) {
  std::string out;
  if (product.recipe->type == RecipeType::build) {
    out += property("FIXTURES_SETUP", cmake_quote(builds.fixture_of(product.name())));
  }
  const auto required = builds.required_fixture(product);
  if (!required.empty()) out += property("FIXTURES_REQUIRED", cmake_quote(required));
  return out;
}

}  // namespace

std::string cmake_quote(std::string_view text) {
  std::string equals = "=";
  while (text.find("]" + equals) != std::string_view::npos) equals += '=';
  // A line end right after the opening bracket would be dropped.
  const std::string_view guard = text.starts_with('\n') ? "\n" : "";
  return "[" + equals + "[" + std::string(guard) + std::string(text) + "]" + equals + "]";
}

std::string case_name(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                       std::string_view("_.=-").find(c) != std::string_view::npos;
    if (!plain) c = '-';
  }
  return out;
}

int gpus_of(const GridProduct& product) {
  return static_cast<int>(std::clamp(number(product, nullptr, "gpus", 0), 0LL, 1'000'000LL));
}

std::vector<std::string> case_labels(const GridProduct& product, const CaseContext& context) {
  std::vector<std::string> labels;
  for (const auto name : k_label_parameters) {
    if (name == "scope" && !product.scopes.empty()) {
      for (const auto* scope : product.scopes) add_once(labels, label(name, scope->rendered()));
    } else if (const auto* value = bound(product, name)) {
      add_once(labels, label(name, value->rendered()));
    }
  }
  if (const auto* own = product.recipe->document.find("labels")) {
    for (const auto& [name, value] : own->entries) {
      auto text = value.is_null() ? std::string{} : value.rendered();
      if (text.empty()) text = caller_label(context, name);
      if (!text.empty()) add_once(labels, label(name, text));
    }
  }
  for (const auto& text : context.labels) add_once(labels, text);
  return labels;
}

std::optional<std::chrono::seconds> case_timeout(const GridProduct& product,
                                                 const LauncherConfig& launcher) {
  const std::chrono::seconds limit{number(product, &launcher, "time_limit", 0)};
  if (launcher.type != "local" || limit <= std::chrono::seconds{0}) return std::nullopt;
  const auto repeats = std::max(1LL, number(product, nullptr, "n_repeat", 1));
  const std::chrono::seconds grace{
      number(product, &launcher, "kill_grace", k_default_kill_grace.count())};
  return attempts(product) * repeats * (limit + grace + k_attempt_margin) + k_driver_margin;
}

std::string case_commands(const GridProduct& product, const CaseContext& context) {
  const auto name = context.prefix + case_name(product.name());
  const auto quoted_name = cmake_quote(name);
  std::string out = "add_test(" + quoted_name + " " + cmake_quote(context.tool.string()) + " run " +
                    cmake_quote(product.recipe->file) + " --product " + cmake_quote(product.key) +
                    " --case " + quoted_name;
  for (const auto& argument : context.arguments) out += " " + cmake_quote(argument);
  if (context.builds != nullptr) {
    for (const auto& file : context.builds->files_for(product)) {
      out += " --builds " + cmake_quote(file);
    }
  }
  const auto nodes = std::max(1LL, number(product, context.launcher, "nodes", 1));
  const auto limit = std::max(1LL, number(product, context.launcher, "time_limit", 1));
  const auto timeout = case_timeout(product, *context.launcher).value_or(std::chrono::seconds{0});
  out += ")\nset_tests_properties(" + quoted_name + " PROPERTIES" +
         property("LABELS", cmake_quote(join(case_labels(product, context), ";"))) +
         property("SKIP_RETURN_CODE", "77") + property("COST", std::to_string(nodes * limit)) +
         property("TIMEOUT", std::to_string(timeout.count()));
  const auto gpus = gpus_of(product);
  if (context.launcher->type == "local" && gpus > 0 && gpus <= context.gpus) {
    out += property("RESOURCE_GROUPS", std::to_string(gpus) + ",gpus:1");
  }
  if (context.builds != nullptr) out += fixtures(product, *context.builds);
  return out + ")\n";
}

std::string red_case_commands(std::string_view name, const std::filesystem::path& text_file,
                              const std::vector<std::string>& labels) {
  const auto quoted_name = cmake_quote(name);
  std::string out = "add_test(" + quoted_name + R"( /bin/sh -c [=[cat "$1"; exit 2]=] sh )" +
                    cmake_quote(text_file.string()) + ")\n";
  if (!labels.empty()) {
    out += "set_tests_properties(" + quoted_name + " PROPERTIES LABELS " +
           cmake_quote(join(labels, ";")) + ")\n";
  }
  return out;
}

std::string red_case_text(const std::vector<std::string>& errors) {
  std::string out = join(errors, "\n\n");
  if (out.empty()) out = "no reason known";
  const auto first = out.substr(0, out.find('\n'));
  if (!out.ends_with('\n')) out += '\n';
  return out + "<CTestDetails>" + first + "</CTestDetails>\n";
}

std::vector<std::string> guess_labels(std::string_view recipe_text) {
  std::vector<std::string> labels;
  for (const auto& line : split(recipe_text, '\n')) {
    auto text = trim(line);
    if (text.starts_with("- ")) text = trim(text.substr(2));
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) continue;
    const auto name = trim(text.substr(0, colon));
    if (std::find(k_label_parameters.begin(), k_label_parameters.end(), name) ==
        k_label_parameters.end()) {
      continue;
    }
    auto values = text.substr(colon + 1);
    values = trim(values.substr(0, values.find(" #")));
    if (values.starts_with('[')) values.remove_prefix(1);
    if (values.ends_with(']')) values.remove_suffix(1);
    for (const auto& item : split(values, ',')) {
      auto value = trim(item);
      while (!value.empty() && (value.front() == '\'' || value.front() == '"')) {
        value.remove_prefix(1);
      }
      while (!value.empty() && (value.back() == '\'' || value.back() == '"')) {
        value.remove_suffix(1);
      }
      if (!value.empty()) add_once(labels, label(name, value));
    }
  }
  return labels;
}

}  // namespace assay
