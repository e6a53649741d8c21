// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/connection_tally.hpp"
#include "harness/backend/flight_table.hpp"
#include "harness/net/http_response_parser.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstddef>
#include <memory>
#include <string_view>
#include <sys/socket.h>

namespace boost::asio {
class io_context;
}

namespace queuemeter {

/// An address and port as the socket calls want them.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
};

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

  HttpConnection() = default;
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;
  virtual ~HttpConnection() = default;

  /// Ends in `connected` or `not_connected`, never during the call.
  virtual void connect(const SocketAddress& address) = 0;
  /// Sends on a connected socket; a failure ends in `ended`, never during the call, after what the
  /// peer may have said before it closed.
  virtual void send(std::string_view request) = 0;
  /// Closes at once, and is silent from then on.
  virtual void close() noexcept = 0;
  /// Part of the request still waits for the socket.
  [[nodiscard]] virtual bool is_sending() const noexcept = 0;
  /// Closed, and no operation is pending any more: may be connected anew.
  [[nodiscard]] virtual bool is_reusable() const noexcept = 0;

  // What the client keeps with the connection.
  std::unique_ptr<KeptAnswer> kept;  ///< what the parser keeps; null where nobody asks
  HttpResponseParser parser;
  FlightNumber flight = no_flight;  ///< the call it serves; `no_flight` while idle
  std::size_t place = 0;            ///< in the client's list
  std::size_t endpoint = 0;         ///< which of the host's addresses it tries
  ConnectionTally::Mark mark;       ///< whether the server passes it over
};

/// A connection not yet connected. `loop` drives its socket and must outlive it, as must `owner`
/// until `close`.
[[nodiscard]] boost::intrusive_ptr<HttpConnection> make_http_connection(
    boost::asio::io_context& loop, HttpConnection::Owner& owner);

}  // namespace queuemeter
