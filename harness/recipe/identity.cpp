#include "recipe/identity.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <unordered_map>

#include "recipe/placeholder.h"
#include "recipe/python_value.h"

namespace assay {

namespace {

// Directories and test cases are called so; the longest seen in public recipes has 111 bytes.
constexpr std::size_t k_longest_key_bytes = 1000;
constexpr std::size_t k_shown_bytes = 60;  // of one that is longer

constexpr std::array<std::string_view, 5> k_bare{"model", "variant", "build", "scope", "precision"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> k_prefixed{
    {{"nodes", "nodes-"},
     {"gpus", "gpus-"},
     {"batch_size", "bs-"},
     {"steps", "steps-"},
     {"tp_size", "tp-"},
     {"pp_size", "pp-"}}};

const Value* bound(const Bindings& bindings, std::string_view name) {
  const auto found =
      std::ranges::find_if(bindings, [&](const auto& b) { return *b.first == name; });
  return found == bindings.end() ? nullptr : found->second;
}

// False and 0 leave the parameter out; True means its own name.
std::string alias_of(const std::string& parameter, const Value& alias) {
  if (!is_truthy(alias)) return {};
  return alias.kind == Value::Kind::boolean ? parameter : alias.text;
}

// A key without a value is as if it were not there.
bool is_said(const Value& alias) { return !alias.is_null() && !alias.rendered().empty(); }

}  // namespace

bool is_top_of_compact(std::string_view name) {
  return name == "scope" || name == "time_limit" || name == "script" || name == "artifacts";
}

std::string slug(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_run = false;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool is_kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_kept) {
      out += c;
    } else if (!in_run) {
      out += '-';
    }
    in_run = !is_kept;
  }
  return out;
}

InputError error_at(const Recipe& recipe, const Value& at, const std::string& message) {
  return {{recipe.file, at.line, at.column}, message, line_of(*recipe.text, at.line)};
}

Identity::Identity(const Recipe& recipe) : recipe_(recipe) {
  if (const Value* named = recipe.document.find("key_segments")) {
    for (const auto& [parameter, alias] : named->entries) {
      if (!alias.is_scalar()) {
        throw error_at(recipe, alias, "expected a text or False for '" + parameter + "'");
      }
      if (is_said(alias)) aliases_[parameter] = alias_of(parameter, alias);
    }
  }
  if (recipe.type == RecipeType::compact) {
    for (const auto& [name, value] : recipe.document.find("script_args")->entries) {
      if (name != "products") arguments_.insert(name);
      const Value* alias = value.kind == Value::Kind::map ? value.find("key_segment") : nullptr;
      if (alias != nullptr && is_said(*alias)) aliases_[name] = alias_of(name, *alias);
    }
  } else if (recipe.type == RecipeType::recipe) {
    add_default_segments();
    add_named_segments();
  }
}

// A default that key_segments leaves out is gone; one that it renames stands among the named.
void Identity::add_default_segments() {
  for (const auto name : k_bare) {
    if (aliases_.contains(std::string(name))) continue;
    segments_.push_back({std::string(name), "", true, name == "build"});
  }
  for (const auto& [name, prefix] : k_prefixed) {
    if (aliases_.contains(std::string(name))) continue;
    segments_.push_back({std::string(name), std::string(prefix), true});
  }
}

void Identity::add_named_segments() {
  std::vector<std::pair<std::string, std::string>> named;  // alias, parameter
  for (const auto& [parameter, alias] : aliases_) {
    if (!alias.empty()) named.emplace_back(alias, parameter);
  }
  std::ranges::sort(named);
  for (const auto& [alias, parameter] : named) {
    segments_.push_back({parameter, alias + "-", false, parameter == "build"});
  }
}

