// Lines on stdout that need no pattern.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "metrics/series_sink.h"

namespace assay {

// The N of `iteration N` or `iteration N/ M`, as Megatron and NeMo print it.
std::optional<std::int64_t> find_iteration(std::string_view line);

// A line that read_known_line reads something from holds one of these.
inline constexpr std::array<std::string_view, 2> k_known_line_words = {"iteration", "DLL "};

// Megatron's and NeMo's `iteration N/ M | name: number | ...` and DLLogger's
// `DLL <date> - <step> name : value unit ...`; other lines hold nothing.
void read_known_line(std::string_view line, SeriesSink& sink);

}  // namespace assay
