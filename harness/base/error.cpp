#include "base/error.h"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace assay {

namespace {

constexpr std::size_t k_longest_excerpt = 160;
// Comparing takes the product of two names' lengths: nobody misspells one that is longer.
constexpr std::size_t k_longest_name = 200;

// The source line and a caret, cut to a window around the column so that a minified file
// does not fill the screen.
std::string excerpt(const Place& place, std::string_view source_line) {
  if (source_line.empty() || place.line <= 0) return {};
  const auto column = static_cast<std::size_t>(std::max(place.column, 1)) - 1;
  std::size_t begin = 0;
  if (source_line.size() > k_longest_excerpt && column > k_longest_excerpt / 2) {
    begin = std::min(column - k_longest_excerpt / 2, source_line.size() - k_longest_excerpt);
  }
  std::string shown(source_line.substr(begin, k_longest_excerpt));
  std::string margin = "  " + std::to_string(place.line) + " | ";
  std::string blank(margin.size() - 2, ' ');
  std::string out = "\n" + margin + shown;
  if (place.column <= 0) return out;
  std::string pad;
  for (std::size_t i = begin; i < column && i < source_line.size(); ++i) {
    const auto byte = static_cast<unsigned char>(source_line[i]);
    if ((byte & 0xC0U) == 0x80U) continue;  // inside a UTF-8 sequence: no column of its own
    pad += byte == '\t' ? '\t' : ' ';
  }
  return out + "\n" + blank + "| " + pad + "^";
}

}  // namespace

std::string to_string(const Place& place) {
  std::string out = place.file;
  if (place.line > 0) {
    out += ":" + std::to_string(place.line);
    if (place.column > 0) out += ":" + std::to_string(place.column);
  }
  return out;
}

InputError::InputError(Place place, std::string message, std::string_view source_line)
    : Error((place.file.empty() ? "" : to_string(place) + ": ") + message +
            excerpt(place, source_line)),
      place_(std::move(place)),
      message_(std::move(message)) {}

std::string_view line_of(std::string_view text, int line) {
  for (int current = 1; current < line; ++current) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  auto found = text.substr(0, text.find('\n'));
  if (found.ends_with('\r')) found.remove_suffix(1);
  return found;
}

namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

// Damerau-Levenshtein distance (adjacent swaps count one), ignoring case.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> previous(b.size() + 1);
  std::vector<std::size_t> current(b.size() + 1);
  std::iota(previous.begin(), previous.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      current[j] =
          std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1])) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
  // A third of the letters may differ, one at least: 'gpu' finds 'gpus', 'x' finds nothing long.
  if (name.size() > k_longest_name) return {};
  const std::size_t limit = std::max<std::size_t>(1, name.size() / 3);
  std::size_t best = limit + 1;
  std::string found;
  for (const auto& candidate : candidates) {
    if (candidate.size() > name.size() + limit || name.size() > candidate.size() + limit) continue;
    const auto distance = edit_distance(name, candidate);
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates) {
  const auto found = nearest_name(name, candidates);
  return found.empty() ? std::string{} : "; did you mean '" + found + "'?";
}

}  // namespace assay
