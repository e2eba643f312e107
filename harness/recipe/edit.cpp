#include "recipe/edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/text.h"
#include "recipe/edit_text.h"
#include "recipe/section.h"
#include "recipe/yaml_reader.h"

namespace assay {

namespace {

using Operator = Bound::Operator;

constexpr std::array k_item_keys = {"tests_spec", "tests"};

// One metric's baseline in one item of `tests_spec`.
struct Entry {
  std::string items_key;
  std::size_t item = 0;
  std::string metric;
  const Value* map = nullptr;
  std::vector<std::size_t> covers;  // products it applies to
};

// Operators that an interval describes: their widest common bound holds for all products.
bool is_ordered(Operator op) {
  return op != Operator::eq && op != Operator::neq && op != Operator::approx;
}

bool is_same(const Bound& a, const Bound& b) {
  return a.value == b.value && a.minimum == b.minimum && a.maximum == b.maximum;
}

std::optional<double> number(const Value& map, const char* field) {
  const Value* value = map.find(field);
  return value == nullptr ? std::nullopt : parse_number(value->text);
}

Bound widest(const Bound& a, const Bound& b) {
  Bound wide = a;
  const bool is_lower = a.op == Operator::geq || a.op == Operator::gt;
  wide.value = is_lower ? std::min(a.value, b.value) : std::max(a.value, b.value);
  if (a.minimum && b.minimum) wide.minimum = std::min(*a.minimum, *b.minimum);
  if (a.maximum && b.maximum) wide.maximum = std::max(*a.maximum, *b.maximum);
  return wide;
}

// The fields that say a bound, with their numbers.
std::vector<std::pair<const char*, double>> fields_of(const Bound& bound) {
  if (bound.op != Operator::range) return {{"value", bound.value}};
  std::vector<std::pair<const char*, double>> fields;
  if (bound.minimum) fields.emplace_back("min", *bound.minimum);
  if (bound.maximum) fields.emplace_back("max", *bound.maximum);
  return fields;
}

Value number_value(const std::string& text) {
  auto documents = read_yaml(text, "number");
  return std::move(documents.at(0).value);
}

// One recipe of a file while its edits are made up.
class Editor {
 public:
  Editor(const Recipe& recipe, std::vector<const GridProduct*> products,
         const LauncherConfig& launcher, std::span<const NewBound> bounds)
      : recipe_(recipe),
        products_(std::move(products)),
        launcher_(launcher),
        expected_(recipe.document) {
    for (const NewBound& bound : bounds) {
      for (std::size_t i = 0; i < products_.size(); ++i) {
        if (products_[i]->key == bound.key) wanted_[{bound.metric, i}] = bound.bound;
      }
    }
    find_entries();
  }

  void run() {
    for (const Entry& entry : entries_) update(entry);
    for (const auto& [place, bound] : wanted_) {
      if (!is_covered(place.first, place.second)) add_item(place.second, place.first, bound);
    }
    write_items();
  }

  const std::vector<Splice>& splices() const { return splices_; }
  const Value& expected() const { return expected_; }
  const std::vector<std::string>& refused() const { return refused_; }

 private:
  using MetricOfProduct = std::pair<std::string, std::size_t>;

  void find_entries() {
    for (const char* key : k_item_keys) {
      const Value* items = recipe_.document.find(key);
      for (std::size_t i = 0; items != nullptr && i < items->items.size(); ++i) {
        find_entries_of(key, i, items->items[i]);
      }
    }
  }

  void find_entries_of(const std::string& key, std::size_t index, const Value& item) {
    const Value* type = item.find("logic_type");
    if (type != nullptr && !type->is_null() && type->text != "static") return;
    const Value* spec = item.find("logic_spec");
    const Value* baselines = spec == nullptr ? nullptr : spec->find("baselines");
    if (baselines == nullptr) return;
    std::vector<std::size_t> covers;
    for (std::size_t p = 0; p < products_.size(); ++p) {
      const Section section(recipe_, *products_[p], launcher_);
      if (section.identifies(item.find("product_identifier"))) covers.push_back(p);
    }
    for (const auto& [metric, map] : baselines->entries) {
      entries_.push_back({key, index, metric, &map, covers});
    }
  }

