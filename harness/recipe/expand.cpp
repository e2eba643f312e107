#include <algorithm>
#include <limits>
#include <unordered_map>

#include "recipe/identity.h"
#include "recipe/recipe.h"

namespace assay {

namespace {

constexpr std::size_t k_products_limit = 250'000;
// Of all products together: sixteen bytes each.
constexpr std::size_t k_bindings_limit = 10'000'000;
// What else products cost together, far above what people write.
constexpr std::size_t k_key_bytes_limit = std::size_t{64} << 20U;
constexpr std::size_t k_rendered_bytes_limit = std::size_t{64} << 20U;
constexpr std::size_t k_comparisons_limit = 20'000'000;  // with entries of `exclude`
// Of one product that several grid maps make.
constexpr std::size_t k_repeats_limit = 1'000;
constexpr std::size_t k_cadences_limit = 100;

// A parameter's values. A scalar or a map counts as a list of one, and so does `cadence`.
struct Axis {
  const std::string* name;
  const Value* values;
  bool is_whole = false;

  bool is_list() const { return !is_whole && values->kind == Value::Kind::list; }
  std::size_t size() const { return is_list() ? values->items.size() : 1; }
  const Value* at(std::size_t i) const { return is_list() ? &values->items[i] : values; }
};

// What a grid map has of its own and from the maps around it.
struct Grid {
  int line = 0;
  int column = 0;
  std::vector<Axis> axes;
  std::vector<const Value*> excludes;
};

// The maps of a list; one map counts as a list of one, and null items do not count.
std::vector<const Value*> maps_of(const Recipe& recipe, const Value* value, const char* name) {
  std::vector<const Value*> maps;
  if (value == nullptr || value->is_null()) return maps;
  if (value->kind == Value::Kind::map) return {value};
  if (value->is_scalar()) {
    throw error_at(recipe, *value, "'" + std::string(name) + "' must be a list of maps");
  }
  for (const auto& item : value->items) {
    if (item.is_null()) continue;
    if (item.kind != Value::Kind::map) {
      throw error_at(recipe, item, "each item of '" + std::string(name) + "' must be a map");
    }
    maps.push_back(&item);
  }
  return maps;
}

// Compared as text, except that null equals only null.
bool is_same_text(const Value& left, const Value& right) {
  if (left.is_null() != right.is_null()) return false;
  const auto is_plain = [](const Value& value) {
    return value.is_scalar() && value.kind != Value::Kind::boolean;
  };
  if (is_plain(left) && is_plain(right)) return left.text == right.text;
  return left.rendered() == right.rendered();
}

class Expansion {
 public:
  explicit Expansion(const std::shared_ptr<const Recipe>& recipe)
      : recipe_(recipe), identity_(*recipe) {}

  std::vector<GridProduct> run() {
    bind_spec();
    const Value& document = recipe_->document;
    Grid grid{recipe_->place.line, recipe_->place.column, {}, {}};
    if (recipe_->type == RecipeType::compact) {
      add_map(*document.find("script_args"), std::move(grid));
    } else {
      add_maps(maps_of(*recipe_, document.find("products"), "products"), grid);
    }
    if (products_.empty()) {
      throw error_at(*recipe_, place_of_products(),
                     "the grid is empty: 'exclude' drops every point");
    }
    return std::move(products_);
  }

 private:
  void bind_spec() {
    const auto bind = [&](const std::string& name, const Value& value) {
      spec_positions_.emplace(name, spec_.size());
      spec_.emplace_back(&name, &value);
    };
    if (recipe_->type == RecipeType::compact) {
      for (const auto& [name, value] : recipe_->document.entries) {
        if (is_top_of_compact(name)) bind(name, value);
      }
      return;
    }
    const Value* spec = recipe_->document.find("spec");
    if (spec == nullptr) return;
    for (const auto& [name, value] : spec->entries) bind(name, value);
  }

  Value place_of_products() const {
    const Value* products = recipe_->document.find("products");
    if (products != nullptr) return *products;
    Value place;
    place.line = recipe_->place.line;
    place.column = recipe_->place.column;
    return place;
  }

  void add_maps(const std::vector<const Value*>& maps, const Grid& around) {
    if (maps.empty()) add_points(around);
    for (const Value* map : maps) add_map(*map, around);
  }

