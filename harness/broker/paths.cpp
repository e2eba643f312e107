#include "broker/paths.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "base/digest.h"
#include "base/error.h"
#include "broker/protocol.h"

namespace assay {

namespace {

constexpr std::size_t k_name_length = 16;
constexpr std::size_t k_socket_path_limit = sizeof(sockaddr_un::sun_path);

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string host() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

std::filesystem::path runtime_directory() {
  const auto base = variable("XDG_RUNTIME_DIR");
  const auto directory = base.empty()
                             ? std::filesystem::path("/tmp/assay-" + std::to_string(::getuid()))
                             : std::filesystem::path(base) / "assay";
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    throw Error("cannot create directory " + directory.string() + ": " + std::strerror(errno));
  }
  struct stat status {};
  if (::lstat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) ||
      status.st_uid != ::getuid()) {
    throw Error(directory.string() + " is no directory of this user");
  }
  if ((status.st_mode & 0077U) != 0 && ::chmod(directory.c_str(), 0700) != 0) {
    throw Error("cannot keep others out of " + directory.string() + ": " + std::strerror(errno));
  }
  return directory;
}

std::filesystem::path state_directory() {
  const auto base = variable("XDG_STATE_HOME");
  if (!base.empty()) return std::filesystem::path(base) / "assay" / host();
  const auto home = variable("HOME");
  if (home.empty()) return runtime_directory() / "state";
  return std::filesystem::path(home) / ".local/state/assay" / host();
}

// What makes two drivers' jobs one broker's.
std::string identity(const LauncherConfig& config) {
  std::string text = ASSAY_VERSION;
  for (const auto& part :
       {config.type, config.settings.rendered(), variable("SLURM_CONF"), variable("KUBECONFIG")}) {
    text += '\n';
    text += part;
  }
  return sha256_hex(text).substr(0, k_name_length);
}

}  // namespace

BrokerPaths broker_paths(const LauncherConfig& config) {
  const auto name = identity(config);
  const auto directory = runtime_directory();
  const auto state = state_directory();
  BrokerPaths paths{directory / (name + ".sock"), directory / (name + ".lock"),
                    state / (name + ".sqlite"), state / (name + ".log")};
  if (paths.socket.string().size() >= k_socket_path_limit) {
    throw Error(paths.socket.string() + " is too long for a socket; set XDG_RUNTIME_DIR");
  }
  return paths;
}

}  // namespace assay
