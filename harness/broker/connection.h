// A driver's end of the socket.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

#include "base/descriptor.h"
#include "broker/protocol.h"

namespace assay {

// A connection to this user's broker at that socket; not open when there is
// none.
Descriptor connect_to(const std::filesystem::path& socket);

// Both ways of one connection. After the first failure it is closed, and stays
// so.
class Connection {
 public:
  Connection() = default;
  explicit Connection(Descriptor socket) : socket_(std::move(socket)) {}

  bool is_open() const { return socket_.is_open(); }
  int fd() const { return socket_.get(); }

  // Waits while the other end reads nothing, but not for ever. False when the
  // connection is lost.
  bool send(const Message& message);

  // The next message that comes within the time; nothing else, or when the
  // connection is lost.
  std::optional<Message> receive(std::chrono::milliseconds limit);

 private:
  // False when nothing came.
  bool read_some(std::chrono::milliseconds limit);

  Descriptor socket_;
  MessageReader reader_;
};

}  // namespace assay
