// A YAML value as its file wrote it: what parameters, settings and labels are made of.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace assay {

struct Value {
  enum class Kind { null, boolean, integer, real, string, list, map };

  Kind kind = Kind::null;
  // A scalar's raw text in the file ("1e-3", "True", "0x10"); empty for null, lists and maps.
  std::string text;
  std::vector<Value> items;                            // of a list
  std::vector<std::pair<std::string, Value>> entries;  // of a map, in file order
  int line = 0;  // where the value starts, from 1; 0 when it came from no file
  int column = 0;
  int key_line = 0;  // where its key starts, for an entry of a map
  int key_column = 0;

  // Made in value.cpp: clang cannot make those of a type that holds pairs of itself.
  Value();
  ~Value();
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;

  static Value of_string(std::string text);
  static Value of_integer(long long number);

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind != Kind::list && kind != Kind::map; }

  // The entry of a map; null when there is none or this is no map.
  const Value* find(std::string_view key) const;

  // What a placeholder puts into a script: the raw text, "None" for null, "True"/"False" for
  // booleans. Lists and maps read as Python prints them: "[1, 'a']".
  std::string rendered() const;

  // Compared by kind and content; places do not count.
  bool operator==(const Value& other) const;
};

}  // namespace assay
