#include "recipe/filter.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace assay {

namespace {

constexpr std::string_view k_spec = "spec.";
constexpr std::string_view k_labels = "labels.";

const Value* entry_of(const Value& map, std::string_view path) {
  const auto dot = path.find('.');
  const Value* found = map.find(path.substr(0, dot));
  if (found == nullptr || dot == std::string_view::npos) return found;
  return entry_of(*found, path.substr(dot + 1));
}

// What the paths of a filter mean for one product.
class ProductNames : public Names {
 public:
  explicit ProductNames(const GridProduct& product) : product_(product) {}

  const Value* find(std::string_view path, Value& scratch) const override {
    if (path.starts_with(k_spec)) return in_spec(path.substr(k_spec.size()), scratch);
    if (path.starts_with(k_labels)) return label(path.substr(k_labels.size()), scratch);
    const std::string_view key = product_.key;
    if (path == "key") return &(scratch = Value::of_string(product_.key));
    if (path != "type") return nullptr;
    return &(scratch = Value::of_string(std::string(key.substr(0, key.find('/')))));
  }

 private:
  const Value* in_spec(std::string_view path, Value& scratch) const {
    if (path == "scope" && product_.scopes.size() > 1) {
      scratch = Value{};
      scratch.kind = Value::Kind::list;
      for (const Value* scope : product_.scopes) scratch.items.push_back(*scope);
      return &scratch;
    }
    const auto dot = path.find('.');
    const auto name = path.substr(0, dot);
    for (const auto& [bound, value] : product_.bindings) {
      if (*bound != name) continue;
      return dot == std::string_view::npos ? value : entry_of(*value, path.substr(dot + 1));
    }
    const Value& document = product_.recipe->document;
    if (product_.recipe->type == RecipeType::compact) return entry_of(document, path);
    const Value* spec = document.find("spec");
    return spec == nullptr ? nullptr : entry_of(*spec, path);
  }

  // Labels are strings, whatever YAML makes of them.
  const Value* label(std::string_view name, Value& scratch) const {
    const Value* labels = product_.recipe->document.find("labels");
    const Value* found = labels == nullptr ? nullptr : labels->find(name);
    if (found == nullptr) return nullptr;
    return &(scratch = Value::of_string(found->text));
  }

  const GridProduct& product_;
};

bool has_path(const GridProduct& product, std::string_view path) {
  Value scratch;
  return ProductNames(product).find(path, scratch) != nullptr;
}

// Every path that some product has, once.
std::vector<std::string> known_paths(std::span<const GridProduct> products) {
  std::set<std::string> paths{"type", "key"};
  const Recipe* last = nullptr;
  for (const auto& product : products) {
    for (const auto& [name, value] : product.bindings) paths.insert(std::string(k_spec) + *name);
    if (product.recipe.get() == last) continue;
    last = product.recipe.get();
    if (const Value* labels = last->document.find("labels")) {
      for (const auto& [name, value] : labels->entries) {
        paths.insert(std::string(k_labels) + name);
      }
    }
  }
  return {paths.begin(), paths.end()};
}

bool is_path(std::string_view path) {
  const auto below = [&](std::string_view root) {
    return path.starts_with(root) && path.size() > root.size();
  };
  return path == "type" || path == "key" || below(k_spec) || below(k_labels);
}

std::string suggestion(const std::string& path) {
  auto near = did_you_mean(path, {"type", "key"});
  if (!near.empty()) return near;
  const auto dot = path.find('.');
  const auto root = path.substr(0, dot);
  const auto near_root = nearest_name(root, {"spec", "labels"});
  if (dot != std::string::npos && !near_root.empty()) {
    return "; did you mean '" + near_root + path.substr(dot) + "'?";
  }
  if (dot == std::string::npos)
    return "; did you mean 'spec." + path + "' or '" + path + "' in quotes?";
  return "; a path is type, key, spec.NAME or labels.NAME";
}

}  // namespace

void Filter::fail(std::size_t offset, const std::string& message) const {
  const auto before = std::string_view(text_).substr(0, offset);
  const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const int line = 1 + static_cast<int>(std::ranges::count(before, '\n'));
  const int column = static_cast<int>(before.size() - line_start) + 1;
  throw InputError({origin_, line, column}, message, line_of(text_, line));
}

Filter Filter::parse(std::string expression, std::string origin) {
  Filter filter(std::move(expression), std::move(origin));
  try {
    filter.expression_ = Expression::parse(filter.text_, Grammar::filter);
  } catch (const ExpressionError& error) {
    filter.fail(error.offset(), std::string("bad filter expression: ") + error.what());
  }
  for (const auto& use : filter.expression_.uses()) {
    if (is_path(use.name)) continue;
    filter.fail(use.offset, "unknown path '" + use.name + "'" + suggestion(use.name));
  }
  return filter;
}

bool Filter::matches(const GridProduct& product) const {
  return expression_.is_true(ProductNames(product));
}

void Filter::check_paths(std::span<const GridProduct> products) const {
  if (products.empty()) return;
  for (const auto& use : expression_.uses()) {
    const bool known = std::ranges::any_of(
        products, [&](const GridProduct& product) { return has_path(product, use.name); });
    if (known) continue;
    fail(use.offset,
         "no product has '" + use.name + "'" + did_you_mean(use.name, known_paths(products)));
  }
}

}  // namespace assay
