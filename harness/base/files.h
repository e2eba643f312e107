// Files, read whole and written so that a reader never sees half of one.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

// The whole file. Throws Error naming the path and the system's reason.
std::string read_file(const std::filesystem::path& path);

// The whole file, or nothing when it does not exist. Other failures throw Error.
std::optional<std::string> read_file_if_exists(const std::filesystem::path& path);

// The last `limit_bytes` of a file, from the start of a line where it was cut; empty when the file
// does not exist. Bad UTF-8 is replaced.
std::string read_tail(const std::filesystem::path& path, std::size_t limit_bytes);

// Hands a file to `visit` in blocks of whole lines, about a megabyte each, until it returns false;
// a longer line comes in pieces. A file that does not exist has no blocks. Throws Error.
void for_each_block(const std::filesystem::path& path,
                    const std::function<bool(std::string_view)>& visit);

// Writes to a temporary name in the same directory, syncs, renames. `mode` is the file's
// permission bits. Throws Error.
void write_file_atomically(const std::filesystem::path& path, std::string_view content,
                           unsigned mode = 0644);

// Makes the directory and its parents. Throws Error.
void make_directories(const std::filesystem::path& path);

}  // namespace assay
