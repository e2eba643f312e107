#include "recipe/identity.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "recipe/placeholder.h"

namespace assay {

namespace {

constexpr std::array<std::string_view, 5> k_bare{"model", "variant", "build", "scope", "precision"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> k_prefixed{{
    {"nodes", "nodes-"},
    {"gpus", "gpus-"},
    {"batch_size", "bs-"},
    {"steps", "steps-"},
    {"tp_size", "tp-"},
    {"pp_size", "pp-"},
}};

// `False` or 0 takes a key out of the identity.
bool removes(const Value& alias) {
  return (alias.kind == Value::Kind::boolean && alias.rendered() == "False") ||
         (alias.kind == Value::Kind::integer && alias.text == "0");
}

bool is_truthy(const Value& alias) {
  return !alias.is_null() && !removes(alias) && !alias.rendered().empty();
}

// The name a key has in the identity: its alias, or its own where the alias is just `True`.
std::string alias_of(const std::string& name, const Value& alias) {
  return alias.kind == Value::Kind::boolean ? name : alias.text;
}

const Value* alias_for(const Value* key_segments, std::string_view name) {
  return key_segments == nullptr ? nullptr : key_segments->find(name);
}

InputError error_at(const Recipe& recipe, const Value& value, std::string message) {
  return {{recipe.file, value.line, value.column},
          std::move(message),
          line_of(*recipe.text, value.line)};
}

std::string rendered_name(const Recipe& recipe, const GridProduct& product) {
  PlaceholderScope scope;
  const Value* name = nullptr;
  for (const auto& [parameter, value] : product.bindings) {
    scope.add(*parameter, value);
    if (*parameter == "name") name = value;
  }
  if (name == nullptr || name->is_null()) {
    const Value* spec = recipe.document.find("spec");
    throw error_at(recipe, spec == nullptr ? recipe.document : *spec,
                   "spec has no 'name', which is what this recipe's type is known by");
  }
  return render_placeholders(name->rendered(), scope,
                             {recipe.file, *recipe.text, name->line, name->column});
}

}  // namespace

std::string slug(std::string_view text) {
  std::string out;
  bool in_run = false;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool keeps = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (keeps) out += c;
    if (!keeps && !in_run) out += '-';
    in_run = !keeps;
  }
  return out;
}

KeyMaker::KeyMaker(const Recipe& recipe, const std::vector<std::string>& names)
    : recipe_(recipe), names_(names) {
  const Value* key_segments = recipe.document.find("key_segments");
  if (key_segments != nullptr && key_segments->is_null()) key_segments = nullptr;
  if (key_segments != nullptr && key_segments->kind != Value::Kind::map) {
    throw error_at(recipe, *key_segments, "expected a map of parameter names for 'key_segments'");
  }
  if (key_segments != nullptr) {
    for (const auto& [name, alias] : key_segments->entries) {
      if (!alias.is_scalar()) {
        throw error_at(recipe, alias, "expected a text or False for key segment '" + name + "'");
      }
    }
  }
  switch (recipe.type) {
    case RecipeType::recipe:
      start_ = "recipe/";
      choose_default_segments(key_segments);
      if (key_segments != nullptr) choose_named_segments(*key_segments);
      break;
    case RecipeType::compact:
      start_ = "recipe/" + std::filesystem::path(recipe.file).stem().string();
      choose_compact_segments(key_segments);
      break;
    case RecipeType::basic:
      start_ = "basic/";
      break;
    case RecipeType::build:
      start_ = "build/";
      break;
  }
}

void KeyMaker::add(const std::string& name, std::string prefix) {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) return;
  segments_.push_back({std::move(prefix), static_cast<std::size_t>(found - names_.begin())});
}

// A default key stands in its usual place unless key_segments removes or renames it.
void KeyMaker::choose_default_segments(const Value* key_segments) {
  const auto is_default = [&](std::string_view name) {
    const auto* alias = alias_for(key_segments, name);
    return alias == nullptr || (!removes(*alias) && !is_truthy(*alias));
  };
  for (const auto name : k_bare) {
    if (is_default(name)) add(std::string(name), "");
  }
  for (const auto& [name, prefix] : k_prefixed) {
    if (is_default(name)) add(std::string(name), std::string(prefix));
  }
}

void KeyMaker::choose_named_segments(const Value& key_segments) {
  std::vector<std::pair<std::string, std::string>> aliases;  // alias, name
  for (const auto& [name, alias] : key_segments.entries) {
    if (is_truthy(alias)) aliases.emplace_back(alias_of(name, alias), name);
  }
  std::stable_sort(aliases.begin(), aliases.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [alias, name] : aliases) add(name, alias + "-");
}

// All arguments sorted by name; the file's stem stands before them.
void KeyMaker::choose_compact_segments(const Value* key_segments) {
  auto sorted = names_;
  std::sort(sorted.begin(), sorted.end());
  for (const auto& name : sorted) {
    const auto* alias = alias_for(key_segments, name);
    if (alias != nullptr && removes(*alias)) continue;
    const auto shown = alias != nullptr && is_truthy(*alias) ? alias_of(name, *alias) : name;
    add(name, shown + "-");
  }
}

std::string KeyMaker::key_of(const GridProduct& product) const {
  if (recipe_.type == RecipeType::basic) return start_ + slug(rendered_name(recipe_, product));
  if (recipe_.type == RecipeType::build) return start_ + rendered_name(recipe_, product);
  std::string key = start_;
  bool first = recipe_.type != RecipeType::compact;
  for (const auto& segment : segments_) {
    const Value& value = *product.bindings[segment.index].second;
    if (value.is_null()) continue;
    const auto text = slug(value.rendered());
    if (text.empty()) continue;
    if (!first) key += '_';
    first = false;
    key += segment.prefix;
    key += text;
  }
  if (key == "recipe/") {
    throw error_at(recipe_, recipe_.document,
                   "this recipe has no identity: spec and products set none of model, variant, "
                   "build, scope, precision, ..., and key_segments names no other parameter");
  }
  return key;
}

}  // namespace assay
