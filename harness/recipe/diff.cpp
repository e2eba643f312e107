#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "recipe/edit.h"

namespace assay {

namespace {

constexpr std::size_t k_context = 3;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

struct Line {
  char mark = ' ';
  std::string_view text;
  std::size_t before = 0;  // how many lines of each side precede this one
  std::size_t after = 0;
};

// By the longest common subsequence of what is between the equal beginning and end.
std::vector<Line> compared(const std::vector<std::string_view>& before,
                           const std::vector<std::string_view>& after) {
  std::size_t head = 0;
  while (head < before.size() && head < after.size() && before[head] == after[head]) ++head;
  std::size_t tail = 0;
  while (tail < before.size() - head && tail < after.size() - head &&
         before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) {
    ++tail;
  }
  const auto rows = before.size() - head - tail;
  const auto columns = after.size() - head - tail;
  std::vector<std::vector<unsigned>> common(rows + 1, std::vector<unsigned>(columns + 1, 0));
  for (auto i = rows; i-- > 0;) {
    for (auto j = columns; j-- > 0;) {
      common[i][j] = before[head + i] == after[head + j]
                         ? common[i + 1][j + 1] + 1
                         : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::vector<Line> lines;
  std::size_t i = 0;
  std::size_t j = 0;
  const auto keep = [&] { lines.push_back({' ', before[i], i, j}), ++i, ++j; };
  while (i < head) keep();
  while (i < head + rows || j < head + columns) {
    const bool in_both = i < head + rows && j < head + columns;
    if (in_both && before[i] == after[j]) {
      keep();
    } else if (j == head + columns ||
               (in_both && common[i - head + 1][j - head] >= common[i - head][j - head + 1])) {
      lines.push_back({'-', before[i], i, j});
      ++i;
    } else {
      lines.push_back({'+', after[j], i, j});
      ++j;
    }
  }
  while (i < before.size()) keep();
  return lines;
}

std::string hunk(std::span<const Line> lines) {
  std::size_t before = 0;
  std::size_t after = 0;
  std::string body;
  for (const Line& line : lines) {
    if (line.mark != '+') ++before;
    if (line.mark != '-') ++after;
    body += line.mark;
    body += line.text;
    if (!line.text.ends_with('\n')) body += "\n\\ No newline at end of file\n";
  }
  const auto start = [](std::size_t preceding, std::size_t count) {
    return count == 0 ? preceding : preceding + 1;
  };
  return fmt::format("@@ -{},{} +{},{} @@\n", start(lines.front().before, before), before,
                     start(lines.front().after, after), after) +
         body;
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after, const std::string& name) {
  if (before == after) return {};
  const auto lines = compared(lines_of(before), lines_of(after));
  std::string out = fmt::format("--- {}\n+++ {}\n", name, name);
  const auto is_change = [](const Line& line) { return line.mark != ' '; };
  auto next = std::find_if(lines.begin(), lines.end(), is_change);
  while (next != lines.end()) {
    const auto context = static_cast<std::ptrdiff_t>(k_context);
    const auto begin = next - std::min(context, next - lines.begin());
    auto end = next;
    // Changes nearer than two contexts share a hunk.
    while (next != lines.end() && next - end <= 2 * context) {
      end = next + 1;
      next = std::find_if(end, lines.end(), is_change);
    }
    end += std::min(context, lines.end() - end);
    out += hunk({begin, end});
  }
  return out;
}

}  // namespace assay
