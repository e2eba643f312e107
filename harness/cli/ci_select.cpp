#include "cli/ci_select.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "base/names.h"
#include "base/text.h"
#include "cli/options.h"
#include "recipe/filter.h"

namespace assay {

namespace {

// Letters and digits alone, in lower case: "ESM-2 nv" and "esm2nv" are one name.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) out += static_cast<char>(std::tolower(byte));
  }
  return out;
}

std::string model_filter(const std::string& model) {
  std::string quoted;
  for (const char c : model) {
    if (c == '\\' || c == '\'') quoted += '\\';
    quoted += c;
  }
  return "spec.model == '" + quoted + "'";
}

// What a name chooses: an entry of the file, else a model of the recipes. Of a scoped label
// ("model::openfold") the part after the colons counts.
std::optional<std::string> filter_of(const CiConfig& config, const std::string& name,
                                     const std::vector<std::string>& models) {
  for (const auto& label : config.labels) {
    if (to_lower(label.label) != to_lower(name)) continue;
    return label.filter.empty() ? model_filter(label.model) : label.filter;
  }
  const auto scope = name.rfind("::");
  const auto wanted = plain(scope == std::string::npos ? name : name.substr(scope + 2));
  for (const auto& model : models) {
    if (!wanted.empty() && plain(model) == wanted) return model_filter(model);
  }
  return std::nullopt;
}

std::optional<bool> switch_of(const std::string& value) {
  const auto word = to_lower(trim(value));
  if (word == "true" || word == "1" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "0" || word == "no" || word == "off") return false;
  return std::nullopt;
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// Suites by name, with why.
class Suites {
 public:
  explicit Suites(CiSelection& selection) : selection_(selection) {}

  void by_event(const CiConfig& config, const CiContext& context) {
    const auto event = to_string(context.event);
    if (context.event == CiEvent::push && !config.branches.empty() &&
        !contains(config.branches, context.branch)) {
      say("a push to '" + context.branch + "' starts nothing: it is none of " +
          join(config.branches, ", "));
      return;
    }
    for (const auto& [each, suites] : config.events) {
      if (each != context.event) continue;
      names_ = suites;
      say("event " + event + " starts " + (suites.empty() ? "nothing" : join(suites, ", ")));
    }
  }

  void by_variables(const CiConfig& config, const CiContext& context) {
    for (const auto& [variable, suite] : config.suite_variables) {
      const auto value = context.variable(variable).value_or("");
      const auto is_on = switch_of(value);
      if (!is_on) continue;
      std::erase(names_, suite);
      if (*is_on) names_.push_back(suite);
      say(fmt::format("{}={} switches {} {}", variable, value, suite, *is_on ? "on" : "off"));
    }
  }

  const std::vector<std::string>& names() const { return names_; }

 private:
  void say(std::string reason) { selection_.reasons.push_back(std::move(reason)); }

  CiSelection& selection_;
  std::vector<std::string> names_;
};

std::vector<std::string> filters_by_variable(const CiConfig& config, const CiContext& context,
                                             const std::vector<std::string>& models,
                                             CiSelection& selection, bool& was_set) {
  std::vector<std::string> filters;
  for (const auto& variable : config.model_variables) {
    const std::string value(trim(context.variable(variable).value_or("")));
    if (value.empty()) continue;
    was_set = true;
    if (to_lower(value) == "all") {
      selection.reasons.push_back(variable + "=" + value + ": every model");
      return {};
    }
    for (const auto& part : split(value, ',')) {
      const std::string name(trim(part));
      const auto filter = filter_of(config, name, models);
      if (!filter) throw InputError({variable, 1, 1}, unknown_name("model", name, models), name);
      filters.push_back(*filter);
    }
    selection.reasons.push_back(
        fmt::format("{}={} chooses {}", variable, value, join(filters, " or ")));
    return filters;
  }
  return filters;
}

std::vector<std::string> filters_by_labels(const CiConfig& config, const CiContext& context,
                                           const std::vector<std::string>& models,
                                           CiSelection& selection) {
  std::vector<std::string> filters;
  for (const auto& label : context.labels) {
    const auto filter = filter_of(config, label, models);
    if (!filter || contains(filters, *filter)) continue;
    if (config.first_label_only && !filters.empty()) {
      selection.reasons.push_back("label " + label + " is left out: only the first one counts");
      continue;
    }
    filters.push_back(*filter);
    selection.reasons.push_back("label " + label + " chooses " + *filter);
  }
  return filters;
}

std::string combined(const std::string& suite, const std::vector<std::string>& chosen) {
  std::string out = suite.empty() ? "" : "(" + suite + ")";
  if (chosen.empty()) return out;
  std::string any;
  for (const auto& filter : chosen) any += (any.empty() ? "(" : " or (") + filter + ")";
  if (chosen.size() > 1) any = "(" + any + ")";
  return out.empty() ? any : out + " and " + any;
}

}  // namespace

CiSelection select_for_ci(const CiConfig& config, const CiContext& context,
                          const std::vector<std::string>& models) {
  CiSelection selection;
  for (const auto& label : context.labels) {
    for (const auto& skip : config.skip_labels) {
      if (to_lower(label) != to_lower(skip)) continue;
      selection.reasons.push_back("label " + label + " skips everything");
      return selection;
    }
  }
  Suites suites(selection);
  suites.by_event(config, context);
  suites.by_variables(config, context);
  bool was_set = false;
  auto filters = filters_by_variable(config, context, models, selection, was_set);
  if (!was_set) filters = filters_by_labels(config, context, models, selection);
  if (!was_set && filters.empty() && !suites.names().empty()) {
    selection.reasons.emplace_back("no label or variable names a model: every model");
  }
  for (const auto& suite : config.suites) {
    if (contains(suites.names(), suite.name)) {
      selection.choices.push_back({&suite, combined(suite.filter, filters)});
    }
  }
  return selection;
}

std::vector<GridProduct> products_of(const CiSuite& suite, std::vector<InputError>* errors) {
  SelectionOptions options;
  options.paths = suite.recipes;
  auto selection = select(options);
  if (errors != nullptr) {
    errors->insert(errors->end(), selection.errors.begin(), selection.errors.end());
  }
  return std::move(selection.products);
}

std::vector<GridProduct> products_of(const CiChoice& choice) {
  auto products = products_of(*choice.suite);
  if (choice.filter.empty()) return products;
  const auto filter = Filter::parse(choice.filter, "filter of suite " + choice.suite->name);
  filter.check_paths(products);
  std::erase_if(products, [&](const GridProduct& product) { return !filter.matches(product); });
  return products;
}

std::vector<std::string> models_of(std::span<const GridProduct> products) {
  std::set<std::string> models;
  for (const auto& product : products) {
    for (const auto& [name, value] : product.bindings) {
      if (*name == "model" && value->is_scalar() && !value->is_null()) {
        models.insert(value->rendered());
      }
    }
  }
  return {models.begin(), models.end()};
}

}  // namespace assay
