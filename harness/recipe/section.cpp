#include "recipe/section.h"

#include <algorithm>

#include "base/names.h"
#include "base/text.h"

namespace assay {

InputError Section::error(const Value& value, std::string message) const {
  return {place(value), std::move(message), line_of(*recipe_.text, value.line)};
}

InputError Section::error_at_key(const Value& value, std::string message) const {
  return {key_place(value), std::move(message), line_of(*recipe_.text, value.key_line)};
}

const Value* Section::bound(std::string_view name) const {
  for (const auto& [parameter, value] : product_.bindings) {
    if (*parameter == name) return value;
  }
  return nullptr;
}

bool is_bound(const GridProduct& product, const std::pair<std::string, Value>& entry) {
  const auto& [name, wanted] = entry;
  const auto is_wanted = [&](const Value* value) { return value->rendered() == wanted.rendered(); };
  if (name == "scope" && product.scopes.size() > 1) {
    return std::any_of(product.scopes.begin(), product.scopes.end(), is_wanted);
  }
  return std::any_of(product.bindings.begin(), product.bindings.end(), [&](const auto& binding) {
    return *binding.first == name && is_wanted(binding.second);
  });
}

bool Section::identifies(const Value* product_identifier) const {
  if (product_identifier == nullptr || product_identifier->is_null()) return true;
  const auto holds = [&](const std::pair<std::string, Value>& entry) {
    return entry.first == "target" ? launcher_.name == entry.second.rendered()
                                   : is_bound(product_, entry);
  };
  return std::all_of(product_identifier->entries.begin(), product_identifier->entries.end(), holds);
}

double Section::number(const Value& value, std::string_view field) const {
  auto text = value.text;
  if (value.kind == Value::Kind::real && text.starts_with('.')) text = text.substr(1);  // .inf
  const auto number = value.is_scalar() ? parse_number(text) : std::nullopt;
  if (!number) {
    throw error(value,
                "'" + std::string(field) + "' must be a number, not '" + value.rendered() + "'");
  }
  return *number;
}

long long Section::integer(const Value& value, std::string_view field) const {
  const auto number = value.is_scalar() ? parse_integer(value.text) : std::nullopt;
  if (!number) {
    throw error(value, "'" + std::string(field) + "' must be a whole number, not '" +
                           value.rendered() + "'");
  }
  return *number;
}

int Section::exit_code(const Value& value, std::string_view field) const {
  const auto code = integer(value, field);
  if (code < 0 || code > 255) throw error(value, "an exit code is 0 to 255");
  return static_cast<int>(code);
}

const Value* find_set(const Value& map, std::string_view name) {
  const Value* value = map.find(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::string text_of(const Value& map, std::string_view name) {
  const Value* value = find_set(map, name);
  return value == nullptr ? std::string{} : value->rendered();
}

std::vector<std::string> texts_of(const Value* value) {
  std::vector<std::string> texts;
  if (value == nullptr || value->is_null()) return texts;
  if (value->is_scalar()) return {value->rendered()};
  for (const auto& item : value->items) texts.push_back(item.rendered());
  return texts;
}

// Those of the metric readers (a test holds them together).
const std::vector<std::string>& logger_names() {
  static const std::vector<std::string> k_names{"stdout", "tensorboard", "dllogger", "extra", "csv",
                                                "jsonl",  "json",        "wandb",    "mlflow"};
  return k_names;
}

std::optional<Goal> read_goal(const Section& section, const Value& map) {
  const Value* value = find_set(map, "goal");
  if (value == nullptr) return std::nullopt;
  const auto name = value->rendered();
  if (name == "maximize") return Goal::maximize;
  if (name == "minimize") return Goal::minimize;
  throw section.error(*value, unknown_name("goal", name, {"maximize", "minimize"}));
}

}  // namespace assay