  bool is_covered(const std::string& metric, std::size_t product) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      return entry.metric == metric &&
             std::find(entry.covers.begin(), entry.covers.end(), product) != entry.covers.end();
    });
  }

  bool has_own_entry(const std::string& metric, std::size_t product) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      return entry.metric == metric && entry.covers == std::vector{product};
    });
  }

  void refuse(const Entry& entry, const std::string& reason) {
    refused_.push_back(
        fmt::format("{}:{}: {}: {}", recipe_.file, entry.map->line, entry.metric, reason));
  }

  void update(const Entry& entry) {
    std::vector<std::pair<std::size_t, Bound>> fresh;
    for (const std::size_t product : entry.covers) {
      const auto it = wanted_.find({entry.metric, product});
      if (it != wanted_.end()) fresh.emplace_back(product, it->second);
    }
    if (fresh.empty()) return;
    const Bound& first = fresh.front().second;
    const bool all_alike = std::all_of(fresh.begin(), fresh.end(),
                                       [&](const auto& one) { return is_same(one.second, first); });
    if (all_alike && fresh.size() == entry.covers.size()) {
      set_numbers(entry, first);
    } else if (is_ordered(first.op)) {
      split(entry, fresh);
    } else {
      refuse(entry,
             "one value cannot hold for all its products; give each an item with a "
             "product_identifier");
    }
  }

  void split(const Entry& entry, const std::vector<std::pair<std::size_t, Bound>>& fresh) {
    Bound wide = fresh.front().second;
    for (const auto& [product, bound] : fresh) wide = widest(wide, bound);
    if (fresh.size() < entry.covers.size()) {
      Bound old = wide;
      old.value = number(*entry.map, "value").value_or(wide.value);
      if (wide.minimum) old.minimum = number(*entry.map, "min").value_or(*wide.minimum);
      if (wide.maximum) old.maximum = number(*entry.map, "max").value_or(*wide.maximum);
      wide = widest(wide, old);
    }
    set_numbers(entry, wide);
    for (const auto& [product, bound] : fresh) {
      if (!has_own_entry(entry.metric, product)) add_item(product, entry.metric, bound);
    }
  }

  void set_numbers(const Entry& entry, const Bound& bound) {
    for (const auto& [field, value] : fields_of(bound)) {
      const Value* old = entry.map->find(field);
      if (old == nullptr || old->is_null()) {
        refuse(entry, fmt::format("the baseline has no '{}'", field));
        continue;
      }
      if (parse_number(old->text) == value) continue;
      const auto text = format_number(value);
      splices_.push_back(replace_scalar(*recipe_.text, *old, text, recipe_.file));
      auto& items = find_in(expected_, entry.items_key).items;
      auto& baselines = find_in(find_in(items[entry.item], "logic_spec"), "baselines");
      auto& changed = find_in(find_in(baselines, entry.metric), field);
      changed = number_value(text);
    }
  }

  static Value& find_in(Value& map, std::string_view key) {
    for (auto& [name, value] : map.entries) {
      if (name == key) return value;
    }
    throw Error("no entry '" + std::string(key) + "'");
  }

  void add_item(std::size_t product, const std::string& metric, const Bound& bound) {
    new_items_[product].emplace_back(metric, bound);
  }

  // Parameters whose values tell the product from all others of its recipe: as few as it takes.
  std::vector<std::pair<std::string, std::string>> identifier_of(std::size_t product) const {
    std::vector<std::pair<std::string, std::string>> chosen;
    for (const auto& [name, value] : products_[product]->bindings) {
      if (value->is_scalar() && !value->is_null() && differs_somewhere(*name)) {
        chosen.emplace_back(*name, value->rendered());
      }
    }
    if (!is_unique(product, chosen))
      throw Error("no parameter tells " + products_[product]->key +
                  " from the recipe's other products");
    for (std::size_t i = chosen.size(); i-- > 0;) {
      auto fewer = chosen;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      if (is_unique(product, fewer)) chosen = std::move(fewer);
    }
    return chosen;
  }

  static std::string text_of(const GridProduct& product, const std::string& name) {
    for (const auto& [bound, value] : product.bindings) {
      if (*bound == name) return value->rendered();
    }
    return {};
  }

  bool differs_somewhere(const std::string& name) const {
    return std::any_of(products_.begin(), products_.end(), [&](const GridProduct* other) {
      return text_of(*other, name) != text_of(*products_.front(), name);
    });
  }

  bool is_unique(std::size_t product,
                 const std::vector<std::pair<std::string, std::string>>& chosen) const {
    for (std::size_t other = 0; other < products_.size(); ++other) {
      if (other == product) continue;
      const bool is_alike = std::all_of(chosen.begin(), chosen.end(), [&](const auto& one) {
        return text_of(*products_[other], one.first) == one.second;
      });
      if (is_alike) return false;
    }
    return true;
  }

  void write_items() {
    if (new_items_.empty()) return;
    std::string yaml;
    for (const auto& [product, baselines] : new_items_) {
      yaml += item_text(baselines, identifier_of(product));
    }
    const char* key = expected_.find("tests") != nullptr ? "tests" : "tests_spec";
    splices_.push_back(append_items(*recipe_.text, recipe_.document, key, yaml, recipe_.file));
    auto documents = read_yaml(yaml, recipe_.file);
    const bool is_new = expected_.find(key) == nullptr;
    if (is_new) expected_.entries.emplace_back(key, Value{});
    auto& items = find_in(expected_, key);
    items.kind = Value::Kind::list;
    items.text.clear();
    for (auto& item : documents.at(0).value.items) items.items.push_back(std::move(item));
  }

  const Recipe& recipe_;
  std::vector<const GridProduct*> products_;
  const LauncherConfig& launcher_;
  Value expected_;
  std::vector<Entry> entries_;
  std::map<MetricOfProduct, Bound> wanted_;
  std::map<std::size_t, std::vector<std::pair<std::string, Bound>>> new_items_;
  std::vector<Splice> splices_;
  std::vector<std::string> refused_;
};

}  // namespace