  void add_map(const Value& map, Grid grid) {
    grid.line = map.line;
    grid.column = map.column;
    spend(grid.axes.size());
    std::unordered_map<std::string_view, std::size_t> positions;
    for (std::size_t i = 0; i < grid.axes.size(); ++i) positions.emplace(*grid.axes[i].name, i);
    for (const auto& [name, value] : map.entries) {
      if (name == "products") continue;
      if (name == "exclude") {
        for (const Value* exclude : maps_of(*recipe_, &value, "exclude"))
          grid.excludes.push_back(exclude);
      } else {
        const Axis axis{&name, argument(value), name == "cadence"};
        const auto [known, is_new] = positions.try_emplace(name, grid.axes.size());
        if (is_new) {
          grid.axes.push_back(axis);
        } else {
          grid.axes[known->second] = axis;
        }
      }
    }
    add_maps(maps_of(*recipe_, map.find("products"), "products"), grid);
  }

  // The compact format's `{value: V, key_segment: K}` stands for V.
  const Value* argument(const Value& value) const {
    if (recipe_->type != RecipeType::compact || value.kind != Value::Kind::map) return &value;
    for (const auto& [name, entry] : value.entries) {
      if (name == "value" || name == "key_segment") continue;
      throw InputError({recipe_->file, entry.key_line, entry.key_column},
                       "unknown key '" + name + "' of an argument; there are value and key_segment",
                       line_of(*recipe_->text, entry.key_line));
    }
    const Value* inner = value.find("value");
    if (inner == nullptr) throw error_at(*recipe_, value, "an argument in this form needs 'value'");
    return inner;
  }

  void spend(std::size_t bindings) {
    bindings_ += bindings;
    if (bindings_ > k_bindings_limit) {
      fail_too_large("its products have more than " + std::to_string(k_bindings_limit) +
                     " parameters in all");
    }
  }

  [[noreturn]] void fail_too_large(const std::string& why) const {
    throw error_at(*recipe_, place_of_products(), "the grid is too large: " + why);
  }

  // Checked before the points of a grid are looked at one by one.
  void check_work(const Grid& grid, const Bindings& bindings, std::size_t comparisons) {
    std::size_t points = 1;
    for (const auto& axis : grid.axes) points *= axis.size();  // check_size() has limited it
    comparisons_ += points * comparisons;
    if (comparisons_ > k_comparisons_limit) {
      fail_too_large("'exclude' takes more than " + std::to_string(k_comparisons_limit) +
                     " comparisons");
    }
    // One that a point replaces may be longer, and is a point of its own.
    rendered_bytes_ += points * Identity::rendered_bytes(bindings);
    for (const auto& axis : grid.axes) {
      if (*axis.name != "name" && *axis.name != "build") continue;
      for (std::size_t i = 0; i < axis.size(); ++i) {
        rendered_bytes_ += points / axis.size() * axis.at(i)->text.size();
      }
    }
    if (rendered_bytes_ > k_rendered_bytes_limit) {
      fail_too_large("its names are made of more than " +
                     std::to_string(k_rendered_bytes_limit >> 20U) + " MiB of text");
    }
  }

  // Checked before any product is made.
  void check_size(const Grid& grid, std::size_t names) {
    std::size_t points = 1;
    for (const auto& axis : grid.axes) {
      if (axis.size() == 0) {
        throw error_at(*recipe_, *axis.values,
                       "the grid is empty: '" + *axis.name + "' has no values");
      }
      points = std::min(points * std::min(axis.size(), k_products_limit + 1), k_products_limit + 1);
    }
    if (products_.size() + points > k_products_limit) {
      Value at;
      at.line = grid.line;
      at.column = grid.column;
      throw error_at(*recipe_, at,
                     "the grid has more than " + std::to_string(k_products_limit) + " products");
    }
    spend(points * names);
  }

