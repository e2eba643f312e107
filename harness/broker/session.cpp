#include "broker/session.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "base/error.h"

namespace assay {

using boost::system::error_code;

void Session::read() {
  socket_.async_read_some(boost::asio::buffer(buffer_),
                          [self = shared_from_this()](error_code error, std::size_t size) {
                            if (error || self->has_ended_) return self->end();
                            try {
                              self->reader_.append({self->buffer_.data(), size});
                              while (auto message = self->reader_.next()) {
                                self->handlers_.on_message(*self, std::move(*message));
                              }
                            } catch (const Error&) {
                              // No driver of this version says such a thing.
                              return self->end();
                            }
                            self->read();
                          });
}

void Session::send(const Message& message) {
  if (has_ended_) return;
  outgoing_.push_back(encode(message));
  if (outgoing_.size() == 1) write();
}

void Session::write() {
  boost::asio::async_write(socket_, boost::asio::buffer(outgoing_.front()),
                           [self = shared_from_this()](error_code error, std::size_t /*size*/) {
                             if (error) return self->end();
                             self->outgoing_.pop_front();
                             if (!self->outgoing_.empty()) return self->write();
                             if (self->is_closing_) self->end();
                           });
}

void Session::close_when_sent() {
  is_closing_ = true;
  if (outgoing_.empty()) end();
}

void Session::end() {
  if (has_ended_) return;
  has_ended_ = true;
  error_code ignored;
  socket_.close(ignored);
  handlers_.on_end(*this);
}

}  // namespace assay