RecipeEdit edit_baselines(const RecipeFile& file, std::span<const GridProduct> products,
                          const LauncherConfig& launcher, std::span<const NewBound> bounds) {
  RecipeEdit edit;
  std::vector<Splice> splices;
  std::vector<Value> expected;
  for (const auto& recipe : file.recipes) {
    std::vector<const GridProduct*> own;
    for (const GridProduct& product : products) {
      if (product.recipe == recipe) own.push_back(&product);
    }
    Editor editor(*recipe, std::move(own), launcher, bounds);
    editor.run();
    splices.insert(splices.end(), editor.splices().begin(), editor.splices().end());
    edit.refused.insert(edit.refused.end(), editor.refused().begin(), editor.refused().end());
    expected.push_back(editor.expected());
  }
  if (file.recipes.empty()) return edit;
  edit.text = applied(*file.recipes.front()->text, splices);

  const auto again = parse_recipes(edit.text, file.file);
  bool is_as_meant =
      again.recipes.size() == expected.size() && again.errors.size() == file.errors.size();
  for (std::size_t i = 0; is_as_meant && i < expected.size(); ++i) {
    is_as_meant = again.recipes[i]->document == expected[i];
  }
  if (!is_as_meant) {
    throw Error(file.file +
                ": these baselines cannot be edited without changing something else "
                "(are their numbers shared by an anchor?)");
  }
  return edit;
}

}  // namespace assay
