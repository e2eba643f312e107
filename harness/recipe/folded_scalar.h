// What yaml-cpp (0.7, 0.8) gets wrong: a folded block scalar that keeps its last line ends (`>+`)
// comes out with one of them too few where blank lines follow its text (YAML 1.2.2, section
// 8.1.1.2).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::detail {

// `text` with all its line ends, where a `>+` scalar starts at `offset` of the source; else as it
// is. An anchor or a tag may stand before the `>`.
std::string with_kept_line_ends(std::string text, std::string_view source, std::size_t offset);

}  // namespace assay::detail
