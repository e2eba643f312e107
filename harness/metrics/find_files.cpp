#include "metrics/find_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace assay {

namespace {

constexpr int k_deepest_directory = 24;
constexpr std::size_t k_most_files = 200'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Walker {
 public:
  explicit Walker(std::vector<std::string>& warnings) : warnings_(warnings) {}

  void walk(const std::filesystem::path& directory, const std::string& relative, int depth) {
    std::error_code problem;
    std::filesystem::directory_iterator entries(directory, problem);
    std::vector<std::filesystem::directory_entry> files;
    std::vector<std::filesystem::directory_entry> directories;
    for (; !problem && entries != std::filesystem::directory_iterator{};
         entries.increment(problem)) {
      std::error_code unknown;  // an entry that vanished meanwhile is neither
      if (!entries->is_symlink(unknown) && entries->is_directory(unknown)) {
        directories.push_back(*entries);
      } else if (entries->is_regular_file(unknown)) {
        files.push_back(*entries);
      }
    }
    if (problem) {
      const bool is_absent = depth == 0 && problem == std::errc::no_such_file_or_directory;
      if (!is_absent) warn(directory, problem.message());
    }
    sort(files);
    sort(directories);
    for (const auto& file : files) {
      if (found_.size() == k_most_files) {
        if (!is_full_) warn(directory, "too many files; further ones are not searched");
        is_full_ = true;
        return;
      }
      found_.push_back({file.path(), relative + file.path().filename().string()});
    }
    for (const auto& below : directories) {
      if (depth == k_deepest_directory) {
        warn(below.path(), "nested too deeply, not searched");
        continue;
      }
      walk(below.path(), relative + below.path().filename().string() + "/", depth + 1);
    }
  }

  std::vector<FoundFile> take() { return std::move(found_); }

 private:
  static void sort(std::vector<std::filesystem::directory_entry>& entries) {
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
      return natural_less(a.path().native(), b.path().native());
    });
  }

  void warn(const std::filesystem::path& where, std::string_view reason) {
    warnings_.push_back(fmt::format("{}: {}", valid_utf8(where.string()), reason));
  }

  std::vector<std::string>& warnings_;
  std::vector<FoundFile> found_;
  bool is_full_ = false;
};

// The end of `[...]` that starts at `pattern[0]`; 0 where it is not closed.
std::size_t class_size(std::string_view pattern) {
  const std::size_t first = pattern.size() > 1 && pattern[1] == '!' ? 3 : 2;
  const auto close = pattern.find(']', first);
  return close == std::string_view::npos ? 0 : close + 1;
}

bool class_matches(std::string_view members, char c) {
  const bool is_negated = members.starts_with('!');
  if (is_negated) members.remove_prefix(1);
  bool found = false;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i + 2 < members.size() && members[i + 1] == '-') {
      found |= members[i] <= c && c <= members[i + 2];
      i += 2;
    } else {
      found |= members[i] == c;
    }
  }
  return found != is_negated;
}

}  // namespace

std::vector<FoundFile> list_files(const std::filesystem::path& root,
                                  std::vector<std::string>& warnings) {
  Walker walker(warnings);
  walker.walk(root, "", 0);
  return walker.take();
}

bool natural_less(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const auto end_a = std::min(a.find_first_not_of("0123456789", i), a.size());
      const auto end_b = std::min(b.find_first_not_of("0123456789", j), b.size());
      while (i < end_a - 1 && a[i] == '0') ++i;
      while (j < end_b - 1 && b[j] == '0') ++j;
      const auto number_a = a.substr(i, end_a - i);
      const auto number_b = b.substr(j, end_b - j);
      if (number_a.size() != number_b.size()) return number_a.size() < number_b.size();
      if (number_a != number_b) return number_a < number_b;
      i = end_a;
      j = end_b;
    } else {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i;
      ++j;
    }
  }
  if ((i < a.size()) != (j < b.size())) return j < b.size();
  return a < b;  // equal but for leading zeros
}

bool glob_matches(std::string_view pattern, std::string_view path) {
  for (;;) {
    if (pattern.empty()) return path.empty();
    if (pattern.starts_with("**")) {
      pattern.remove_prefix(2);
      // `**/x` is also `x` itself.
      if (pattern.starts_with('/') && glob_matches(pattern.substr(1), path)) return true;
      for (std::size_t i = 0; i <= path.size(); ++i) {
        if (glob_matches(pattern, path.substr(i))) return true;
      }
      return false;
    }
    if (pattern.front() == '*') {
      pattern.remove_prefix(1);
      for (std::size_t i = 0;; ++i) {
        if (glob_matches(pattern, path.substr(i))) return true;
        if (i == path.size() || path[i] == '/') return false;
      }
    }
    if (path.empty()) return false;
    std::size_t used = 1;
    if (pattern.front() == '?') {
      if (path.front() == '/') return false;
    } else if (const auto size = pattern.front() == '[' ? class_size(pattern) : 0; size > 0) {
      if (path.front() == '/' || !class_matches(pattern.substr(1, size - 2), path.front())) {
        return false;
      }
      used = size;
    } else if (pattern.front() != path.front()) {
      return false;
    }
    pattern.remove_prefix(used);
    path.remove_prefix(1);
  }
}

}  // namespace assay
