// Recipes to products: the grid's points, their keys, and points that are one product.
#include <algorithm>
#include <unordered_map>

#include "recipe/grid.h"
#include "recipe/identity.h"
#include "recipe/recipe.h"

namespace assay {

namespace {

using Binding = std::pair<const std::string*, const Value*>;

// What every point of a recipe starts from: `spec`, or `script_args` of the compact format.
std::vector<Binding> base_bindings(const Recipe& recipe) {
  const bool compact = recipe.type == RecipeType::compact;
  const Value* base = recipe.document.find(compact ? "script_args" : "spec");
  std::vector<Binding> bindings;
  for (const auto& [name, value] : base->entries) {
    if (compact && name == "products") continue;
    // The compact format writes a single value as a list of one.
    const bool single = compact && value.kind == Value::Kind::list && value.items.size() == 1;
    bindings.emplace_back(&name, single ? value.items.data() : &value);
  }
  return bindings;
}

// The bindings' slot of each axis; axes that are new get one at the end.
std::vector<std::size_t> slots_for(const GridBlock& block, std::vector<Binding>& bindings) {
  std::vector<std::size_t> slots;
  for (const auto& [name, values] : block.axes) {
    const auto found = std::find_if(bindings.begin(), bindings.end(),
                                    [&](const Binding& each) { return *each.first == *name; });
    slots.push_back(static_cast<std::size_t>(found - bindings.begin()));
    if (found == bindings.end()) bindings.emplace_back(name, nullptr);
  }
  return slots;
}

bool same_but_for_scope(const GridProduct& a, const GridProduct& b) {
  if (a.bindings.size() != b.bindings.size()) return false;
  for (std::size_t i = 0; i < a.bindings.size(); ++i) {
    const auto& [name, value] = a.bindings[i];
    if (*name != *b.bindings[i].first) return false;
    if (*name == "scope" || *name == "cadence") continue;
    if (!(*value == *b.bindings[i].second)) return false;
  }
  return true;
}

const Value* find_binding(const GridProduct& product, std::string_view name) {
  for (const auto& [bound, value] : product.bindings) {
    if (*bound == name) return value;
  }
  return nullptr;
}

InputError collision(const Recipe& recipe, const GridProduct& first, const GridProduct& second) {
  std::string differing;
  for (const auto& [name, value] : second.bindings) {
    const Value* other = find_binding(first, *name);
    if (*name == "cadence" || (other != nullptr && *other == *value)) continue;
    differing = "; they differ in '" + *name + "' (" +
                (other == nullptr ? std::string("unset") : other->rendered()) + " and " +
                value->rendered() + "): ";
    differing += recipe.type == RecipeType::basic
                     ? "put {" + *name + "} into spec.name"
                     : "add '" + *name + ": " + *name + "' to key_segments";
    break;
  }
  const auto place = [&](int line) { return recipe.file + ":" + std::to_string(line); };
  const auto also = first.line == second.line
                        ? "more than one product of the grid here"
                        : "the products at " + place(first.line) + " and " + place(second.line);
  return {{recipe.file, second.line, 1},
          also + " have the key '" + second.key + "'" + differing,
          line_of(*recipe.text, second.line)};
}

// Adds points to products, putting together those that are one.
class Collector {
 public:
  Collector(const Recipe& recipe, std::vector<GridProduct>& products)
      : recipe_(recipe), products_(products) {}

  void add(GridProduct product) {
    const Value* scope = find_binding(product, "scope");
    const auto [found, is_new] = by_key_.try_emplace(product.key, products_.size());
    if (is_new) {
      if (scope != nullptr && !scope->is_null()) product.scopes.push_back(scope);
      products_.push_back(std::move(product));
      return;
    }
    GridProduct& known = products_[found->second];
    if (!same_but_for_scope(known, product)) throw collision(recipe_, known, product);
    const bool has_scope = std::any_of(known.scopes.begin(), known.scopes.end(),
                                       [&](const Value* each) { return *each == *scope; });
    if (scope != nullptr && !scope->is_null() && !has_scope) {
      known.scopes.push_back(scope);
    } else {
      known.repeated_at.push_back(product.line);
    }
  }

 private:
  const Recipe& recipe_;
  std::vector<GridProduct>& products_;
  std::unordered_map<std::string, std::size_t> by_key_;
};

std::vector<std::string> names_of(const std::vector<Binding>& bindings) {
  std::vector<std::string> names;
  for (const auto& [name, value] : bindings) names.push_back(*name);
  return names;
}

void expand_block(const std::shared_ptr<const Recipe>& recipe, const GridBlock& block,
                  Collector& collector) {
  auto bindings = base_bindings(*recipe);
  const auto slots = slots_for(block, bindings);
  const auto names = names_of(bindings);
  const KeyMaker keys(*recipe, names);
  std::vector<std::size_t> position(block.axes.size(), 0);
  for (std::size_t left = block.size(); left > 0; --left) {
    for (std::size_t i = 0; i < slots.size(); ++i) {
      bindings[slots[i]].second = block.axes[i].second[position[i]];
    }
    if (!is_excluded(block, bindings)) {
      GridProduct product;
      product.recipe = recipe;
      product.line = block.line;
      product.bindings = bindings;
      product.key = keys.key_of(product);
      collector.add(std::move(product));
    }
    for (std::size_t i = position.size(); i-- > 0;) {  // the last axis is the fastest
      if (++position[i] < block.axes[i].second.size()) break;
      position[i] = 0;
    }
  }
}

}  // namespace

std::vector<GridProduct> expand(const std::shared_ptr<const Recipe>& recipe) {
  std::vector<GridProduct> products;
  Collector collector(*recipe, products);
  for (const auto& block : grid_of(*recipe)) expand_block(recipe, block, collector);
  if (products.empty()) {
    const Value* grid = recipe->document.find("products");
    const int line = grid == nullptr ? recipe->place.line : grid->line;
    const int column = grid == nullptr ? recipe->place.column : grid->column;
    throw InputError({recipe->file, line, column}, "the grid is empty: it makes no product",
                     line_of(*recipe->text, line));
  }
  return products;
}

}  // namespace assay
