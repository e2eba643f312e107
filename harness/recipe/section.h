// What the parsers of a recipe's sections share: the product being resolved, and errors that point
// into its file.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/product.h"
#include "recipe/recipe.h"

namespace assay {

// Whether an entry of a `product_identifier`, other than `target`, is the product's: compared as
// text.
bool is_bound(const GridProduct& product, const std::pair<std::string, Value>& entry);

class Section {
 public:
  Section(const Recipe& recipe, const GridProduct& product, const LauncherConfig& launcher)
      : recipe_(recipe), product_(product), launcher_(launcher) {}

  const Recipe& recipe() const { return recipe_; }
  const LauncherConfig& launcher() const { return launcher_; }

  InputError error(const Value& value, std::string message) const;
  InputError error_at_key(const Value& value, std::string message) const;
  Place place(const Value& value) const { return {recipe_.file, value.line, value.column}; }
  Place key_place(const Value& value) const {
    return {recipe_.file, value.key_line, value.key_column};
  }

  // A bound parameter; null when there is none.
  const Value* bound(std::string_view name) const;

  // Whether every entry of a `product_identifier` equals the product's value, compared as text;
  // `target` is the launcher's name. A name that the product does not have does not match.
  bool identifies(const Value* product_identifier) const;

  // Numbers of a field; quoted ones count. Errors name the field.
  double number(const Value& value, std::string_view field) const;
  long long integer(const Value& value, std::string_view field) const;
  int exit_code(const Value& value, std::string_view field) const;

 private:
  const Recipe& recipe_;
  const GridProduct& product_;
  const LauncherConfig& launcher_;
};

// The entry of a map where it has a value: a key without one is as if it were not there.
const Value* find_set(const Value& map, std::string_view name);

// An entry of a map as a placeholder shows it; empty where there is none.
std::string text_of(const Value& map, std::string_view name);

// A list of texts, or one text, as its rendered values; empty where there is none.
std::vector<std::string> texts_of(const Value* value);

// What metrics can be read from: the loggers that a recipe may name.
const std::vector<std::string>& logger_names();

// `goal` of a map: maximize or minimize; nothing where it has none.
std::optional<Goal> read_goal(const Section& section, const Value& map);

// `tests_spec`: every item that applies to the product, put together.
Checks read_checks(const Section& section);

// `reduce` and `window` of a map, where it has them.
std::optional<Reduction> read_reduction(const Section& section, const Value& map);

// `metrics`: a list of names, or a map of names to what is known of them.
std::vector<MetricDefinition> read_metrics(const Section& section);

std::vector<RetryRule> read_retry(const Section& section);
std::optional<Quarantine> read_quarantine(const Section& section);

// The `launchers` settings that apply, `type:` first, then `name:`, over the site's own; `mounts`
// merge entry by entry. `site_settings` are rendered already; `render` renders those of the recipe.
Value merged_settings(const Section& section, Value site_settings,
                      const std::function<Value(const Value&)>& render);

}  // namespace assay
