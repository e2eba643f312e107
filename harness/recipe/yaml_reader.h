// YAML documents as Values: places kept, anchors and merge keys resolved, within limits that no
// input can break: aliases that multiply, nesting, endless lines and huge files are errors before
// they cost time or memory.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/value.h"

namespace assay {

// Far above what people write, far below what hurts.
constexpr std::size_t k_yaml_size_limit_bytes = std::size_t{8} << 20U;
constexpr std::size_t k_yaml_line_limit_bytes = std::size_t{1} << 20U;
constexpr std::size_t k_yaml_memory_limit_bytes = std::size_t{96} << 20U;  // of a file's values
constexpr std::size_t k_yaml_depth_limit = 100;

struct YamlDocument {
  Value value;                      // null where `error` is set
  Place place;                      // of its first content, else of its first line
  std::optional<InputError> error;  // it does not parse; the file's other documents stay
  std::vector<Place> duplicates;    // keys that a map has twice: the later one counts
};

// Every document of a file, in order; empty ones are left out. Kinds are those of YAML 1.2's core
// schema for plain scalars; what is quoted is a string. Of two equal keys in a map the later value
// counts, at the earlier one's position (as Python has it).
std::vector<YamlDocument> read_yaml(std::string_view text, const std::string& file);

// A file's text. One that is too large is an InputError before any of it is read.
std::string read_yaml_file(const std::filesystem::path& path);

// The kind of a plain scalar.
Value::Kind plain_scalar_kind(std::string_view text);

}  // namespace assay
