// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/call/error.hpp"
#include "harness/net/http_reply.hpp"
#include "harness/net/http_request.hpp"
#include "harness/net/http_request_parser.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace queuemeter {

/// Where a server listens, and how much of what it puts up with.
struct HttpServerSettings {
  std::string host = "127.0.0.1";  ///< an address, or a name of this host
  std::uint16_t port = 0;          ///< 0 = a free one
  /// Several servers, one for each thread, share the port (SO_REUSEPORT).
  bool shares_port = false;
  HttpRequestLimits limits = {};
  std::size_t connections = 16'384;  ///< open at once; a further one is answered 503 and closed
  /// Requests of one connection that are not answered yet; what comes after them is not read.
  std::size_t in_flight = 16;
  /// All connections together: requests that have not come whole, and answers that wait to be sent
  /// or for their turn. Beyond it, whoever needs more is answered 503, or cut off.
  std::size_t buffered_bytes = std::size_t{64} * 1024 * 1024;
  Duration head_timeout = std::chrono::seconds{10};  ///< first byte to end of the head; then 408
  Duration body_timeout = std::chrono::seconds{30};  ///< end of the head to the last byte
  Duration idle_timeout = std::chrono::seconds{75};  ///< between requests
  Duration send_timeout = std::chrono::seconds{10};  ///< without taking a byte of its answer
};

/// What a server has seen since its start.
struct HttpServerCounts {
  std::size_t open = 0;            ///< connections now
  std::size_t buffered_bytes = 0;  ///< now
  std::uint64_t accepted = 0;      ///< connections
  std::uint64_t refused = 0;       ///< connections, because there were too many
  std::uint64_t requests = 0;      ///< handed to the handler
  std::uint64_t bad_requests = 0;  ///< answered 4xx or 5xx because they were not in order
  std::uint64_t timed_out = 0;     ///< connections that were too slow
  std::uint64_t overflowed = 0;    ///< connections cut off because of `buffered_bytes`
};

/// An HTTP/1.1 server for many connections on one event loop: keep-alive, pipelined requests
/// answered in order, HEAD, "100 Continue", HTTP/1.0.
///
/// An idle connection costs less than 1 KiB of this process: bytes are read into one buffer that
/// all connections share, and kept only where a request has not come whole. After warm-up a request
/// that comes in one piece is read, handed over and answered without allocating. A client that
/// closes its sending side is taken to have left, as a browser's is. One thread, the loop's. For
/// more threads: more servers with `shares_port`.
class HttpServer {
 public:
  /// Answers requests, now or later.
  class Handler {
   public:
    Handler() = default;
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    /// The views of `request` are valid during the call.
    virtual void requested(const HttpRequest& request, HttpReply reply) = 0;

   protected:
    ~Handler() = default;
  };

  /// Listens, and serves as soon as the loop runs. `loop`, `clock` and `handler` must outlive the
  /// server. Errors: port in use, address not of this host.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(boost::asio::io_context& loop,
                                                                 const Clock& clock,
                                                                 HttpServerSettings settings,
                                                                 Handler& handler);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  /// Closes all connections at once.
  virtual ~HttpServer() = default;

  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  [[nodiscard]] virtual HttpServerCounts counts() const noexcept = 0;
  /// Accepts nobody any more, closes the connections that are idle, and the others after the
  /// answers they wait for. It is over when `counts().open` is 0. Idempotent.
  virtual void drain() = 0;

 protected:
  HttpServer() = default;
};

}  // namespace queuemeter
