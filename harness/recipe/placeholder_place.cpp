// From an offset in a scalar's text to a place in the file that holds the scalar.
#include <algorithm>
#include <cctype>

#include "recipe/placeholder.h"

namespace assay {

namespace {

// The offset in the file where the scalar itself starts, after an anchor or a tag.
std::size_t scalar_offset(const TextOrigin& origin) {
  std::size_t offset = 0;
  for (int line = 1; line < origin.line; ++line) {
    const auto end = origin.source.find('\n', offset);
    if (end == std::string_view::npos) return origin.source.size();
    offset = end + 1;
  }
  offset = std::min(offset + static_cast<std::size_t>(std::max(origin.column, 1) - 1),
                    origin.source.size());
  while (offset < origin.source.size() &&
         (origin.source[offset] == '&' || origin.source[offset] == '!')) {
    offset = origin.source.find_first_of(" \n", offset);
    if (offset == std::string_view::npos) return origin.source.size();
    offset = std::min(origin.source.find_first_not_of(" \n", offset), origin.source.size());
  }
  return offset;
}

int line_at(std::string_view source, std::size_t offset) {
  return 1 + static_cast<int>(std::ranges::count(source.substr(0, offset), '\n'));
}

Place place_at(const TextOrigin& origin, std::size_t offset) {
  const auto before = origin.source.substr(0, offset);
  const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {.file = origin.file,
          .line = line_at(origin.source, offset),
          .column = static_cast<int>(offset - line_start) + 1};
}

// In a literal block each line of the text is a line of the file, after its indentation.
Place place_in_literal_block(const TextOrigin& origin, std::size_t start, std::string_view text,
                             std::size_t offset) {
  const int line = line_at(origin.source, start) + line_at(text, offset);
  const auto line_start = text.substr(0, offset).rfind('\n') + 1;
  const auto in_text = line_of(text, line_at(text, offset));
  const auto in_file = line_of(origin.source, line);
  const auto indentation =
      in_file.size() >= in_text.size() ? in_file.size() - in_text.size() : std::size_t{0};
  return {.file = origin.file,
          .line = line,
          .column = static_cast<int>(indentation + offset - line_start) + 1};
}

// How often `excerpt` stands in `text` before `offset`.
std::size_t count_before(std::string_view text, std::string_view excerpt, std::size_t offset) {
  std::size_t count = 0;
  for (auto at = text.find(excerpt); at < offset; at = text.find(excerpt, at + 1)) ++count;
  return count;
}

}  // namespace

Place place_in_file(const TextOrigin& origin, std::string_view text, std::size_t offset,
                    std::size_t length) {
  Place start{.file = origin.file, .line = origin.line, .column = origin.column};
  if (origin.source.empty() || origin.line <= 0) return start;
  const auto begin = scalar_offset(origin);
  if (begin < origin.source.size() && origin.source[begin] == '|') {
    return place_in_literal_block(origin, begin, text, offset);
  }
  const auto excerpt = text.substr(offset, length);
  if (excerpt.empty()) return start;
  auto at = origin.source.find(excerpt, begin);
  for (auto left = count_before(text, excerpt, offset); left > 0 && at != std::string_view::npos;
       --left) {
    at = origin.source.find(excerpt, at + 1);
  }
  return at == std::string_view::npos ? start : place_at(origin, at);
}

}  // namespace assay
