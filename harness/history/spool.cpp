#include "history/spool.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"

namespace assay::detail {

namespace {

[[noreturn]] void fail(const std::string& what, const std::filesystem::path& path) {
  throw Error(what + " " + path.string() + ": " + std::strerror(errno));
}

std::string host_name() {
  std::array<char, 256> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0) return "host";
  std::string name(buffer.data());
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

// Unique over hosts, processes and threads; sorts by time.
std::string new_name() {
  static std::atomic<unsigned> counter{0};
  return std::to_string(now().time_since_epoch().count()) + "-" + host_name() + "-" +
         std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".json";
}

void write_whole(const std::filesystem::path& path, std::string_view text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.is_open()) fail("cannot create", path);
  while (!text.empty()) {
    const auto count = ::write(file.get(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int code = errno;
      ::unlink(path.c_str());
      errno = code;
      fail("cannot write", path);
    }
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::vector<std::filesystem::path> list(const std::filesystem::path& directory,
                                        std::string_view extension) {
  std::vector<std::filesystem::path> out;
  std::error_code code;
  for (std::filesystem::directory_iterator it(directory, code), end; !code && it != end;
       it.increment(code)) {
    if (it->path().extension() == extension) out.push_back(it->path());
  }
  if (code && code != std::errc::no_such_file_or_directory) {
    throw Error("cannot list " + directory.string() + ": " + code.message());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::filesystem::path beside(const std::filesystem::path& history, const char* suffix) {
  return history.string() + suffix;
}

}  // namespace

Spool::Spool(const std::filesystem::path& history)
    : history_(history), directory_(beside(history, ".pending")) {}

void Spool::write(std::string_view json, bool sync) const {
  make_directories(directory_);
  const auto path = directory_ / new_name();
  if (sync) return write_file_atomically(path, json);
  // No sync: like a commit to the write-ahead log this is safe from any kill, not from power loss.
  const auto temporary = beside(path, ".tmp");
  write_whole(temporary, json);
  if (::rename(temporary.c_str(), path.c_str()) != 0) fail("cannot rename to", path);
}

std::vector<std::filesystem::path> Spool::files(std::size_t limit) const {
  auto out = list(directory_, ".json");
  if (out.size() > limit) out.resize(limit);
  return out;
}

void Spool::remove_abandoned() const {
  const auto limit = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  std::error_code code;
  for (std::filesystem::directory_iterator it(directory_, code), end; !code && it != end;
       it.increment(code)) {
    const auto& path = it->path();
    if (path.filename().string().find(".json.tmp") == std::string::npos) continue;
    std::error_code ignored;  // another one may be at the same
    const auto written = std::filesystem::last_write_time(path, ignored);
    if (!ignored && written < limit) std::filesystem::remove(path, ignored);
  }
}

void Spool::set_aside(const std::filesystem::path& file) const {
  const auto bad = beside(file, ".bad");
  if (::rename(file.c_str(), bad.c_str()) != 0) fail("cannot rename to", bad);
}

std::vector<std::filesystem::path> Spool::set_aside_files() const {
  return list(directory_, ".bad");
}

std::optional<Descriptor> Spool::try_lock() const {
  const auto path = beside(history_, ".lock");
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.is_open()) fail("cannot open", path);
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::nullopt;
    // Lustre without the mount option `flock` has none.
    if (errno == ENOSYS || errno == EOPNOTSUPP || errno == ENOLCK) {
      throw Error("the file system of " + path.string() +
                  " has no locks that all hosts share: mount it so that it has (Lustre: -o "
                  "flock), or name a history elsewhere by --history or ASSAY_HISTORY");
    }
    if (errno != EINTR) fail("cannot lock", path);
  }
  return file;
}

std::optional<Descriptor> Spool::lock(std::chrono::milliseconds limit) const {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    if (auto file = try_lock()) return file;
    if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

Descriptor Spool::lock_or_fail(std::chrono::milliseconds limit) const {
  if (auto file = lock(limit)) return std::move(*file);
  throw TransientError("another process has held " + beside(history_, ".lock").string() + " for " +
                       format_duration(limit));
}

bool is_network_file_system(const std::filesystem::path& path) {
  // statfs(2), linux/magic.h and the file systems' own headers. FUSE may be anything (sshfs, S3):
  // the careful way costs little there.
  constexpr std::array<unsigned long, 16> k_network = {
      0x6969,      // NFS
      0x517B,      // SMB
      0xFF534D42,  // CIFS
      0xFE534D42,  // SMB2
      0x0BD00BD0,  // Lustre
      0x47504653,  // GPFS
      0x19830326,  // BeeGFS
      0x00C36400,  // Ceph
      0x65735546,  // FUSE
      0x01021997,  // 9P
      0x5346414F,  // AFS
      0x73757245,  // Coda
      0x20030528,  // PVFS2, OrangeFS
      0xAAD7AAEA,  // Panasas
      0x7461636F,  // OCFS2
      0x01161970,  // GFS2
  };
  auto existing = std::filesystem::absolute(path);
  struct statfs info {};
  while (::statfs(existing.c_str(), &info) != 0) {
    if (!existing.has_relative_path()) return false;
    existing = existing.parent_path();
  }
  const auto type = static_cast<unsigned long>(info.f_type) & 0xFFFFFFFFUL;
  return std::find(k_network.begin(), k_network.end(), type) != k_network.end();
}

}  // namespace assay::detail
