// A small HTTP server for this machine's own browser: GET and HEAD on 127.0.0.1, nothing else.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace assay {

struct HttpAnswer {
  unsigned status = 200;
  std::string type;  // "text/html; charset=utf-8"
  std::string body;
};

// Answers only requests that name this machine (Host: 127.0.0.1 or localhost, with or without the
// port), so that no other site's name can be pointed here, and forbids other sites' pages to load
// what it answers. Everything happens in run()'s thread.
class LoopbackServer {
 public:
  // `path` begins with '/'; it is what the request said, without '?' and what follows it.
  using Handler = std::function<HttpAnswer(std::string_view path)>;

  // Listens, and holds SIGINT and SIGTERM, from here on; port 0 takes a free one. Throws Error when
  // the port is taken.
  LoopbackServer(unsigned short port, Handler handler);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  unsigned short port() const;

  // Answers, and calls `task` every so often, until SIGINT or SIGTERM.
  void run(std::chrono::milliseconds interval, const std::function<void()>& task);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay
