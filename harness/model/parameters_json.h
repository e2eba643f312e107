// A record's parameters by themselves: what the history keeps once for all records that have them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/record.h"

namespace assay {

// As one line of JSON, as the record itself has them.
std::string parameters_json(const Record& record);

// Reads what parameters_json writes. Throws Error for what is none.
std::vector<std::pair<std::string, Value>> parameters_from_json(std::string_view text);

}  // namespace assay
