#include "base/loopback_server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <csignal>
#include <optional>

#include "base/error.h"
#include "base/text.h"

namespace assay {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr auto k_idle_limit = std::chrono::seconds(30);
constexpr unsigned k_header_limit_bytes = 16U << 10U;
constexpr unsigned k_body_limit_bytes = 1U << 10U;  // a GET has none

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

bool is_this_machine(std::string_view host, unsigned short port) {
  const auto lower = to_lower(host);
  const auto with_port = ":" + std::to_string(port);
  for (const std::string name : {"127.0.0.1", "localhost"}) {
    if (lower == name || lower == name + with_port) return true;
  }
  return false;
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

HttpAnswer refusal(unsigned status, std::string text) {
  return {status, "text/plain; charset=utf-8", std::move(text) + "\n"};
}

// One connection: reads a request, answers it, until the browser closes.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, unsigned short port, const LoopbackServer::Handler& handler)
      : stream_(std::move(socket)), port_(port), handler_(handler) {}

  void read() {
    parser_.emplace();
    parser_->header_limit(k_header_limit_bytes);
    parser_->body_limit(k_body_limit_bytes);
    stream_.expires_after(k_idle_limit);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       // A request that is none, or too large: nothing to answer it with.
                       if (error) return self->close();
                       self->answer(self->parser_->get());
                     });
  }

 private:
  HttpAnswer answer_to(const Request& request) const {
    if (!is_this_machine(view(request[http::field::host]), port_)) {
      return refusal(403, "this server answers only to 127.0.0.1 and localhost");
    }
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      return refusal(405, "only GET and HEAD");
    }
    const auto target = view(request.target());
    return handler_(target.substr(0, target.find('?')));
  }

  void answer(const Request& request) {
    HttpAnswer answer;
    try {
      answer = answer_to(request);
    } catch (const std::exception& error) {
      answer = refusal(500, error.what());
    }
    response_ = Response(static_cast<http::status>(answer.status), request.version());
    response_.set(http::field::content_type, answer.type);
    response_.set(http::field::cache_control, "no-store");
    response_.set("X-Content-Type-Options", "nosniff");
    response_.set("X-Frame-Options", "DENY");
    // The data files are scripts: no page of another site may load them.
    response_.set("Cross-Origin-Resource-Policy", "same-origin");
    response_.set("Referrer-Policy", "no-referrer");
    response_.keep_alive(request.keep_alive());
    response_.content_length(answer.body.size());
    if (request.method() != http::verb::head) response_.body() = std::move(answer.body);
    write(request.method() == http::verb::head);
  }

  void write(bool is_head) {
    const auto done = [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error || !self->response_.keep_alive()) return self->close();
      self->read();
    };
    stream_.expires_after(k_idle_limit);
    if (is_head) {
      serializer_.emplace(response_);
      http::async_write_header(stream_, *serializer_, done);
    } else {
      http::async_write(stream_, response_, done);
    }
  }

  void close() {
    beast::error_code ignored;  // the browser may have closed already
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  beast::tcp_stream stream_;
  unsigned short port_;
  const LoopbackServer::Handler& handler_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  Response response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
};

}  // namespace

struct LoopbackServer::State {
  explicit State(Handler answer) : handler(std::move(answer)) {}

  void listen(unsigned short port) {
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen();
  }

  void accept() {
    acceptor.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) {
        std::make_shared<Session>(std::move(socket), acceptor.local_endpoint().port(), handler)
            ->read();
      }
      accept();
    });
  }

  void repeat(std::chrono::milliseconds interval, const std::function<void()>& task) {
    timer.expires_after(interval);
    timer.async_wait([this, interval, &task](beast::error_code error) {
      if (error) return;
      task();
      repeat(interval, task);
    });
  }

  Handler handler;
  asio::io_context context{1};
  // From here on, so that whoever read the port can end it orderly.
  asio::signal_set signals{context, SIGINT, SIGTERM};
  tcp::acceptor acceptor{context};
  asio::steady_timer timer{context};
};

LoopbackServer::LoopbackServer(unsigned short port, Handler handler)
    : state_(std::make_unique<State>(std::move(handler))) {
  try {
    state_->listen(port);
  } catch (const boost::system::system_error& error) {
    throw Error("cannot listen on 127.0.0.1:" + std::to_string(port) + ": " +
                error.code().message());
  }
}

LoopbackServer::~LoopbackServer() = default;

unsigned short LoopbackServer::port() const { return state_->acceptor.local_endpoint().port(); }

void LoopbackServer::run(std::chrono::milliseconds interval, const std::function<void()>& task) {
  state_->signals.async_wait([this](beast::error_code, int) { state_->context.stop(); });
  state_->accept();
  state_->repeat(interval, task);
  state_->context.run();
}

}  // namespace assay
