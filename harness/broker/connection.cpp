#include "broker/connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace assay {

namespace {

constexpr timeval k_send_limit{60, 0};

}  // namespace

Descriptor connect_to(const std::filesystem::path& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = socket.string();
  if (path.size() >= sizeof address.sun_path) return {};
  std::memcpy(address.sun_path, path.data(), path.size());
  Descriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!connection.is_open()) return {};
  ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &k_send_limit, sizeof k_send_limit);
  if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
      0) {
    return {};
  }
  // In /tmp anybody may make a name; the directory is checked, and so is who
  // listens.
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool is_known = ::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  if (!is_known || peer.uid != ::getuid()) return {};
  return connection;
}

bool Connection::send(const Message& message) {
  const auto bytes = encode(message);
  for (std::size_t done = 0; is_open() && done < bytes.size();) {
    const auto count =
        ::send(socket_.get(), bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      socket_.reset();
      reader_ = {};
    } else {
      done += static_cast<std::size_t>(count);
    }
  }
  return is_open();
}

std::optional<Message> Connection::receive(std::chrono::milliseconds limit) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + limit;
  try {
    for (;;) {
      if (auto message = reader_.next()) return message;
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
      if (!is_open() || !read_some(std::max(left, std::chrono::milliseconds(0)))) {
        return std::nullopt;
      }
    }
  } catch (const Error&) {
    // What is no message comes from no broker of this version.
    socket_.reset();
    reader_ = {};
    return std::nullopt;
  }
}

bool Connection::read_some(std::chrono::milliseconds limit) {
  pollfd wait{socket_.get(), POLLIN, 0};
  const int ready = ::poll(&wait, 1, static_cast<int>(limit.count()));
  if (ready < 0 && errno == EINTR) return true;
  if (ready <= 0) return false;
  std::array<char, 16384> buffer{};
  const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count > 0) {
    reader_.append({buffer.data(), static_cast<std::size_t>(count)});
    return true;
  }
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  socket_.reset();
  reader_ = {};
  return false;
}

}  // namespace assay
