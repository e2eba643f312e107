#include "targets.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>

#include "recipe/filter.h"
#include "recipe/lint.h"
#include "recipe/placeholder.h"

namespace assay::fuzz {

namespace {

void require(bool holds, const char* promise) {
  if (holds) return;
  std::cerr << "broken promise: " << promise << '\n';
  std::abort();
}

Value scalar(Value::Kind kind, std::string text) {
  Value value;
  value.kind = kind;
  value.text = std::move(text);
  return value;
}

// One value of each kind.
struct Values {
  Value text = Value::of_string("a/b c");
  Value number = Value::of_integer(8);
  Value real = scalar(Value::Kind::real, "1e-3");
  Value yes = scalar(Value::Kind::boolean, "True");
  Value none;
  Value list = scalar(Value::Kind::list, "");
  std::string names[6] = {"text", "number", "real", "yes", "none", "list"};

  Values() { list.items = {text, number}; }
};

void render(std::string_view input, PlaceholderStyle style) {
  const Values values;
  PlaceholderScope scope;
  scope.add("text", &values.text);
  scope.add("number", &values.number);
  scope.add("real", &values.real);
  scope.add("yes", &values.yes);
  scope.add("none", &values.none);
  scope.add("list", &values.list);
  // The input is a literal block and, without its line ends, whatever else.
  const std::string source = "script: |-\n" + std::string(input);
  const TextOrigin origin{.file = "f", .source = source, .line = 1, .column = 9};
  const auto names = placeholder_names(input, style);
  try {
    const auto out = render_placeholders(input, scope, origin, style);
    if (input.find_first_of("{}") == std::string_view::npos) {
      require(out == input, "text without braces stays byte for byte");
    }
    for (const auto& name : names) {
      require(scope.find(name) != nullptr, "what renders names only what the scope has");
    }
  } catch (const InputError& error) {
    require(error.place().line >= 1 && error.place().column >= 1, "an error has a place");
  }
}

}  // namespace

void placeholder(std::string_view input) {
  render(input, PlaceholderStyle::fstring);
  render(input, PlaceholderStyle::compact);
}

void filter(std::string_view input) {
  const Values values;
  GridProduct product;
  product.recipe = std::make_shared<Recipe>();
  product.key = "recipe/a_b";
  const Value* bound[] = {&values.text, &values.number, &values.real,
                          &values.yes,  &values.none,   &values.list};
  for (std::size_t i = 0; i < std::size(bound); ++i) {
    product.bindings.emplace_back(&values.names[i], bound[i]);
  }
  try {
    const auto parsed = Filter::parse(std::string(input), "--filter");
    (void)parsed.matches(product);
    parsed.check_paths({&product, 1});
  } catch (const InputError& error) {
    require(error.place().line >= 1 && error.place().column >= 1, "an error has a place");
  }
}

namespace {

constexpr std::size_t k_most_products = 200;
constexpr std::size_t k_most_resolved = 3;

LauncherConfig local_launcher() {
  LauncherConfig launcher;
  launcher.name = "local";
  launcher.type = "local";
  launcher.settings.kind = Value::Kind::map;
  return launcher;
}

void expand_and_resolve(const std::shared_ptr<const Recipe>& recipe, const RecipeFile& file) {
  const auto launcher = local_launcher();
  ResolveOptions options;
  options.launcher = &launcher;
  options.runtime_names = {{"logs_dir", "/l"}, {"assets_dir", "/a"}};
  try {
    auto products = expand(recipe);
    require(!products.empty(), "what expands has products");
    if (products.size() > k_most_resolved) products.resize(k_most_resolved);
    for (const auto& product : products) resolve(product, options, file.recipes);
  } catch (const InputError& error) {
    require(error.place().line >= 0, "an error's line is no nonsense");
  }
}

}  // namespace

void recipe(std::string_view input) {
  const auto file = parse_recipes(std::string(input), "f.yaml");
  bool is_small = true;
  for (const auto& each : file.recipes) {
    expand_and_resolve(each, file);
    try {
      is_small = is_small && expand(each).size() <= k_most_products;  // larger ones only cost time
    } catch (const InputError&) {
      is_small = false;
    }
  }
  if (!is_small) return;
  for (const auto& warning : lint(file, {})) {
    require(warning.place.line >= 1, "a warning has a place");
  }
}

}  // namespace assay::fuzz
