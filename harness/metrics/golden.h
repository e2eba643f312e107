// Golden-values files, in the format of Megatron-LM's functional tests:
// {"lm loss": {"start_step": 1, "end_step": 50, "step_interval": 1, "values": {"1": 10.9, ...}}}
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/metric.h"

namespace assay {

// In the file's order. `values` may be a list, whose steps follow from start and interval. Throws
// InputError with the place of what is wrong, also for a file without any metric or a metric
// without any value; `file` is what errors and curves name.
std::vector<GoldenCurve> parse_golden(std::string_view text, const std::string& file);

}  // namespace assay
