// One value against one bound of `tests_spec`.
#pragma once

#include <string>
#include <string_view>

#include "model/check.h"

namespace assay {

// "[2.48, 2.59]", ">= 140", "1 ± 0.1": what a bound expects.
std::string describe(const Bound& bound);

// "range", "eq", "geq", ... as recipes spell it.
std::string_view to_string(Bound::Operator op);

// Status passed or failed; NaN fails whatever the bound. Values from float32 sources equal a bound
// when they do at float32. The finding's `check` is "<metric>.<operator>".
Finding judge_bound(const std::string& metric, const Bound& bound, double value, bool is_float32);

}  // namespace assay
