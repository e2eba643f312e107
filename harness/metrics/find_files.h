// Finding the files that a job left.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct FoundFile {
  std::filesystem::path path;
  std::string relative;  // to the directory that was searched, with '/'
};

// Every regular file below `root` (links to files count, links to directories are not followed),
// directory by directory, in natural order. What cannot be opened is a warning; a `root` that does
// not exist has no files.
std::vector<FoundFile> list_files(const std::filesystem::path& root,
                                  std::vector<std::string>& warnings);

// "version_9" before "version_10".
bool natural_less(std::string_view a, std::string_view b);

// Shell patterns over a whole path: `*` and `?` stop at '/', `**` does not, `[a-z]` and `[!a]` are
// one character.
bool glob_matches(std::string_view pattern, std::string_view path);

}  // namespace assay
