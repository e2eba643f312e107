// How a record's JSON spells enumerators that nothing else spells.
#pragma once

#include <string_view>

#include "model/metric.h"
#include "model/value.h"

namespace assay::detail {

inline std::string_view goal_name(Goal goal) {
  switch (goal) {
    case Goal::none:
      return "none";
    case Goal::maximize:
      return "maximize";
    case Goal::minimize:
      return "minimize";
  }
  return {};
}

inline std::string_view kind_name(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::boolean:
      return "boolean";
    case Value::Kind::integer:
      return "integer";
    case Value::Kind::real:
      return "real";
    default:
      return "string";
  }
}

}  // namespace assay::detail