  void add_points(const Grid& grid) {
    Bindings bindings = spec_;
    std::vector<std::size_t> positions;
    for (const auto& axis : grid.axes) {
      const auto known = spec_positions_.find(*axis.name);
      positions.push_back(known == spec_positions_.end() ? bindings.size() : known->second);
      if (known == spec_positions_.end()) bindings.emplace_back(axis.name, axis.values);
    }
    check_size(grid, bindings.size());
    identity_.set_names(bindings);
    const auto excludes = bound_excludes(grid, bindings);
    check_work(grid, bindings, comparisons_of(excludes));
    std::vector<std::size_t> digits(grid.axes.size(), 0);
    do {
      for (std::size_t i = 0; i < digits.size(); ++i) {
        bindings[positions[i]].second = grid.axes[i].at(digits[i]);
      }
      if (!is_excluded(excludes, bindings)) add_product(grid, bindings);
    } while (advance(grid, digits));
  }

  // The last axis is the fastest. False after the last point.
  static bool advance(const Grid& grid, std::vector<std::size_t>& digits) {
    for (std::size_t i = digits.size(); i-- > 0;) {
      if (++digits[i] < grid.axes[i].size()) return true;
      digits[i] = 0;
    }
    return false;
  }

  using Exclude = std::vector<std::pair<std::size_t, const Value*>>;  // position, value or values

  std::vector<Exclude> bound_excludes(const Grid& grid, const Bindings& bindings) const {
    std::vector<Exclude> excludes;
    if (grid.excludes.empty()) return excludes;
    std::unordered_map<std::string_view, std::size_t> positions;
    for (std::size_t i = 0; i < bindings.size(); ++i) positions.emplace(*bindings[i].first, i);
    for (const Value* map : grid.excludes) {
      Exclude exclude;
      for (const auto& [name, value] : map->entries) {
        const auto found = positions.find(name);
        if (found == positions.end()) fail_unknown_exclude(name, value, bindings);
        exclude.emplace_back(found->second, &value);
      }
      if (!exclude.empty()) excludes.push_back(std::move(exclude));
    }
    return excludes;
  }

  static std::size_t comparisons_of(const std::vector<Exclude>& excludes) {
    std::size_t count = 0;
    for (const auto& exclude : excludes) {
      for (const auto& [position, wanted] : exclude) {
        count += std::max<std::size_t>(1, wanted->items.size());
      }
    }
    return count;
  }

  [[noreturn]] void fail_unknown_exclude(const std::string& name, const Value& value,
                                         const Bindings& bindings) const {
    std::vector<std::string> known;
    for (const auto& binding : bindings) known.push_back(*binding.first);
    throw InputError({recipe_->file, value.key_line, value.key_column},
                     "no product has the parameter '" + name + "'" + did_you_mean(name, known),
                     line_of(*recipe_->text, value.key_line));
  }

  static bool is_excluded(const std::vector<Exclude>& excludes, const Bindings& bindings) {
    const auto matches = [&](const std::pair<std::size_t, const Value*>& entry) {
      const Value& value = *bindings[entry.first].second;
      const Value& wanted = *entry.second;
      if (wanted.kind != Value::Kind::list) return is_same_text(value, wanted);
      return std::ranges::any_of(wanted.items,
                                 [&](const Value& item) { return is_same_text(value, item); });
    };
    return std::ranges::any_of(
        excludes, [&](const Exclude& exclude) { return std::ranges::all_of(exclude, matches); });
  }

  void add_product(const Grid& grid, const Bindings& bindings) {
    GridProduct product;
    product.key = identity_.key(bindings);
    key_bytes_ += product.key.size();
    if (key_bytes_ > k_key_bytes_limit) {
      fail_too_large("its keys have more than " + std::to_string(k_key_bytes_limit >> 20U) +
                     " MiB in all");
    }
    const auto [same, is_new] = by_key_.try_emplace(product.key, products_.size());
    product.recipe = recipe_;
    product.line = grid.line;
    product.bindings = bindings;
    add_scopes(product);
    if (is_new) {
      products_.push_back(std::move(product));
    } else {
      merge(products_[same->second], product);
    }
  }

  static const Value* find(const GridProduct& product, std::string_view name) {
    for (const auto& [bound, value] : product.bindings) {
      if (*bound == name) return value;
    }
    return nullptr;
  }

  static void add_scopes(GridProduct& product) {
    const Value* scope = find(product, "scope");
    if (scope == nullptr || scope->is_null()) return;
    if (scope->kind != Value::Kind::list) product.scopes.push_back(scope);
    for (const auto& item : scope->items) product.scopes.push_back(&item);
  }

