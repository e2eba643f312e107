#include "cli/product_json.h"

#include <array>
#include <ostream>

#include "base/text.h"

namespace assay {

namespace {

// A number as JSON writes it (RFC 8259, section 6); YAML allows more: "+1", ".5", "0x10", "1.".
bool is_json_number(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const auto begin = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - begin;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const bool leading_zero = i < text.size() && text[i] == '0';
  const auto whole = digits();
  if (whole == 0 || (leading_zero && whole > 1)) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

std::string number_text(const Value& value) {
  if (is_json_number(value.text)) return value.text;
  if (const auto integer = parse_integer(value.text)) return std::to_string(*integer);
  if (const auto number = parse_number(value.text)) {
    const auto text = format_number(*number);
    if (is_json_number(text)) return text;
  }
  return json_quote(value.text);
}

std::string label_text(const GridProduct& product) {
  std::string out = "{";
  const auto* labels = product.recipe->document.find("labels");
  if (labels != nullptr) {
    for (const auto& [name, value] : labels->entries) {
      if (out.size() > 1) out += ", ";
      out += json_quote(name) + ": " + json_quote(value.is_null() ? "" : value.rendered());
    }
  }
  return out + "}";
}

}  // namespace

std::string json_quote(std::string_view text) {
  constexpr std::array<char, 17> k_hex{"0123456789abcdef"};
  std::string out = "\"";
  for (const char c : valid_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (byte < 0x20U || byte == 0x7FU) {
      out += "\\u00";
      out += k_hex[byte >> 4U];
      out += k_hex[byte & 15U];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string to_json_text(const Value& value) {
  switch (value.kind) {
    case Value::Kind::null:
      return "null";
    case Value::Kind::boolean:
      return value.rendered() == "True" ? "true" : "false";
    case Value::Kind::integer:
    case Value::Kind::real:
      return number_text(value);
    case Value::Kind::string:
      return json_quote(value.text);
    case Value::Kind::list: {
      std::string out = "[";
      for (const auto& item : value.items) out += (out.size() > 1 ? ", " : "") + to_json_text(item);
      return out + "]";
    }
    case Value::Kind::map: {
      std::string out = "{";
      for (const auto& [name, entry] : value.entries) {
        out += (out.size() > 1 ? ", " : "") + json_quote(name) + ": " + to_json_text(entry);
      }
      return out + "}";
    }
  }
  return {};
}

void write_products_json(std::span<const GridProduct> products, std::ostream& out) {
  const Recipe* last = nullptr;
  std::string recipe_part;  // what all products of one recipe share
  std::string labels;
  out << "[";
  const char* separator = "\n";
  for (const auto& product : products) {
    if (product.recipe.get() != last) {
      last = product.recipe.get();
      recipe_part = json_quote(last->file);
      labels = label_text(product);
    }
    std::string line = separator;
    line += R"({"key": )" + json_quote(product.key) + R"(, "name": )" + json_quote(product.name()) +
            R"(, "recipe": )" + recipe_part + R"(, "line": )" + std::to_string(product.line) +
            R"(, "labels": )" + labels + R"(, "spec": {)";
    bool first = true;
    for (const auto& [name, value] : product.bindings) {
      if (!first) line += ", ";
      first = false;
      line += json_quote(*name) + ": ";
      if (*name == "scope" && product.scopes.size() > 1) {
        Value scopes;
        scopes.kind = Value::Kind::list;
        for (const auto* scope : product.scopes) scopes.items.push_back(*scope);
        line += to_json_text(scopes);
      } else {
        line += to_json_text(*value);
      }
    }
    out << line << "}}";
    separator = ",\n";
  }
  out << "\n]\n";
}

}  // namespace assay
