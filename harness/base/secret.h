// Tokens and passwords, from where secrets may come.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace assay {

// The secret in the environment variable `variable`, else in the file that `variable` + "_FILE"
// names, else nothing. Blanks around it are dropped. Throws as read_secret_file does.
std::optional<std::string> read_secret(const std::string& variable);

// The secret in a file, without the blanks around it. Throws InputError when others than the owner
// may read the file or it is empty, Error when it cannot be read.
std::string read_secret_file(const std::filesystem::path& path);

}  // namespace assay
