// A grid's product with everything resolved for one launcher.
#include <algorithm>
#include <array>

#include "base/names.h"
#include "base/text.h"
#include "recipe/builds.h"
#include "recipe/fields.h"
#include "recipe/placeholder.h"
#include "recipe/section.h"

namespace assay {

namespace {

constexpr long long k_most_nodes = 100'000;
constexpr long long k_most_gpus = 1'024;
constexpr std::chrono::seconds k_longest{366LL * 24 * 3600};

// Renders texts of one product.
class Renderer {
 public:
  Renderer(const Recipe& recipe, const GridProduct& product, const ResolveOptions& options,
           Product& out)
      : recipe_(recipe) {
    // A parameter of the same name goes before a run-time name, as a recipe cannot know those.
    for (const auto& [name, value] : options.runtime_names) add(name, value);
    add("key", out.key);
    add("launcher", options.launcher->name);
    add("target", options.launcher->name);
    add("name", out.name);
    for (const auto& [name, value] : product.bindings) scope_.add(*name, value);
    // These two may hold placeholders themselves: scripts see what they come to.
    for (const auto& [name, value] : product.bindings) {
      const bool is_template = *name == "name" || *name == "build";
      if (is_template && value->kind == Value::Kind::string) add(*name, render(*value));
    }
  }

  std::string render(const Value& value) const { return render(value, scope_); }

  // Only `platforms` is known in artifacts.
  std::string render_platforms(const std::string& text, const Value& place,
                               const Value* platforms) const {
    PlaceholderScope only;
    if (platforms != nullptr) only.add("platforms", platforms);
    return render_placeholders(text, only, origin(place), style());
  }

  // A setting's texts rendered at any depth. Settings are the recipe's, or those of `site_file`,
  // whose placeholders are f-string fields whatever the recipe's dialect.
  Value render_all(Value value, const std::string& site_file = {}) const {
    if (value.kind == Value::Kind::string) {
      value.text =
          site_file.empty()
              ? render(value)
              : render_placeholders(value.text, scope_, {site_file, {}, value.line, value.column});
    }
    for (auto& item : value.items) item = render_all(std::move(item), site_file);
    for (auto& [name, entry] : value.entries) entry = render_all(std::move(entry), site_file);
    return value;
  }

 private:
  void add(const std::string& name, const std::string& value) {
    texts_.push_back(
        std::make_unique<std::pair<std::string, Value>>(name, Value::of_string(value)));
    scope_.add(texts_.back()->first, &texts_.back()->second);
  }

  std::string render(const Value& value, const PlaceholderScope& scope) const {
    if (value.kind != Value::Kind::string) return value.rendered();
    return render_placeholders(value.text, scope, origin(value), style());
  }

  TextOrigin origin(const Value& value) const {
    return {recipe_.file, *recipe_.text, value.line, value.column};
  }

  PlaceholderStyle style() const {
    return recipe_.type == RecipeType::compact ? PlaceholderStyle::compact
                                               : PlaceholderStyle::fstring;
  }

