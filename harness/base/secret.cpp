#include "base/secret.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace assay {

std::optional<std::string> read_secret(const std::string& variable) {
  if (const char* value = std::getenv(variable.c_str()); value != nullptr) {
    if (const auto secret = trim(value); !secret.empty()) return std::string(secret);
  }
  const char* path = std::getenv((variable + "_FILE").c_str());
  if (path == nullptr || *path == '\0') return std::nullopt;
  return read_secret_file(path);
}

std::string read_secret_file(const std::filesystem::path& path) {
  const auto content = read_file(path);
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) throw Error("cannot stat " + path.string());
  if ((info.st_mode & 077U) != 0) {
    throw InputError(
        {.file = path.string()},
        fmt::format("others may read this secret (mode {:o}); chmod 600 it", info.st_mode & 0777U));
  }
  const auto secret = trim(content);
  if (secret.empty()) throw InputError({.file = path.string()}, "the file of a secret is empty");
  return std::string(secret);
}

}  // namespace assay
