// YAML documents as Values: places kept, anchors and merge keys resolved, limits on what they may
// grow to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/value.h"

namespace assay {

struct YamlDocument {
  Value value;                      // null where `error` is set
  Place place;                      // of its first content, else of its first line
  std::optional<InputError> error;  // it does not parse; the file's other documents stay
  std::vector<Place> duplicates;    // keys that a map has twice: the later one counts
};

// Every document of a file, in order; empty ones are left out. A file over 16 MiB, nesting deeper
// than 200 levels and aliases that expand to more than a million values are errors.
std::vector<YamlDocument> read_yaml(std::string_view text, const std::string& file);

}  // namespace assay
