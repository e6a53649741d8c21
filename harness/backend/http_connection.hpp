// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/flight_table.hpp"
#include "harness/backend/handler_memory.hpp"
#include "harness/backend/http_parser.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace queuemeter {

/// One TCP connection of the HTTP client: connects, sends a request, hands over what comes back.
///
/// A read is always pending, also while the connection is idle, so that a peer that closes is
/// noticed before the next request is risked on it. Requests go out by a direct `send`; only what
/// the socket does not take at once goes through the event loop.
/// Counted references, because a pending operation must find the connection alive even when the
/// client has gone; plain integers, because all of it happens on the loop's thread.
class HttpConnection
    : public boost::intrusive_ref_counter<HttpConnection, boost::thread_unsafe_counter> {
 public:
  /// Hears of the connection's life, from the event loop only; never after `close`.
  class Owner {
   public:
    Owner() = default;
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    virtual void connected(HttpConnection& connection) = 0;
    virtual void not_connected(HttpConnection& connection) = 0;
    /// `bytes` are valid during the call.
    virtual void received(HttpConnection& connection, std::string_view bytes) = 0;
    /// The peer closed (`orderly`) or the connection broke.
    virtual void ended(HttpConnection& connection, bool orderly) = 0;

   protected:
    ~Owner() = default;
  };

  HttpConnection(boost::asio::io_context& loop, Owner& owner);

  /// Ends in `connected` or `not_connected`, never during the call.
  void connect(const boost::asio::ip::tcp::endpoint& endpoint);
  /// Sends on a connected socket; a failure ends in `ended`, never during the call, after what the
  /// peer may have said before it closed.
  void send(std::string_view request);
  /// Closes at once, and is silent from then on.
  void close() noexcept;

  /// Part of the request still waits for the socket.
  [[nodiscard]] bool is_sending() const noexcept { return sent_ < unsent_.size(); }
  /// Closed, and no operation is pending any more: may be connected anew.
  [[nodiscard]] bool is_reusable() const noexcept { return !is_open_ && use_count() == 1; }

  // What the client keeps with the connection.
  HttpResponseParser parser;
  FlightNumber flight = no_flight;  ///< the call it serves; `no_flight` while idle
  std::size_t place = 0;            ///< in the client's list
  std::size_t endpoint = 0;         ///< which of the host's addresses it tries

 private:
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                  boost::asio::io_context::executor_type>;
  using Self = boost::intrusive_ptr<HttpConnection>;
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

}  // namespace queuemeter
