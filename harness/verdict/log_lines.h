// The interesting lines of a log, whatever its size.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace assay {

struct LogLine {
  std::string_view text;  // without its line end; valid during the visit
  std::int64_t number = 0;
};

enum class NextLine {
  matching,  // the next one that the pattern matches
  any,       // the very next one
  none,      // enough seen
};

// Visits the lines of a file that `pattern` matches, and those that the visitor asked to see next.
// A file that does not exist has none. Throws Error when it cannot be read.
void visit_lines(const std::filesystem::path& path, const re2::RE2& pattern,
                 const std::function<NextLine(const LogLine&)>& visit);

// A line as text for people: no control sequences, valid UTF-8, at most `limit_bytes`.
std::string readable_line(std::string_view line, std::size_t limit_bytes = 200);

}  // namespace assay
