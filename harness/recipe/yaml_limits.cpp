#include "recipe/yaml_limits.h"

#include <algorithm>

#include "base/text.h"
#include "recipe/yaml_reader.h"

namespace assay::detail {

namespace {

// yaml-cpp keeps every token of a flow collection until it ends: both limits bound that queue.
constexpr int k_open_brackets_limit = 1000;
constexpr int k_commas_limit = 500'000;

// Walks over the text and stops at the first byte that breaks a limit.
class TextCheck {
 public:
  TextCheck(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  std::optional<InputError> run() {
    for (offset_ = 0; offset_ < text_.size(); ++offset_) {
      const auto problem = problem_at(text_[offset_]);
      if (!problem.empty()) return error(problem);
    }
    return check_utf8();
  }

 private:
  std::string problem_at(char c) {
    if (c == '\n') {
      ++line_;
      line_start_ = offset_ + 1;
      return {};
    }
    if (offset_ - line_start_ >= k_yaml_line_limit_bytes) {
      return "the line is longer than " + std::to_string(k_yaml_line_limit_bytes) + " bytes";
    }
    if (c == '[' || c == '{') {
      if (++open_brackets_ > k_open_brackets_limit) return "brackets are nested too deeply";
    } else if (c == ']' || c == '}') {
      open_brackets_ = std::max(0, open_brackets_ - 1);
    } else if (c == ',') {
      if (++commas_ > k_commas_limit) {
        return "the file has more than " + std::to_string(k_commas_limit) + " commas";
      }
    } else if (static_cast<unsigned char>(c) < 0x20U && c != '\t' && c != '\r') {
      return "YAML allows no control character (byte " +
             std::to_string(static_cast<unsigned char>(c)) + ") here";
    }
    return {};
  }

  std::optional<InputError> check_utf8() {
    const auto repaired = valid_utf8(text_);
    if (repaired == text_) return std::nullopt;
    const auto differing = std::ranges::mismatch(text_, repaired).in1;
    offset_ = static_cast<std::size_t>(differing - text_.begin());
    const auto before = text_.substr(0, offset_);
    line_ = 1 + static_cast<int>(std::ranges::count(before, '\n'));
    line_start_ = before.rfind('\n') + 1;  // npos + 1 is 0
    return error("the file is not valid UTF-8 here");
  }

  InputError error(const std::string& problem) const {
    // The line may be endless: only its start is shown.
    const auto shown = valid_utf8(line_of(text_.substr(line_start_, 4096), 1));
    const auto column = static_cast<int>(offset_ - line_start_) + 1;
    return {{file_, line_, column}, problem, shown};
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t offset_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
  int open_brackets_ = 0;
  int commas_ = 0;
};

bool is_mark(std::string_view line, std::string_view mark) {
  return line.starts_with(mark) &&
         (line.size() == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r');
}

}  // namespace

std::optional<InputError> check_yaml_size(std::uintmax_t size_bytes, const std::string& file) {
  if (size_bytes <= k_yaml_size_limit_bytes) return std::nullopt;
  return InputError({file, 0, 0}, "larger than " + std::to_string(k_yaml_size_limit_bytes >> 20U) +
                                      " MiB (" + std::to_string(size_bytes) +
                                      " bytes): no recipe is that long");
}

std::optional<InputError> check_yaml_text(std::string_view text, const std::string& file) {
  if (auto problem = check_yaml_size(text.size(), file)) return problem;
  return TextCheck(text, file).run();
}

std::vector<YamlChunk> split_documents(std::string_view text) {
  std::vector<YamlChunk> chunks;
  std::size_t chunk_start = 0;
  int chunk_lines = 0;
  int lines = 0;
  const auto cut = [&](std::size_t end, int lines_before_next) {
    if (end > chunk_start) {
      chunks.push_back({text.substr(chunk_start, end - chunk_start), chunk_lines});
    }
    chunk_start = end;
    chunk_lines = lines_before_next;
  };
  for (std::size_t start = 0; start < text.size(); ++lines) {
    const auto line_end = std::min(text.find('\n', start), text.size());
    const auto next = std::min(line_end + 1, text.size());
    const auto line = text.substr(start, line_end - start);
    if (is_mark(line, "---")) cut(start, lines);
    if (is_mark(line, "...")) cut(next, lines + 1);
    start = next;
  }
  cut(text.size(), lines);
  return chunks;
}

}  // namespace assay::detail
