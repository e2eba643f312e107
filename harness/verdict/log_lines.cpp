#include "verdict/log_lines.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"

namespace assay {

namespace {

std::string_view line_at(std::string_view block, std::size_t position) {
  const auto before = block.substr(0, position).rfind('\n');
  const auto begin = before == std::string_view::npos ? 0 : before + 1;
  const auto end = block.find('\n', position);
  return block.substr(begin, end == std::string_view::npos ? end : end - begin);
}

// Goes over one file's blocks.
class Visitor {
 public:
  Visitor(const re2::RE2& pattern, const std::function<NextLine(const LogLine&)>& visit)
      : pattern_(pattern), visit_(visit) {}

  bool operator()(std::string_view block) {
    std::size_t position = 0;
    while (position < block.size()) {
      const auto found = next_ == NextLine::any ? position : find_from(block, position);
      if (found == std::string_view::npos) break;
      const auto line = line_at(block, found);
      const auto begin = static_cast<std::size_t>(line.data() - block.data());
      line_number_ += std::count(block.begin() + static_cast<std::ptrdiff_t>(position),
                                 block.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
      position = begin + line.size() + 1;
      next_ = visit_({line, ++line_number_});
      if (next_ == NextLine::none) return false;
    }
    if (position < block.size()) {
      line_number_ +=
          std::count(block.begin() + static_cast<std::ptrdiff_t>(position), block.end(), '\n');
    }
    return true;
  }

 private:
  std::size_t find_from(std::string_view block, std::size_t position) const {
    re2::StringPiece match;
    const re2::StringPiece text(block.data(), block.size());
    if (!pattern_.Match(text, position, block.size(), re2::RE2::UNANCHORED, &match, 1)) {
      return std::string_view::npos;
    }
    // By its last character: a class such as [^x] may have matched the line end before.
    const auto end = static_cast<std::size_t>(match.data() - block.data()) + match.size();
    return std::max(position, end > 0 ? end - 1 : 0);
  }

  const re2::RE2& pattern_;
  const std::function<NextLine(const LogLine&)>& visit_;
  NextLine next_ = NextLine::matching;
  std::int64_t line_number_ = 0;
};

}  // namespace

void visit_lines(const std::filesystem::path& path, const re2::RE2& pattern,
                 const std::function<NextLine(const LogLine&)>& visit) {
  for_each_block(path, Visitor(pattern, visit));
}

std::string readable_line(std::string_view line, std::size_t limit_bytes) {
  static const re2::RE2 k_controls("\x1b\\[[0-9;?]*[A-Za-z]|[\\x00-\\x08\\x0b-\\x1f\\x7f]");
  auto text = valid_utf8(trim(line));
  re2::RE2::GlobalReplace(&text, k_controls, "");
  if (text.size() <= limit_bytes) return text;
  auto end = limit_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

}  // namespace assay
