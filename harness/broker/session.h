// A driver's, or a person's, connection as the broker sees it.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "broker/protocol.h"

namespace assay {

class Session : public std::enable_shared_from_this<Session> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;
  struct Handlers {
    std::function<void(Session&, Message)> on_message;
    std::function<void(Session&)> on_end;  // once: nothing more comes or goes
  };

  Session(Socket socket, Handlers handlers)
      : socket_(std::move(socket)), handlers_(std::move(handlers)) {}

  void start() { read(); }
  void send(const Message& message);

  // After what was sent so far; nothing more is read.
  void close_when_sent();

  std::set<std::string> tokens;  // of the jobs it waits for

 private:
  void read();
  void write();
  void end();

  Socket socket_;
  Handlers handlers_;
  MessageReader reader_;
  std::array<char, 16384> buffer_{};
  std::deque<std::string> outgoing_;
  bool is_closing_ = false;
  bool has_ended_ = false;
};

}  // namespace assay
