#include "recipe/grid.h"

#include <algorithm>
#include <limits>

namespace assay {

namespace {

constexpr std::size_t k_most_points = 1'000'000;

InputError error_at(const Recipe& recipe, const Value& value, std::string message) {
  return {{recipe.file, value.line, value.column},
          std::move(message),
          line_of(*recipe.text, value.line)};
}

// The values an axis takes. `cadence` is a list by nature, never an axis.
std::vector<const Value*> axis_values(const std::string& name, const Value& value) {
  if (value.kind != Value::Kind::list || name == "cadence") return {&value};
  std::vector<const Value*> values;
  for (const auto& item : value.items) values.push_back(&item);
  return values;
}

void set_axis(GridBlock& block, const std::string& name, std::vector<const Value*> values) {
  for (auto& [known, old] : block.axes) {
    if (*known == name) {
      old = std::move(values);
      return;
    }
  }
  block.axes.emplace_back(&name, std::move(values));
}

void add_excludes(const Recipe& recipe, const Value& value, GridBlock& block) {
  if (value.is_null()) return;
  if (value.kind != Value::Kind::list)
    throw error_at(recipe, value, "expected a list for 'exclude'");
  for (const auto& item : value.items) {
    if (item.kind != Value::Kind::map || item.entries.empty()) {
      throw error_at(recipe, item, "expected a map of parameter values in 'exclude'");
    }
    block.excludes.push_back(&item);
  }
}

// The maps below a `products` value; none where it is missing, empty or all null.
std::vector<const Value*> maps_of(const Recipe& recipe, const Value* products) {
  std::vector<const Value*> maps;
  if (products == nullptr || products->is_null()) return maps;
  if (products->kind != Value::Kind::list) {
    throw error_at(recipe, *products, "expected a list of maps for 'products'");
  }
  for (const auto& item : products->items) {
    if (item.is_null()) continue;
    if (item.kind != Value::Kind::map) {
      throw error_at(recipe, item, "expected a map of parameter lists in 'products'");
    }
    maps.push_back(&item);
  }
  return maps;
}

void collect(const Recipe& recipe, const Value& map, GridBlock block,
             std::vector<GridBlock>& blocks) {
  block.line = map.line;
  for (const auto& [name, value] : map.entries) {
    if (name == "products") continue;
    if (name == "exclude") {
      add_excludes(recipe, value, block);
    } else {
      set_axis(block, name, axis_values(name, value));
    }
  }
  const auto children = maps_of(recipe, map.find("products"));
  if (children.empty()) blocks.push_back(std::move(block));
  for (const auto* child : children) collect(recipe, *child, block, blocks);
}

const Value* products_of(const Recipe& recipe) {
  if (recipe.type != RecipeType::compact) return recipe.document.find("products");
  const Value* arguments = recipe.document.find("script_args");
  return arguments == nullptr ? nullptr : arguments->find("products");
}

}  // namespace

std::size_t GridBlock::size() const {
  std::size_t product = 1;
  for (const auto& [name, values] : axes) {
    if (values.empty()) return 0;
    if (product > std::numeric_limits<std::size_t>::max() / values.size()) {
      return std::numeric_limits<std::size_t>::max();
    }
    product *= values.size();
  }
  return product;
}

std::vector<GridBlock> grid_of(const Recipe& recipe) {
  const Value* products = products_of(recipe);
  std::vector<GridBlock> blocks;
  for (const auto* map : maps_of(recipe, products)) collect(recipe, *map, {}, blocks);
  if (blocks.empty()) {
    GridBlock single;
    single.line = recipe.place.line;
    blocks.push_back(std::move(single));
  }
  std::size_t points = 0;
  for (const auto& block : blocks) {
    if (block.size() > k_most_points - std::min(points, k_most_points)) {
      throw error_at(recipe, *products, "this grid has more than a million products");
    }
    points += block.size();
  }
  return blocks;
}

bool is_excluded(const GridBlock& block,
                 const std::vector<std::pair<const std::string*, const Value*>>& bindings) {
  const auto holds = [&](const std::pair<std::string, Value>& entry) {
    for (const auto& [name, value] : bindings) {
      if (*name == entry.first) return value->rendered() == entry.second.rendered();
    }
    return false;
  };
  return std::any_of(block.excludes.begin(), block.excludes.end(), [&](const Value* exclude) {
    return std::all_of(exclude->entries.begin(), exclude->entries.end(), holds);
  });
}

}  // namespace assay
