#include "launch/lease.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/error.h"

namespace assay {

namespace {

constexpr const char* k_name = ".lease";

}  // namespace

std::filesystem::path run_lease(const std::filesystem::path& attempt_directory) {
  return attempt_directory.parent_path().parent_path() / k_name;
}

std::filesystem::path job_lease(const std::filesystem::path& attempt_directory) {
  return attempt_directory / k_name;
}

void renew_lease(const std::filesystem::path& lease) {
  const Descriptor file(::open(lease.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  // Times set by a server's own clock: what jobs compare them with.
  if (!file.is_open() || ::futimens(file.get(), nullptr) != 0) {
    throw Error("cannot renew the lease " + lease.string() + ": " + std::strerror(errno));
  }
}

}  // namespace assay
