#include "base/arithmetic.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>

namespace assay {

namespace {

bool is_name_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

class Arithmetic::Parser {
 public:
  Parser(std::string_view text, const Place& place, Arithmetic& into)
      : text_(text), place_(place), into_(into) {}

  void parse() {
    sum();
    if (peek() != '\0') fail("an operator expected");
  }

 private:
  static constexpr int k_deepest = 100;

  [[noreturn]] void fail(const std::string& reason) {
    throw InputError(place_, "in the expression '" + std::string(text_) + "': " + reason +
                                 " at character " + std::to_string(at_ + 1));
  }

  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  void emit(char kind) { into_.items_.push_back({kind, 0, 0}); }

  void sum() {
    product();
    for (char op = peek(); op == '+' || op == '-'; op = peek()) {
      ++at_;
      product();
      emit(op);
    }
  }

  void product() {
    factor();
    for (char op = peek(); op == '*' || op == '/'; op = peek()) {
      ++at_;
      factor();
      emit(op);
    }
  }

  void factor() {
    if (++depth_ > k_deepest) fail("nested too deeply");
    const char first = peek();
    if (first == '-' || first == '+') {
      ++at_;
      factor();
      if (first == '-') emit('~');
    } else if (first == '(') {
      ++at_;
      sum();
      if (peek() != ')') fail("')' expected");
      ++at_;
    } else if (first == '`') {
      const auto close = text_.find('`', at_ + 1);
      if (close == std::string_view::npos) fail("a closing '`' expected");
      name(text_.substr(at_ + 1, close - at_ - 1));
      at_ = close + 1;
    } else if (is_digit(first) ||
               (first == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) {
      number();
    } else if (is_name_char(first)) {
      const auto begin = at_;
      while (at_ < text_.size() && is_name_char(text_[at_])) ++at_;
      name(text_.substr(begin, at_ - begin));
    } else {
      fail(first == '\0' ? "a number or a name expected at the end"
                         : "a number or a name expected");
    }
    --depth_;
  }

  void number() {
    double value = 0;
    const auto [stop, code] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (code != std::errc{}) fail("a number out of range");
    const auto end = static_cast<std::size_t>(stop - text_.data());
    if (end < text_.size() && is_name_char(text_[end])) fail("a number expected");
    at_ = end;
    into_.items_.push_back({'n', value, 0});
  }

  void name(std::string_view text) {
    if (text.empty()) fail("an empty name");
    auto& names = into_.names_;
    const auto found = std::find(names.begin(), names.end(), text);
    into_.items_.push_back({'v', 0, static_cast<std::size_t>(found - names.begin())});
    if (found == names.end()) names.emplace_back(text);
  }

  std::string_view text_;
  const Place& place_;
  Arithmetic& into_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

Arithmetic Arithmetic::parse(std::string_view text, const Place& place) {
  Arithmetic expression;
  Parser(text, place, expression).parse();
  return expression;
}

double Arithmetic::evaluate(const std::function<double(const std::string&)>& value_of) const {
  std::vector<double> stack;
  const auto pop = [&stack] {
    const double value = stack.back();
    stack.pop_back();
    return value;
  };
  for (const Item& item : items_) {
    if (item.kind == 'n') {
      stack.push_back(item.number);
    } else if (item.kind == 'v') {
      stack.push_back(value_of(names_[item.name]));
    } else if (item.kind == '~') {
      stack.back() = -stack.back();
    } else {
      const double right = pop();
      const double left = pop();
      switch (item.kind) {
        case '+':
          stack.push_back(left + right);
          break;
        case '-':
          stack.push_back(left - right);
          break;
        case '*':
          stack.push_back(left * right);
          break;
        default:
          stack.push_back(right == 0 ? std::numeric_limits<double>::quiet_NaN() : left / right);
      }
    }
  }
  return stack.back();
}

}  // namespace assay
