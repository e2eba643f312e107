#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace assay {

namespace {

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void fail(const char* what, const std::filesystem::path& path, int code) {
  throw Error(std::string(what) + " " + path.string() + ": " + std::strerror(code));
}

std::string read_from(int fd, const std::filesystem::path& path) {
  std::string content;
  struct stat info {};
  if (::fstat(fd, &info) == 0 && info.st_size > 0) {
    content.reserve(static_cast<std::size_t>(info.st_size));
  }
  char buffer[65536];
  for (;;) {
    const auto count = ::read(fd, buffer, sizeof buffer);
    if (count == 0) return content;
    if (count < 0) {
      if (errno == EINTR) continue;
      fail("cannot read", path, errno);
    }
    content.append(buffer, static_cast<std::size_t>(count));
  }
}

void write_all(int fd, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const auto count = ::write(fd, content.data(), content.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      fail("cannot write", path, errno);
    }
    content.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) fail("cannot open", path, errno);
  return read_from(file.get(), path);
}

std::optional<std::string> read_file_if_exists(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    fail("cannot open", path, errno);
  }
  return read_from(file.get(), path);
}

std::string read_tail(const std::filesystem::path& path, std::size_t limit_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return {};
    fail("cannot open", path, errno);
  }
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) fail("cannot stat", path, errno);
  const auto size = static_cast<std::size_t>(info.st_size);
  const bool cut = size > limit_bytes;
  if (cut) ::lseek(file.get(), static_cast<off_t>(size - limit_bytes), SEEK_SET);
  auto content = read_from(file.get(), path);
  if (cut) {
    const auto line = content.find('\n');
    if (line != std::string::npos && line + 1 < content.size()) content.erase(0, line + 1);
  }
  return valid_utf8(content);
}

void for_each_block(const std::filesystem::path& path,
                    const std::function<bool(std::string_view)>& visit) {
  constexpr std::size_t k_block_bytes = std::size_t{1} << 20U;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return;
    fail("cannot open", path, errno);
  }
  std::string buffer(k_block_bytes, '\0');
  std::size_t held = 0;  // of the buffer: the start of a line that has not ended yet
  for (;;) {
    const auto count = ::read(file.get(), buffer.data() + held, buffer.size() - held);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot read", path, errno);
    const std::string_view filled(buffer.data(), held + static_cast<std::size_t>(count));
    if (count == 0) {
      if (!filled.empty()) visit(filled);
      return;
    }
    const auto line_end = filled.rfind('\n');
    if (line_end == std::string_view::npos && filled.size() < buffer.size()) {
      held = filled.size();
      continue;
    }
    const auto whole = line_end == std::string_view::npos ? filled.size() : line_end + 1;
    if (!visit(filled.substr(0, whole))) return;
    held = filled.size() - whole;
    std::memmove(buffer.data(), filled.data() + whole, held);
  }
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content,
                           unsigned mode) {
  const std::filesystem::path temporary =
      path.string() + ".tmp" + std::to_string(static_cast<long>(::getpid()));
  {
    const Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (file.get() < 0) fail("cannot create", temporary, errno);
    try {
      write_all(file.get(), content, temporary);
      if (::fsync(file.get()) != 0) fail("cannot sync", temporary, errno);
    } catch (...) {
      ::unlink(temporary.c_str());
      throw;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int code = errno;
    ::unlink(temporary.c_str());
    fail("cannot rename to", path, code);
  }
}

void make_directories(const std::filesystem::path& path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (code) throw Error("cannot create directory " + path.string() + ": " + code.message());
}

}  // namespace assay
