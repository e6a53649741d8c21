// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/http_connection.hpp"

#include "harness/net/handler_memory.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace queuemeter {
namespace {

class AsioConnection final : public HttpConnection {
 public:
  AsioConnection(boost::asio::io_context& loop, Owner& owner) : owner_{owner}, socket_{loop} {}

  void connect(const SocketAddress& address) override;
  void send(std::string_view request) override;
  void close() noexcept override;
  [[nodiscard]] bool is_sending() const noexcept override { return sent_ < unsent_.size(); }
  [[nodiscard]] bool is_reusable() const noexcept override { return !is_open_ && use_count() == 1; }

 private:
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                  boost::asio::io_context::executor_type>;
  using Self = boost::intrusive_ptr<AsioConnection>;
  template <class Action>
  struct Operation;
  template <class Action>
  [[nodiscard]] Operation<Action> operation(Action action);

  void break_off() noexcept;
  void read_more();
  void write_more();
  void on_connect(const boost::system::error_code& failure);
  void on_read(const boost::system::error_code& failure, std::size_t bytes);
  void on_write(const boost::system::error_code& failure, std::size_t bytes);

  Owner& owner_;
  Socket socket_;
  bool is_open_ = false;
  HandlerMemory memory_;  // one read and one connect or write can be pending
  std::string unsent_;    // what the socket did not take at once
  std::size_t sent_ = 0;
  std::array<char, 4096> received_;
};

/// A completion handler that keeps the connection alive and lives in its memory.
template <class Action>
struct AsioConnection::Operation {
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
AsioConnection::Operation<Action> AsioConnection::operation(Action action) {
  return {Self{this}, std::move(action)};
}

void AsioConnection::connect(const SocketAddress& address) {
  boost::asio::ip::tcp::endpoint to;
  std::memcpy(to.data(), &address.storage, address.bytes);
  to.resize(address.bytes);
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
                      operation([](AsioConnection& self) { self.owner_.not_connected(self); }));
    return;
  }
  socket_.async_connect(
      to, operation([](AsioConnection& self, const boost::system::error_code& connect_failure) {
        self.on_connect(connect_failure);
      }));
}

void AsioConnection::send(std::string_view request) {
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

void AsioConnection::close() noexcept {
  is_open_ = false;
  boost::system::error_code ignored;  // nothing can be done about a close that fails
  socket_.close(ignored);
}

// The pending read then brings what the peer had sent before, and after that the end.
void AsioConnection::break_off() noexcept { ::shutdown(socket_.native_handle(), SHUT_RDWR); }

void AsioConnection::read_more() {
  socket_.async_read_some(
      boost::asio::buffer(received_),
      operation([](AsioConnection& self, const boost::system::error_code& failure,
                   std::size_t bytes) { self.on_read(failure, bytes); }));
}

void AsioConnection::write_more() {
  socket_.async_write_some(
      boost::asio::buffer(unsent_.data() + sent_, unsent_.size() - sent_),
      operation([](AsioConnection& self, const boost::system::error_code& failure,
                   std::size_t bytes) { self.on_write(failure, bytes); }));
}

void AsioConnection::on_connect(const boost::system::error_code& failure) {
  if (failure) {
    owner_.not_connected(*this);
    return;
  }
  owner_.connected(*this);
  if (is_open_) {
    read_more();
  }
}

void AsioConnection::on_read(const boost::system::error_code& failure, std::size_t bytes) {
  if (failure) {
    owner_.ended(*this, failure == boost::asio::error::eof);
    return;
  }
  owner_.received(*this, {received_.data(), bytes});
  if (is_open_) {
    read_more();
  }
}

void AsioConnection::on_write(const boost::system::error_code& failure, std::size_t bytes) {
  if (failure) {
    break_off();
    return;
  }
  sent_ += bytes;
  if (is_sending()) {
    write_more();
  }
}

}  // namespace

boost::intrusive_ptr<HttpConnection> make_http_connection(boost::asio::io_context& loop,
                                                          HttpConnection::Owner& owner) {
  return boost::intrusive_ptr<HttpConnection>{new AsioConnection{loop, owner}};
}

}  // namespace queuemeter
