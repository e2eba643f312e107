// Recursive descent over the tokens, with a limit on nesting.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "recipe/expression_node.h"
#include "recipe/python_value.h"
#include "recipe/token.h"

namespace assay {

namespace {

using detail::Comparison;
using detail::Token;
using detail::Tokens;
using Node = Expression::Node;

constexpr std::size_t k_longest_expression = 65536;
constexpr int k_deepest_nesting = 100;

constexpr std::array<std::string_view, 9> k_keywords = {"if", "else", "or",  "and",   "not",
                                                        "is", "in",   "for", "lambda"};

class Parser {
 public:
  Parser(std::string_view text, Grammar grammar) : tokens_(text, grammar), grammar_(grammar) {}

  Node parse() {
    if (tokens_.peek().kind == Token::Kind::end) throw ExpressionError(0, "it is empty");
    Node root = conditional();
    if (tokens_.peek().kind != Token::Kind::end) throw unexpected();
    return root;
  }

  std::vector<Expression::NameUse> uses;

 private:
  // Counts the nesting of whatever can nest, for as long as it lives.
  class Nesting {
   public:
    explicit Nesting(Parser& parser) : depth_(parser.depth_) {
      if (++depth_ > k_deepest_nesting) {
        throw ExpressionError(
            parser.tokens_.peek().offset,
            "it is nested more than " + std::to_string(k_deepest_nesting) + " levels deep");
      }
    }
    ~Nesting() { --depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    int& depth_;
  };

  bool for_filter() const { return grammar_ == Grammar::filter; }

  ExpressionError unexpected() const {
    const Token& token = tokens_.peek();
    if (token.kind == Token::Kind::end) {
      return {token.offset, "it ends where a value or an operator is due"};
    }
    std::string message = "unexpected '" + std::string(token.written) + "'";
    if (for_filter() && token.is("is")) message += "; compare with == or !=";
    return {token.offset, message};
  }

  void expect(std::string_view word) {
    if (tokens_.take_if(word)) return;
    const Token& token = tokens_.peek();
    const auto found = token.kind == Token::Kind::end ? std::string("the end")
                                                      : "'" + std::string(token.written) + "'";
    throw ExpressionError(token.offset, "expected '" + std::string(word) + "', got " + found);
  }

  Node node(Node::Kind kind, std::size_t offset, std::vector<Node> children = {}) const {
    Node made;
    made.kind = kind;
    made.offset = offset;
    made.children = std::move(children);
    return made;
  }

  Node conditional() {
    const Nesting nesting(*this);
    Node value = any_of();
    if (for_filter() || !tokens_.peek().is("if")) return value;
    const auto offset = tokens_.take().offset;
    Node condition = any_of();
    expect("else");
    Node made = node(Node::Kind::conditional, offset);
    made.children.push_back(std::move(value));
    made.children.push_back(std::move(condition));
    made.children.push_back(conditional());
    return made;
  }

  // Operands joined by one word, as one node however many they are.
  template <typename Operand>
  Node joined(std::string_view word, Node::Kind kind, Operand operand) {
    Node first = operand();
    if (!tokens_.peek().is(word)) return first;
    Node made = node(kind, tokens_.peek().offset);
    made.children.push_back(std::move(first));
    while (tokens_.take_if(word)) made.children.push_back(operand());
    return made;
  }

  Node any_of() {
    return joined("or", Node::Kind::any_of, [&] { return all_of(); });
  }

  Node all_of() {
    return joined("and", Node::Kind::all_of, [&] { return negation(); });
  }

  Node negation() {
    if (!for_filter() || !tokens_.peek().is("not")) return comparison();
    const Nesting nesting(*this);
    const auto offset = tokens_.take().offset;
    Node made = node(Node::Kind::negation, offset);
    made.children.push_back(negation());
    return made;
  }

  Node comparison() {
    Node first = sum();
    if (!for_filter() && tokens_.peek().is("is")) return none_test(std::move(first));
    Node made = node(Node::Kind::comparison, tokens_.peek().offset);
    for (auto found = comparison_operator(); found; found = comparison_operator()) {
      if (!for_filter() && !made.comparisons.empty()) throw unexpected();
      made.comparisons.push_back(*found);
      made.children.push_back(sum());
    }
    if (made.comparisons.empty()) return first;
    made.children.insert(made.children.begin(), std::move(first));
    return made;
  }

  Node none_test(Node value) {
    Node made = node(Node::Kind::is_none, tokens_.take().offset);
    made.children.push_back(std::move(value));
    made.negated = tokens_.take_if("not");
    expect("None");
    return made;
  }

  std::optional<Comparison> comparison_operator() {
    if (tokens_.take_if("==")) return Comparison::equal;
    if (tokens_.take_if("!=")) return Comparison::not_equal;
    if (!for_filter()) return std::nullopt;
    if (tokens_.take_if("<=")) return Comparison::less_or_equal;
    if (tokens_.take_if(">=")) return Comparison::greater_or_equal;
    if (tokens_.take_if("<")) return Comparison::less;
    if (tokens_.take_if(">")) return Comparison::greater;
    if (tokens_.take_if("in")) return Comparison::contained;
    if (!tokens_.take_if("not")) return std::nullopt;
    expect("in");
    return Comparison::not_contained;
  }

