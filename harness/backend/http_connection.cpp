// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/http_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace queuemeter {

/// A completion handler that keeps the connection alive and lives in its memory.
template <class Action>
struct HttpConnection::Operation {
  using allocator_type = HandlerMemory::Allocator<std::byte>;
  [[nodiscard]] allocator_type get_allocator() const noexcept { return self->memory_.allocator(); }

  template <class... Results>
  void operator()(const Results&... results) {
    // A closed connection is silent, whatever its last operations have to say.
    if (self->is_open_) {
      action(*self, results...);
    }
  }

  Self self;
  Action action;
};

template <class Action>
HttpConnection::Operation<Action> HttpConnection::operation(Action action) {
  return {Self{this}, std::move(action)};
}

HttpConnection::HttpConnection(boost::asio::io_context& loop, Owner& owner)
    : owner_{owner}, socket_{loop} {}

void HttpConnection::connect(const boost::asio::ip::tcp::endpoint& to) {
  is_open_ = true;
  unsent_.clear();
  sent_ = 0;
  boost::system::error_code failure;
  socket_.open(to.protocol(), failure);
  if (!failure) {
    socket_.non_blocking(true, failure);
  }
  if (!failure) {
    socket_.set_option(boost::asio::ip::tcp::no_delay{true}, failure);
  }
  if (failure) {
    boost::asio::post(socket_.get_executor(),
                      operation([](HttpConnection& self) { self.owner_.not_connected(self); }));
    return;
  }
  socket_.async_connect(
      to, operation([](HttpConnection& self, const boost::system::error_code& connect_failure) {
        self.on_connect(connect_failure);
      }));
}

void HttpConnection::send(std::string_view request) {
  const ssize_t taken =
      ::send(socket_.native_handle(), request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (taken < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
    break_off();
    return;
  }
  const std::size_t sent = taken < 0 ? 0 : static_cast<std::size_t>(taken);
  if (sent < request.size()) {
    unsent_.assign(request.substr(sent));
    sent_ = 0;
    write_more();
  }
}

void HttpConnection::close() noexcept {
  is_open_ = false;
  boost::system::error_code ignored;  // nothing can be done about a close that fails
  socket_.close(ignored);
}

// The pending read then brings what the peer had sent before, and after that the end.
void HttpConnection::break_off() noexcept { ::shutdown(socket_.native_handle(), SHUT_RDWR); }

void HttpConnection::read_more() {
  socket_.async_read_some(
      boost::asio::buffer(received_),
      operation([](HttpConnection& self, const boost::system::error_code& failure,
                   std::size_t bytes) { self.on_read(failure, bytes); }));
}

void HttpConnection::write_more() {
  socket_.async_write_some(
      boost::asio::buffer(unsent_.data() + sent_, unsent_.size() - sent_),
      operation([](HttpConnection& self, const boost::system::error_code& failure,
                   std::size_t bytes) { self.on_write(failure, bytes); }));
}

void HttpConnection::on_connect(const boost::system::error_code& failure) {
  if (failure) {
    owner_.not_connected(*this);
    return;
  }
  owner_.connected(*this);
  if (is_open_) {
    read_more();
  }
}

void HttpConnection::on_read(const boost::system::error_code& failure, std::size_t bytes) {
  if (failure) {
    owner_.ended(*this, failure == boost::asio::error::eof);
    return;
  }
  owner_.received(*this, {received_.data(), bytes});
  if (is_open_) {
    read_more();
  }
}

void HttpConnection::on_write(const boost::system::error_code& failure, std::size_t bytes) {
  if (failure) {
    break_off();
    return;
  }
  sent_ += bytes;
  if (is_sending()) {
    write_more();
  }
}

}  // namespace queuemeter
