// Which measurements a dashboard of recipes shows as columns.
#pragma once

#include <string>
#include <vector>

namespace assay {

// run_seconds, the metrics that recipes name, and those they hold against baselines, each once.
// Throws InputError for the first recipe that is wrong.
std::vector<std::string> measurement_columns(const std::vector<std::string>& recipes);

}  // namespace assay
