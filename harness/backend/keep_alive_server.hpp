// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace httplib {
struct Request;
struct Response;
}  // namespace httplib

namespace queuemeter {

/// cpp-httplib with a thread of its own for each connection.
///
/// The library's pool of threads pins each of them to one keep-alive connection and starves the
/// connections that have none; its wait for the next request polls a hundred times a second.
/// Here every connection has a thread with a small stack that sleeps in `poll` between requests,
/// for as long as its client likes. Parsing and formatting of HTTP stay with the library.
/// Thread-safe, but for `start`.
class KeepAliveServer {
 public:
  /// The connection that a request came on, for its handler.
  struct Connection {
    int socket = -1;
    bool closes_after_answer = false;  ///< a handler may ask for it
  };
  /// Answers a request whose body has been read and dropped. Called on the connection's thread,
  /// many at the same time; it may wait, also for long, but not beyond `stop`.
  using Handler = std::function<void(const httplib::Request&, httplib::Response&, Connection&)>;
  struct Counts {
    std::size_t open = 0;       ///< connections now
    std::uint64_t refused = 0;  ///< connections closed at once, because there were too many
  };

  /// `connections` is how many may be open at once; a further one is closed at once.
  KeepAliveServer(std::size_t connections, Handler handler);
  KeepAliveServer(const KeepAliveServer&) = delete;
  KeepAliveServer& operator=(const KeepAliveServer&) = delete;
  ~KeepAliveServer();

  /// Binds (port 0 = a free one) with a long line of connections not yet accepted, and serves on
  /// threads of its own. Returns the port. Errors: port in use, address not ours.
  [[nodiscard]] Result<std::uint16_t> start(const std::string& host, std::uint16_t port);
  /// Stops accepting, wakes and ends every connection, and waits for their threads. Idempotent.
  void stop();
  [[nodiscard]] Counts counts();

  /// The client has closed its side, or its connection has broken. Never waits.
  [[nodiscard]] static bool client_has_left(int socket) noexcept;
  /// Waits until the client has closed, or the server has shut the connection.
  static void wait_until_client_has_left(int socket) noexcept;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace queuemeter
