// The one table of what a recipe may say: the parser checks against it, and the JSON Schema for
// editors is made of it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/value.h"

namespace assay {

enum class FieldType {
  text,  // any scalar
  integer,
  number,
  boolean,
  list,       // of anything
  text_list,  // of scalars, or one scalar
  map,        // names to anything
  text_map,   // names to scalars
  map_list,   // list of maps
  any,
};

struct Field {
  std::string_view name;
  FieldType type;
  std::string_view description;
};

// Where the fields of a table stand.
enum class FieldTable {
  recipe,   // top level of `type: recipe` and `type: basic`
  build,    // top level of `type: build`
  compact,  // top level of BioNeMo v2's format
  spec,     // known keys below `spec`; all others there are the person's own variables
  build_spec,
  test_item,     // an item of `tests_spec`
  static_logic,  // its `logic_spec`, by logic type
  golden_logic,
  history_logic,
  baseline,  // one metric of `baselines`
  metric,    // one entry of `metrics`
  retry,
  quarantine,
  output,
};

std::span<const Field> fields(FieldTable table);

const Field* find_field(FieldTable table, std::string_view name);

// "a number", "a list of maps": what a message says was expected.
std::string_view describe(FieldType type);

bool has_type(const Value& value, FieldType type);

// Checks a map against a table: unknown keys (where the table is closed) and wrong types are
// InputErrors with the nearest known key. `where` names the map in messages: "in 'tests_spec'".
void check_fields(const Value& map, FieldTable table, std::string_view where,
                  const std::string& file, std::string_view text);

}  // namespace assay
