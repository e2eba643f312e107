// The recipe format as a JSON Schema (draft-07), for editors: yaml-language-server reads it.
#pragma once

#include <string>

namespace assay {

// Made of the table that recipes are checked against; indented, ending in a newline.
std::string recipe_schema();

}  // namespace assay