// All arguments by name; what stands at the document's top is none.
void Identity::set_compact_names(const Bindings& bindings) {
  segments_.clear();
  for (std::size_t i = 0; i < bindings.size(); ++i) {
    const std::string& name = *bindings[i].first;
    if (is_top_of_compact(name) && !arguments_.contains(name)) continue;
    const auto alias = aliases_.find(name);
    const auto& shown = alias == aliases_.end() ? name : alias->second;
    if (!shown.empty()) segments_.push_back({name, shown + "-", false, false, i, true});
  }
  std::ranges::sort(segments_, {}, &Segment::parameter);
}

void Identity::set_names(const Bindings& bindings) {
  if (recipe_.type == RecipeType::compact) return set_compact_names(bindings);
  std::unordered_map<std::string_view, std::size_t> positions;
  if (!segments_.empty()) {
    for (std::size_t i = 0; i < bindings.size(); ++i) positions[*bindings[i].first] = i;
  }
  for (auto& segment : segments_) {
    const auto found = positions.find(segment.parameter);
    segment.is_bound = found != positions.end();
    if (segment.is_bound) segment.position = found->second;
  }
}

std::string Identity::joined_segments(const Bindings& bindings) const {
  std::string out;
  if (recipe_.type == RecipeType::compact) {
    out = std::filesystem::path(recipe_.file).stem().string();
  }
  for (const auto& segment : segments_) {
    if (!segment.is_bound) continue;
    const Value& value = *bindings[segment.position].second;
    if (value.is_null()) continue;
    const auto text = segment.is_rendered ? rendered(value, bindings) : value.rendered();
    if (segment.is_default && text.empty()) continue;
    if (!out.empty()) out += '_';
    out += segment.prefix;
    out += slug(text);
  }
  return out;
}

std::size_t Identity::rendered_bytes(const Bindings& bindings) {
  std::size_t bytes = 0;
  for (const auto* name : {"name", "build"}) {
    const Value* text = bound(bindings, name);
    if (text != nullptr) bytes += text->text.size();
  }
  return bytes;
}

std::string Identity::rendered(const Value& text, const Bindings& bindings) const {
  if (text.text.find_first_of("{}") == std::string::npos) return text.rendered();
  PlaceholderScope scope;
  for (const auto& [name, value] : bindings) scope.add(*name, value);
  return render_placeholders(text.text, scope,
                             {recipe_.file, *recipe_.text, text.line, text.column});
}

std::string Identity::key(const Bindings& bindings) const {
  auto key = key_of_type(bindings);
  if (key.size() <= k_longest_key_bytes) return key;
  throw InputError(recipe_.place,
                   "the key that starts with '" + key.substr(0, k_shown_bytes) + "' has " +
                       std::to_string(key.size()) + " bytes; at most " +
                       std::to_string(k_longest_key_bytes) + " can be a name",
                   line_of(*recipe_.text, recipe_.place.line));
}

std::string Identity::key_of_type(const Bindings& bindings) const {
  if (recipe_.type == RecipeType::recipe || recipe_.type == RecipeType::compact) {
    auto name = joined_segments(bindings);
    if (!name.empty()) return "recipe/" + name;
    throw InputError(recipe_.place, "the product has no key: none of its key's parameters is set",
                     line_of(*recipe_.text, recipe_.place.line));
  }
  const Value* name = bound(bindings, "name");
  if (name == nullptr || name->is_null()) {
    throw InputError(recipe_.place,
                     "'type: basic' takes its key from 'spec.name', and there is none",
                     line_of(*recipe_.text, recipe_.place.line));
  }
  const auto text = rendered(*name, bindings);
  if (text.empty()) throw error_at(recipe_, *name, "the rendered name is empty");
  return recipe_.type == RecipeType::build ? "build/" + text : "basic/" + slug(text);
}

std::string Identity::how_to_add(const std::string& parameter) const {
  switch (recipe_.type) {
    case RecipeType::basic:
    case RecipeType::build:
      return "put {" + parameter + "} into 'spec.name'";
    case RecipeType::recipe:
    case RecipeType::compact:
      break;
  }
  return "add '" + parameter + ": " + parameter + "' to 'key_segments'";
}

}  // namespace assay
