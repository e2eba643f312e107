// Points in time as records keep them: UTC, milliseconds.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;

TimePoint now();

// "2026-11-21T06:27:13.042Z" (ISO 8601).
std::string to_iso8601(TimePoint time);

// Reads what to_iso8601 writes, and dates with fewer parts ("2026-11-21", "2026-11-21T15:00"),
// all in UTC; nothing when the text is no such time.
std::optional<TimePoint> from_iso8601(std::string_view text);

// "3.2 s", "4 min 10 s", "2 h 05 min".
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace assay