  Node sum() {
    if (for_filter()) return atom();
    return joined("+", Node::Kind::sum, [&] { return split(); });
  }

  // Any number of `.split("x")[i]` after a value.
  Node split() {
    Node value = atom();
    for (int count = 0; tokens_.peek().is("."); ++count) {
      if (count == k_deepest_nesting) throw unexpected();
      Node made = node(Node::Kind::split, tokens_.take().offset);
      if (!tokens_.take_if("split")) {
        const Token& token = tokens_.peek();
        throw ExpressionError(token.offset, "'." + std::string(token.written) +
                                                "' is not known here; there is .split(\"x\")[i]");
      }
      expect("(");
      const Token separator = tokens_.take();
      if (separator.kind != Token::Kind::text || separator.text.empty()) {
        throw ExpressionError(separator.offset, ".split() takes one quoted, non-empty separator");
      }
      made.literal = Value::of_string(separator.text);
      expect(")");
      expect("[");
      made.index = index();
      expect("]");
      made.children.push_back(std::move(value));
      value = std::move(made);
    }
    return value;
  }

  long long index() {
    const bool negative = tokens_.take_if("-");
    const Token token = tokens_.take();
    const auto found = token.kind == Token::Kind::number ? parse_integer(token.written)
                                                         : std::optional<long long>{};
    if (!found) throw ExpressionError(token.offset, "expected a part's number");
    return negative ? -*found : *found;
  }

  Node atom() {
    const Token& next = tokens_.peek();
    if (next.is("(")) return parenthesis();
    if (next.is("[") && for_filter()) {
      const auto offset = tokens_.take().offset;
      return list(offset, "]", {});
    }
    if (next.is("-") || next.kind == Token::Kind::number) return number();
    if (next.kind == Token::Kind::text) {
      Node made = node(Node::Kind::literal, next.offset);
      made.literal = Value::of_string(tokens_.take().text);
      return made;
    }
    if (next.kind != Token::Kind::name || std::ranges::count(k_keywords, next.written) > 0) {
      throw unexpected();
    }
    return word();
  }

  Node parenthesis() {
    const auto offset = tokens_.take().offset;
    Node inner = conditional();
    if (for_filter() && tokens_.take_if(",")) {
      std::vector<Node> items;
      items.push_back(std::move(inner));
      return list(offset, ")", std::move(items));
    }
    expect(")");
    return inner;
  }

  // The rest of a list or tuple, up to `end`; a comma before the end is allowed.
  Node list(std::size_t offset, std::string_view end, std::vector<Node> items) {
    while (!tokens_.take_if(end)) {
      items.push_back(conditional());
      if (tokens_.take_if(end)) break;
      expect(",");
    }
    return node(Node::Kind::list, offset, std::move(items));
  }

  Node number() {
    Node made = node(Node::Kind::literal, tokens_.peek().offset);
    const bool negative = tokens_.take_if("-");
    const Token token = tokens_.take();
    made.literal.text = (negative ? "-" : "") + std::string(token.written);
    const bool digits = token.written.find_first_not_of("0123456789_") == std::string_view::npos;
    made.literal.kind = digits ? Value::Kind::integer : Value::Kind::real;
    if (token.kind != Token::Kind::number || !as_number(made.literal)) {
      throw ExpressionError(made.offset, "'" + made.literal.text + "' is no number");
    }
    return made;
  }

  // A name, a constant, or str(...).
  Node word() {
    const Token token = tokens_.take();
    Node made = node(Node::Kind::literal, token.offset);
    if (token.is("True") || token.is("False")) {
      made.literal = python_bool(token.is("True"));
    } else if (token.is("None")) {
      made.literal = Value{};
    } else if (!for_filter() && token.is("str") && tokens_.peek().is("(")) {
      tokens_.take();
      made.kind = Node::Kind::to_text;
      made.children.push_back(conditional());
      expect(")");
    } else {
      made.kind = Node::Kind::name;
      made.literal = Value::of_string(std::string(token.written));
      uses.push_back({.name = made.literal.text, .offset = token.offset});
    }
    return made;
  }

  Tokens tokens_;
  Grammar grammar_;
  int depth_ = 0;
};

}  // namespace

Expression Expression::parse(std::string_view text, Grammar grammar) {
  if (text.size() > k_longest_expression) {
    throw ExpressionError(0,
                          "it is longer than " + std::to_string(k_longest_expression) + " bytes");
  }
  Parser parser(text, grammar);
  Expression expression;
  expression.root_ = std::make_shared<const Node>(parser.parse());
  expression.uses_ = std::move(parser.uses);
  return expression;
}

}  // namespace assay