  const Recipe& recipe_;
  std::vector<std::unique_ptr<std::pair<std::string, Value>>> texts_;  // what the scope points to
  PlaceholderScope scope_;
};

// The fields of a workload are bound parameters; in the compact format some stand at the top.
const Value* field(const Section& section, std::string_view name) {
  if (const Value* bound = section.bound(name)) return bound->is_null() ? nullptr : bound;
  if (section.recipe().type != RecipeType::compact) return nullptr;
  return find_set(section.recipe().document, name);
}

long long count(const Section& section, const Renderer& renderer, const char* name,
                long long otherwise, long long least, long long most) {
  const Value* value = field(section, name);
  if (value == nullptr) return otherwise;
  Value rendered = *value;
  if (value->kind == Value::Kind::string) rendered.text = renderer.render(*value);
  const auto number = section.integer(rendered, name);
  if (number < least || number > most) {
    throw section.error(*value, "'" + std::string(name) + "' is " + std::to_string(number) +
                                    "; expected " + std::to_string(least) + " to " +
                                    std::to_string(most));
  }
  return number;
}

std::chrono::seconds seconds(const Section& section, const Renderer& renderer, const char* name) {
  return std::chrono::seconds(count(section, renderer, name, 0, 1, k_longest.count()));
}

std::vector<std::string> read_loggers(const Section& section) {
  std::vector<std::string> loggers;
  for (const char* key : {"loggers", "logger"}) {
    const Value* value = find_set(section.recipe().document, key);
    if (value == nullptr) continue;
    const auto check = [&](const Value& item) {
      const auto name = item.rendered();
      if (std::ranges::count(logger_names(), name) == 0) {
        throw section.error(item, unknown_name("logger", name, logger_names()));
      }
      loggers.push_back(name);
    };
    if (value->is_scalar()) check(*value);
    for (const auto& item : value->items) check(item);
  }
  // The compact format names none; what its scripts are given to log to is tensorboard_dir.
  if (loggers.empty() && section.recipe().type == RecipeType::compact) return {"tensorboard"};
  return loggers;
}

std::optional<std::string> supplied(const ResolveOptions& options, const std::string& variable) {
  return options.environment == nullptr ? std::nullopt : options.environment(variable);
}

// A label that the recipe leaves empty is the caller's to say.
std::string label_value(const ResolveOptions& options, const std::string& name,
                        const Value& value) {
  for (const auto& [given, text] : options.labels) {
    if (given == name) return text;
  }
  const auto written = value.is_null() ? std::string{} : value.rendered();
  if (!written.empty()) return written;
  return supplied(options, variable_name("ASSAY_LABEL_", name)).value_or("");
}

using Labels = std::vector<std::pair<std::string, std::string>>;

// `key=value` for what every case is filtered by, then the recipe's own.
Labels read_labels(const Section& section, const GridProduct& product,
                   const ResolveOptions& options) {
  Labels labels;
  for (const char* name : {"model", "variant", "domain", "precision", "nodes", "gpus"}) {
    if (const Value* value = field(section, name)) labels.emplace_back(name, value->rendered());
  }
  for (const Value* scope : product.scopes) labels.emplace_back("scope", scope->rendered());
  if (product.scopes.empty()) {
    if (const Value* scope = field(section, "scope")) {
      labels.emplace_back("scope", scope->rendered());
    }
  }
  const Value* own = section.recipe().document.find("labels");
  if (own != nullptr) {
    for (const auto& [name, value] : own->entries) {
      const auto text = label_value(options, name, value);
      const bool known = std::any_of(labels.begin(), labels.end(), [&](const auto& each) {
        return each.first == name && each.second == text;
      });
      if (!text.empty() && !known) labels.emplace_back(name, text);
    }
  }
  return labels;
}

void read_parameters(const Section& section, const GridProduct& product, Product& out) {
  const auto& recipe = section.recipe();
  const Value* base =
      recipe.document.find(recipe.type == RecipeType::compact ? "script_args" : "spec");
  for (const auto& [name, value] : product.bindings) {
    Parameter parameter;
    parameter.name = *name;
    parameter.value = *value;
    parameter.place = section.place(*value);
    const Value* in_base = base->find(*name);
    const bool from_base =
        in_base == value || (in_base != nullptr && in_base->items.data() == value);
    const bool is_compact = recipe.type == RecipeType::compact;
    const bool from_top = is_compact && recipe.document.find(*name) == value;
    parameter.origin = from_top     ? "recipe"
                       : !from_base ? "products"
                       : is_compact ? "script_args"
                                    : "spec";
    out.parameters.push_back(std::move(parameter));
  }
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs read_environment(const Section& section, const Renderer& renderer) {
  Pairs pairs;
  const Value* env = field(section, "env");
  if (env == nullptr) return pairs;
  if (env->kind != Value::Kind::map) throw section.error(*env, "expected a map for 'env'");
  for (const auto& [name, value] : env->entries) {
    const bool valid = !name.empty() &&
                       name.find_first_not_of(
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                           "0123456789_") == std::string::npos &&
                       (name[0] < '0' || name[0] > '9');
    if (!valid) {
      throw section.error_at_key(value, "'" + name + "' cannot be an environment variable");
    }
    if (!value.is_scalar()) throw section.error(value, "expected a text for '" + name + "'");
    pairs.emplace_back(name, value.is_null() ? std::string{} : renderer.render(value));
  }
  return pairs;
}

Pairs read_artifacts(const Section& section, const Renderer& renderer) {
  Pairs pairs;
  const Value* artifacts = field(section, "artifacts");
  if (artifacts == nullptr) return pairs;
  if (artifacts->kind != Value::Kind::map) {
    throw section.error(*artifacts, "expected a map of paths for 'artifacts'");
  }
  const Value* platforms = section.bound("platforms");
  for (const auto& [path, source] : artifacts->entries) {
    if (!source.is_scalar()) throw section.error(source, "expected a text for '" + path + "'");
    pairs.emplace_back(renderer.render_platforms(path, source, platforms),
                       source.is_null()
                           ? std::string{}
                           : renderer.render_platforms(source.rendered(), source, platforms));
  }
  return pairs;
}

std::vector<Output> read_outputs(const Section& section, const Renderer& renderer) {
  std::vector<Output> outputs;
  const Value* items = section.recipe().document.find("outputs");
  if (items == nullptr) return outputs;
  for (const auto& item : items->items) {
    if (item.is_null()) continue;
    check_fields(item, FieldTable::output, "in 'outputs'", section.recipe().file,
                 *section.recipe().text);
    const auto text = [&](const char* name) {
      const Value* value = find_set(item, name);
      return value == nullptr ? std::string{} : renderer.render(*value);
    };
    if (const Value* type = find_set(item, "type"); type != nullptr && type->text != "artifact") {
      throw section.error(*type, unknown_name("type", type->rendered(), {"artifact"}));
    }
    outputs.push_back({text("key"), text("subdir"), text("name"), text("description")});
  }
  return outputs;
}

std::vector<Mount> take_mounts(const Section& section, Value& settings) {
  std::vector<Mount> mounts;
  auto& entries = settings.entries;
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [](const auto& entry) { return entry.first == "mounts"; });
  if (found == entries.end()) return mounts;
  if (found->second.kind != Value::Kind::map && !found->second.is_null()) {
    throw section.error(found->second, "expected a map of paths for 'mounts'");
  }
  for (const auto& [inside, outside] : found->second.entries) {
    mounts.push_back({inside, outside.rendered()});
  }
  entries.erase(found);
  return mounts;
}

// A field that is one text; nothing where it is not set.
std::optional<std::string> text_field(const Section& section, const Renderer& renderer,
                                      const char* name) {
  const Value* value = field(section, name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_scalar()) {
    throw section.error(*value, "expected a text for '" + std::string(name) + "'");
  }
  return renderer.render(*value);
}

void read_script(const Section& section, const Renderer& renderer, Product& out) {
  auto script = text_field(section, renderer, "script");
  if (!script) {
    throw section.error(section.recipe().document, "'" + out.key + "' has no 'script' to run");
  }
  out.script = std::move(*script);
  out.script_setup = text_field(section, renderer, "script_setup").value_or("");
  out.shell = text_field(section, renderer, "shell").value_or(out.shell);
  out.environment = read_environment(section, renderer);
}

// (+) `launch: script`: the script starts its own tasks. Launchers find it among the settings.
const Value* read_launch(const Section& section) {
  const Value* launch = field(section, "launch");
  if (launch == nullptr || launch->rendered() == "script") return launch;
  throw section.error(*launch, unknown_name("launch", launch->rendered(), {"script"}));
}

void read_counts(const Section& section, const Renderer& renderer, Product& out) {
  out.nodes = static_cast<int>(count(section, renderer, "nodes", 1, 1, k_most_nodes));
  out.gpus_per_node = static_cast<int>(count(section, renderer, "gpus", 0, 0, k_most_gpus));
  out.time_limit = seconds(section, renderer, "time_limit");
  out.queue_limit = seconds(section, renderer, "queue_limit");
  out.repeats = static_cast<int>(count(section, renderer, "n_repeat", 1, 1, 1000));
  if (const Value* value = field(section, "allow_failure")) {
    if (value->kind != Value::Kind::boolean) {
      throw section.error(*value, "'allow_failure' must be True or False");
    }
    out.allow_failure = value->rendered() == "True";
  }
}

// Whether the launcher runs jobs in containers.
bool uses_images(const Value& settings) {
  const auto container = text_of(settings, "container");
  return !container.empty() && container != "none";
}

void read_image(const Section& section, const Renderer& renderer, const ResolveOptions& options,
                std::span<const std::shared_ptr<const Recipe>> recipes, Product& out) {
  if (section.recipe().type == RecipeType::build) {
    out.build = out.name;
    out.image_origin = plan_build(out.name, options, recipes).origin;
    return;  // what makes an image runs outside of it
  }
  const Value* build = field(section, "build");
  if (build != nullptr) out.build = renderer.render(*build);
  const auto plan = plan_of_product(out.build, options, recipes);
  out.image = plan.image;
  out.image_origin = plan.origin;
  if (out.image.empty() && build != nullptr && options.needs_image && uses_images(out.settings)) {
    throw section.error(*build, "launcher '" + out.launcher +
                                    "' runs jobs in images, and there is "
                                    "none for '" +
                                    out.key + "': " + plan.origin);
  }
}

}  // namespace

Product resolve(const GridProduct& product, const ResolveOptions& options,
                std::span<const std::shared_ptr<const Recipe>> recipes) {
  const Recipe& recipe = *product.recipe;
  const Section section(recipe, product, *options.launcher);
  Product out;
  out.key = product.key;
  out.name = product.name();
  out.type = product.key.substr(0, product.key.find('/'));
  out.place = recipe.place;
  out.recipe_digest = recipe.digest;
  out.launcher = options.launcher->name;
  out.launcher_type = options.launcher->type;
  const Renderer renderer(recipe, product, options, out);
  read_parameters(section, product, out);
  out.labels = read_labels(section, product, options);
  out.maintainers = texts_of(recipe.document.find("maintainers"));
  out.loggers = read_loggers(section);
  out.metrics = read_metrics(section);
  out.checks = read_checks(section);
  out.retry = read_retry(section);
  out.quarantine = read_quarantine(section);
  read_counts(section, renderer, out);
  if (recipe.type == RecipeType::build) {
    out.script = build_script(plan_build(out.name, options, recipes));
  } else {
    read_script(section, renderer, out);
  }
  out.outputs = read_outputs(section, renderer);
  out.artifacts = read_artifacts(section, renderer);
  out.settings = merged_settings(
      section, renderer.render_all(options.launcher->settings, options.launcher->place.file),
      [&](const Value& settings) { return renderer.render_all(settings); });
  if (const Value* launch = read_launch(section))
    out.settings.entries.emplace_back("launch", *launch);
  out.mounts = take_mounts(section, out.settings);
  read_image(section, renderer, options, recipes, out);
  return out;
}

}  // namespace assay
