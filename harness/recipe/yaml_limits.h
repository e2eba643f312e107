// What is checked, and how a file is cut, before yaml-cpp sees any of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace assay::detail {

// The error of a file that is too large to be read at all.
std::optional<InputError> check_yaml_size(std::uintmax_t size_bytes, const std::string& file);

// What is wrong with the text as a whole: too large, a line too long, brackets too deep, bytes that
// YAML does not allow. Linear in the text.
std::optional<InputError> check_yaml_text(std::string_view text, const std::string& file);

struct YamlChunk {
  std::string_view text;
  int lines_before = 0;  // in the file
};

// Cuts at the lines that start a document (`---`) or end one (`...`): each chunk holds one document
// or none. YAML allows neither mark at a line's start inside any scalar.
std::vector<YamlChunk> split_documents(std::string_view text);

}  // namespace assay::detail
