// Evaluation; the parser is in expression_parser.cpp.
#include "recipe/expression.h"

#include <array>
#include <compare>

#include "base/text.h"
#include "recipe/expression_node.h"
#include "recipe/python_value.h"

namespace assay {

namespace {

using Node = Expression::Node;
using detail::Comparison;

const Value k_none;

const char* type_name(const Value& value) {
  switch (value.kind) {
    case Value::Kind::null:
      return "None";
    case Value::Kind::string:
      return "a string";
    case Value::Kind::list:
      return "a list";
    case Value::Kind::map:
      return "a map";
    default:
      return "a number";
  }
}

bool is_number(const Value& value) { return as_number(value).has_value(); }

// Python's sum of two numbers, written as Python writes it.
Value sum_of_numbers(const Value& left, const Value& right, std::size_t offset) {
  const auto left_integer = parse_integer(left.text);
  const auto right_integer = parse_integer(right.text);
  if (left_integer && right_integer) {
    long long sum = 0;
    if (__builtin_add_overflow(*left_integer, *right_integer, &sum)) {
      throw ExpressionError(offset, "this sum is too large");
    }
    return Value::of_integer(sum);
  }
  const double sum = *as_number(left) + *as_number(right);
  Value value;
  value.kind = Value::Kind::real;
  value.text = format_number(sum);
  if (value.text.find_first_not_of("-0123456789") == std::string::npos) value.text += ".0";
  return value;
}

Value sum_of(const Value& left, const Value& right, std::size_t offset) {
  if (left.kind == Value::Kind::string && right.kind == Value::Kind::string) {
    return Value::of_string(left.text + right.text);
  }
  if (is_number(left) && is_number(right)) return sum_of_numbers(left, right, offset);
  throw ExpressionError(offset, std::string("cannot add ") + type_name(left) + " and " +
                                    type_name(right) + "; str() makes a string");
}

// `.split(separator)[index]`; a negative index counts from the end.
Value split_item(const Value& value, const Node& node) {
  if (value.kind != Value::Kind::string) {
    throw ExpressionError(node.offset, std::string("cannot split ") + type_name(value));
  }
  std::vector<std::string_view> parts;
  std::string_view rest = value.text;
  const std::string& separator = node.literal.text;
  for (auto end = rest.find(separator); end != std::string_view::npos; end = rest.find(separator)) {
    parts.push_back(rest.substr(0, end));
    rest.remove_prefix(end + separator.size());
  }
  parts.push_back(rest);
  const auto count = static_cast<long long>(parts.size());
  const long long index = node.index < 0 ? node.index + count : node.index;
  if (index < 0 || index >= count) {
    throw ExpressionError(node.offset, "there is no part " + std::to_string(node.index) + " in '" +
                                           value.text + "' split at '" + separator + "'");
  }
  return Value::of_string(std::string(parts[static_cast<std::size_t>(index)]));
}

bool holds_in_order(Comparison comparison, const Value& left, const Value& right) {
  const auto order = python_order(left, right);
  if (!order) return false;
  switch (comparison) {
    case Comparison::less:
      return std::is_lt(*order);
    case Comparison::less_or_equal:
      return std::is_lteq(*order);
    case Comparison::greater:
      return std::is_gt(*order);
    default:
      return std::is_gteq(*order);
  }
}

bool holds(Comparison comparison, const Value& left, const Value& right) {
  switch (comparison) {
    case Comparison::equal:
      return python_equal(left, right);
    case Comparison::not_equal:
      return !python_equal(left, right);
    case Comparison::contained:
      return python_contains(right, left);
    case Comparison::not_contained:
      return !python_contains(right, left);
    default:
      return holds_in_order(comparison, left, right);
  }
}

class Evaluator {
 public:
  explicit Evaluator(const Names& names) : names_(names) {}

  // The node's value: one that lives elsewhere, or one made in `scratch`.
  const Value& value(const Node& node, Value& scratch) const {
    switch (node.kind) {
      case Node::Kind::literal:
        return node.literal;
      case Node::Kind::name: {
        const Value* found = names_.find(node.literal.text, scratch);
        return found == nullptr ? k_none : *found;
      }
      case Node::Kind::conditional:
        return value(truth(node.children[1]) ? node.children[0] : node.children[2], scratch);
      case Node::Kind::any_of:
      case Node::Kind::all_of:
        return deciding(node, scratch);
      case Node::Kind::negation:
        return scratch = python_bool(!truth(node.children[0]));
      case Node::Kind::comparison:
        return scratch = python_bool(compares(node));
      case Node::Kind::is_none: {
        const bool none = value(node.children[0], scratch).is_null();
        return scratch = python_bool(none != node.negated);
      }
      case Node::Kind::sum:
        return scratch = sum(node);
      case Node::Kind::to_text:
        return scratch = Value::of_string(value(node.children[0], scratch).rendered());
      case Node::Kind::split:
        return scratch = split_item(value(node.children[0], scratch), node);
      case Node::Kind::list:
        return scratch = list(node);
    }
    return k_none;
  }

  bool truth(const Node& node) const {
    if (node.kind == Node::Kind::comparison) return compares(node);
    Value scratch;
    return is_truthy(value(node, scratch));
  }

 private:
  // Python's `or` and `and` give the operand that decided.
  const Value& deciding(const Node& node, Value& scratch) const {
    const bool stops_at = node.kind == Node::Kind::any_of;
    for (std::size_t i = 0; i + 1 < node.children.size(); ++i) {
      const Value& operand = value(node.children[i], scratch);
      if (is_truthy(operand) == stops_at) return operand;
    }
    return value(node.children.back(), scratch);
  }

  bool compares(const Node& node) const {
    std::array<Value, 2> scratch;
    const Value* left = &value(node.children[0], scratch[0]);
    for (std::size_t i = 0; i < node.comparisons.size(); ++i) {
      const Value* right = &value(node.children[i + 1], scratch[(i + 1) % 2]);
      if (!holds(node.comparisons[i], *left, *right)) return false;
      left = right;
    }
    return true;
  }

  Value sum(const Node& node) const {
    Value scratch;
    Value total = value(node.children[0], scratch);
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      total = sum_of(total, value(node.children[i], scratch), node.children[i].offset);
    }
    return total;
  }

  Value list(const Node& node) const {
    Value made;
    made.kind = Value::Kind::list;
    Value scratch;
    for (const auto& child : node.children) made.items.push_back(value(child, scratch));
    return made;
  }

  const Names& names_;
};

}  // namespace

Value Expression::evaluate(const Names& names) const {
  Value scratch;
  return Evaluator(names).value(*root_, scratch);
}

bool Expression::is_true(const Names& names) const { return Evaluator(names).truth(*root_); }

}  // namespace assay
