#include "targets.h"

#include <cstdlib>
#include <iostream>
#include <string>

#include "recipe/filter.h"
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

}  // namespace assay::fuzz
