// What a job writes down about its own end: the file `exit_code` in its attempt's directory.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "model/job.h"

namespace assay {

inline constexpr const char* k_exit_file = "exit_code";

// An exit status as a POSIX shell reports it: 128 + n is the end by signal n.
JobEnd end_of_status(int status);

// The file's text: one decimal number. Nothing when it is anything else.
std::optional<JobEnd> parse_exit_file(std::string_view text);

// Nothing when there is no such file (yet). Throws Error when it cannot be read or holds no exit
// code.
std::optional<JobEnd> read_exit_file(const std::filesystem::path& attempt_directory);

}  // namespace assay
