// What a shell, or the other dialect's placeholders, would make of a script.
#include <algorithm>
#include <set>
#include <span>

#include "base/text.h"
#include "recipe/lint_rules.h"
#include "recipe/shell_text.h"
#include "recipe/template.h"

namespace assay::detail {

namespace {

// An expression's value is looked at for so many products.
constexpr std::size_t k_products_looked_at = 1000;

class ScriptLinter {
 public:
  ScriptLinter(const LintedRecipe& linted, const Value& script, LintReport& report)
      : linted_(linted), script_(script), report_(report) {}

  void lint(bool is_shell) {
    if (linted_.style() == PlaceholderStyle::compact) lint_braces();
    TemplateReader reader(script_.text, linted_.style());
    while (const auto piece = reader.next()) {
      if (piece->kind == Piece::Kind::placeholder) {
        if (is_shell) lint_value(*piece);
        lint_dollar(*piece);
        shell_.feed_word();
      } else {
        shell_.feed(piece->body);
      }
    }
  }

 private:
  Place place_of(std::size_t offset, std::size_t length) const {
    return place_in_file(linted_.origin_of(script_), script_.text, offset, length);
  }

  void add(std::string_view id, const Place& place, std::string message) {
    const int section = script_.key_line > 0 ? script_.key_line : script_.line;
    report_.add(id, place, std::move(message), section);
  }

  void lint_value(const Piece& piece) {
    if (!reported_.insert(std::string(piece.written)).second) return;
    const auto quoting = shell_.quoting();
    const auto value = special_value(piece, quoting);
    if (!value) return;
    add("unquoted-value", place_of(piece.offset, piece.written.size()),
        message(piece.written, *value, special_character(*value, quoting), quoting));
  }

  // The first value of the placeholder over all products that the shell would take apart.
  std::optional<std::string> special_value(const Piece& piece, Quoting quoting) const {
    const auto values = linted_.values.find(trim(piece.body));
    if (values != linted_.values.end()) {
      for (const Value* value : values->second) {
        if (special_character(value->rendered(), quoting) != '\0') return value->rendered();
      }
      return std::nullopt;
    }
    if (is_plain_name(piece.body)) return std::nullopt;
    try {
      return special_result(Expression::parse(piece.body, Grammar::placeholder), quoting);
    } catch (const ExpressionError&) {
      return std::nullopt;  // rendering tells
    }
  }

  std::optional<std::string> special_result(const Expression& expression, Quoting quoting) const {
    const auto looked_at = std::min(linted_.products.size(), k_products_looked_at);
    for (const auto& product : std::span(linted_.products).first(looked_at)) {
      auto value = evaluated(expression, product);
      if (value && special_character(*value, quoting) != '\0') return value;
    }
    return std::nullopt;
  }

  // An expression's text for a product; nothing where it cannot be told: run-time names are not
  // known yet, and what is wrong with an expression is not a warning.
  static std::optional<std::string> evaluated(const Expression& expression,
                                              const GridProduct& product) {
    PlaceholderScope scope;
    for (const auto& [name, value] : product.bindings) scope.add(*name, value);
    try {
      return expression.evaluate(scope).rendered();
    } catch (const ExpressionError&) {
      return std::nullopt;
    }
  }

  static std::string message(std::string_view written, std::string value, char special,
                             Quoting quoting) {
    constexpr std::size_t k_longest = 40;
    if (value.size() > k_longest) value = value.substr(0, k_longest) + "...";
    std::ranges::replace(value, '\n', ' ');
    const bool blank = special == ' ' || special == '\t' || special == '\n';
    const auto what = blank ? std::string("a blank") : "a " + std::string(1, special);
    const auto where = quoting == Quoting::none ? "unquoted" : "inside quotes that it ends";
    return "the value of " + std::string(written) + " (" + value + ") has " + what +
           " and is pasted " + where + ": the shell takes it apart";
  }

  // `${gpus}` where braces alone mark a placeholder gives `$8`.
  void lint_dollar(const Piece& piece) {
    if (linted_.style() == PlaceholderStyle::compact || piece.offset == 0) return;
    if (script_.text[piece.offset - 1] != '$' || !is_plain_name(piece.body)) return;
    const std::string name(trim(piece.body));
    if (!linted_.values.contains(name)) return;
    add("dollar-before-brace", place_of(piece.offset, piece.written.size()),
        "'$" + std::string(piece.written) + "' is a dollar sign and the value of '" + name +
            "'; write {" + name + "} for the value, ${{" + name + "}} for the shell's variable");
  }

  // `{tp}` in the compact format, where tp is a parameter.
  void lint_braces() {
    const std::string_view text = script_.text;
    for (auto open = text.find('{'); open != std::string_view::npos;
         open = text.find('{', open + 1)) {
      const auto close = text.find('}', open);
      if (close == std::string_view::npos) return;
      const bool is_marked = open > 0 && (text[open - 1] == '$' || text[open - 1] == '{');
      if (is_marked || !linted_.values.contains(text.substr(open + 1, close - open - 1))) continue;
      const std::string written(text.substr(open, close - open + 1));
      add("brace-without-dollar", place_of(open, written.size()),
          "'" + written + "' stays as it is; for the parameter write '$" + written + "'");
    }
  }

  const LintedRecipe& linted_;
  const Value& script_;
  LintReport& report_;
  ShellQuoting shell_;
  std::set<std::string, std::less<>> reported_;
};

// Whether all products' scripts are for a POSIX shell.
bool is_for_shell(const LintedRecipe& linted) {
  const auto shells = linted.values.find("shell");
  if (shells == linted.values.end()) return true;
  return std::ranges::all_of(shells->second, [](const Value* shell) {
    return shell->is_null() || shell->text.ends_with("sh");
  });
}

}  // namespace

void lint_scripts(const LintedRecipe& linted, LintReport& report) {
  const bool is_shell = is_for_shell(linted);
  std::vector<const Value*> scripts;
  for (const auto* name : {"script", "script_setup"}) {
    const auto bound = linted.values.find(name);
    if (bound != linted.values.end()) {
      scripts.insert(scripts.end(), bound->second.begin(), bound->second.end());
    } else if (linted.recipe.type == RecipeType::compact) {
      if (const Value* script = linted.recipe.document.find(name)) scripts.push_back(script);
    }
  }
  for (const Value* script : scripts) {
    if (script->kind == Value::Kind::string) ScriptLinter(linted, *script, report).lint(is_shell);
  }
}

}  // namespace assay::detail