  // The name of the first parameter that differs; null when the products are the same. A parameter
  // that only one of them has differs unless it is null.
  static const std::string* difference(const GridProduct& left, const GridProduct& right) {
    const auto one_way = [](const GridProduct& a, const GridProduct& b) -> const std::string* {
      std::unordered_map<std::string_view, const Value*> others;
      for (const auto& [name, value] : b.bindings) others.emplace(*name, value);
      for (const auto& [name, value] : a.bindings) {
        if (*name == "scope" || *name == "cadence") continue;
        const auto found = others.find(*name);
        const Value* other = found == others.end() ? nullptr : found->second;
        const bool is_same = other == nullptr ? value->is_null() : *other == *value;
        if (!is_same) return name;
      }
      return nullptr;
    };
    const std::string* found = one_way(left, right);
    return found != nullptr ? found : one_way(right, left);
  }

  // The same point under another scope joins the first; another point is an error.
  void merge(GridProduct& first, const GridProduct& again) const {
    if (const std::string* name = difference(first, again)) {
      Value at;
      at.line = again.line;
      at.column = 1;
      throw error_at(*recipe_, at, collision(first, again, *name));
    }
    if (first.repeated_at.size() + first.scopes.size() >= k_repeats_limit) {
      Value at;
      at.line = again.line;
      at.column = 1;
      throw error_at(
          *recipe_, at,
          "'" + first.key + "' is made more than " + std::to_string(k_repeats_limit) + " times");
    }
    const auto scopes_before = first.scopes.size();
    for (const Value* scope : again.scopes) {
      const bool is_known =
          std::ranges::any_of(first.scopes, [&](const Value* known) { return *known == *scope; });
      if (!is_known) first.scopes.push_back(scope);
    }
    if (first.scopes.size() == scopes_before) first.repeated_at.push_back(again.line);
    merge_cadence(first, again);
  }

  std::string collision(const GridProduct& first, const GridProduct& again,
                        const std::string& name) const {
    const auto place = [&](int line) { return to_string(Place{recipe_->file, line, 0}); };
    const auto text = [&](const GridProduct& product) {
      const Value* value = find(product, name);
      return value == nullptr ? std::string("unset") : value->rendered();
    };
    const auto who =
        first.line == again.line
            ? "different products of the grid at " + place(first.line)
            : "the different products at " + place(first.line) + " and " + place(again.line);
    return who + " have one key, '" + first.key + "'; they differ in '" + name + "' (" +
           text(first) + " and " + text(again) + "): " + identity_.how_to_add(name);
  }

  void merge_cadence(GridProduct& first, const GridProduct& again) const {
    const Value* mine = find(first, "cadence");
    const Value* theirs = find(again, "cadence");
    if (mine == nullptr || theirs == nullptr || *mine == *theirs) return;
    if (std::max(mine->items.size(), theirs->items.size()) > k_cadences_limit) {
      throw error_at(*recipe_, *theirs,
                     "more than " + std::to_string(k_cadences_limit) + " cadences for one product");
    }
    auto merged = std::make_shared<Value>();
    merged->kind = Value::Kind::list;
    merged->line = mine->line;
    merged->column = mine->column;
    for (const Value* cadence : {mine, theirs}) {
      const Axis axis{nullptr, cadence};
      for (std::size_t i = 0; i < axis.size(); ++i) {
        const bool is_known = std::ranges::find(merged->items, *axis.at(i)) != merged->items.end();
        if (!is_known && !axis.at(i)->is_null()) merged->items.push_back(*axis.at(i));
      }
    }
    for (auto& [name, value] : first.bindings) {
      if (*name == "cadence") value = merged.get();
    }
    first.merged_cadence = std::move(merged);
  }

  std::shared_ptr<const Recipe> recipe_;
  Identity identity_;
  Bindings spec_;
  std::unordered_map<std::string_view, std::size_t> spec_positions_;
  std::size_t bindings_ = 0;
  std::size_t comparisons_ = 0;
  std::size_t rendered_bytes_ = 0;
  std::size_t key_bytes_ = 0;
  std::vector<GridProduct> products_;
  std::unordered_map<std::string, std::size_t> by_key_;
};

}  // namespace

std::vector<GridProduct> expand(const std::shared_ptr<const Recipe>& recipe) {
  return Expansion(recipe).run();
}

}  // namespace assay
