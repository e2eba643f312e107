#include "model/value.h"

#include "base/text.h"

namespace assay {

Value::Value() = default;
Value::~Value() = default;
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;

Value Value::of_string(std::string text) {
  Value value;
  value.kind = Kind::string;
  value.text = std::move(text);
  return value;
}

Value Value::of_integer(long long number) {
  Value value;
  value.kind = Kind::integer;
  value.text = std::to_string(number);
  return value;
}

const Value* Value::find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

namespace {

std::string quoted(const Value& value) {
  return value.kind == Value::Kind::string ? "'" + value.text + "'" : value.rendered();
}

}  // namespace

std::string Value::rendered() const {
  switch (kind) {
    case Kind::null:
      return "None";
    case Kind::boolean:
      return to_lower(text) == "true" ? "True" : "False";
    case Kind::integer:
    case Kind::real:
    case Kind::string:
      return text;
    case Kind::list: {
      std::string out = "[";
      for (const auto& item : items) out += (out.size() > 1 ? ", " : "") + quoted(item);
      return out + "]";
    }
    case Kind::map: {
      std::string out = "{";
      for (const auto& [name, value] : entries) {
        out += (out.size() > 1 ? ", '" : "'") + name + "': " + quoted(value);
      }
      return out + "}";
    }
  }
  return {};
}

bool Value::operator==(const Value& other) const {
  return kind == other.kind && text == other.text && items == other.items &&
         entries == other.entries;
}

}  // namespace assay
