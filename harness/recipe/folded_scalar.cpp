#include "recipe/folded_scalar.h"

#include <algorithm>

#include "base/text.h"

namespace assay::detail {

namespace {

constexpr std::string_view k_blanks = " \t\r\n";

// Takes the next line off the source, without its line end.
std::string_view take_line(std::string_view& source) {
  const auto end = std::min(source.find('\n'), source.size());
  auto line = source.substr(0, end);
  source.remove_prefix(std::min(end + 1, source.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view without_properties(std::string_view source) {
  while (source.starts_with('&') || source.starts_with('!')) {
    source.remove_prefix(std::min(source.find_first_of(k_blanks), source.size()));
    source.remove_prefix(std::min(source.find_first_not_of(k_blanks), source.size()));
  }
  return source;
}

// The blank lines that end the scalar whose first line comes next and whose first line of text has
// `leading` blanks of its own.
std::size_t blank_lines_at_end(std::string_view source, std::size_t leading) {
  std::size_t blank = 0;
  std::size_t indent = 0;  // of the text; 0: no line of text yet
  while (!source.empty()) {
    const auto line = take_line(source);
    const auto spaces = std::min(line.find_first_not_of(' '), line.size());
    const bool is_text = spaces < line.size();
    if (indent == 0 && is_text) indent = spaces - std::min(spaces, leading);
    if (is_text && spaces < indent) break;
    const bool counts = is_text || (indent > 0 && spaces > indent);
    blank = counts ? 0 : blank + 1;
  }
  return blank;
}

}  // namespace

std::string with_kept_line_ends(std::string text, std::string_view source, std::size_t offset) {
  const auto end_of_text = text.find_last_not_of('\n');
  if (end_of_text == std::string::npos) return text;
  source = without_properties(source.substr(std::min(offset, source.size())));
  const auto header = take_line(source);
  const auto indicators = header.substr(0, std::min(header.find_first_of(" \t"), header.size()));
  if (!header.starts_with('>') || indicators.find('+') == std::string_view::npos) return text;
  const auto start = text.find_first_not_of('\n');
  const auto leading = text.find_first_not_of(' ', start) - start;
  if (const auto blank = blank_lines_at_end(source, leading); blank > 0) {
    text.resize(end_of_text + 1);
    text.append(blank + 1, '\n');
  }
  return text;
}

}  // namespace assay::detail
