// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <httplib.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <pthread.h>
#include <string>

namespace queuemeter {

/// cpp-httplib with a thread of its own for each connection.
///
/// The library's pool of threads pins each of them to one keep-alive connection and starves the
/// connections that have none; its wait for the next request polls a hundred times a second.
/// Here every connection has a thread with a small stack that sleeps in `poll` between requests,
/// for as long as its client likes. Parsing and formatting of HTTP stay with the library.
class KeepAliveServer : public httplib::Server {
 public:
  /// What a handler may know of the connection that its request came on.
  struct Connection {
    int socket = -1;
    std::string remote_address;
    int remote_port = 0;
    bool closes_after_answer = false;   ///< a handler may ask for it
    httplib::Stream* stream = nullptr;  ///< the rest of the request, for who reads it
  };

  /// `connections` is how many may be open at once; a further one is closed at once.
  explicit KeepAliveServer(std::size_t connections);
  KeepAliveServer(const KeepAliveServer&) = delete;
  KeepAliveServer& operator=(const KeepAliveServer&) = delete;
  ~KeepAliveServer() override;

  /// Takes the port, with a long line of connections not yet accepted; 0 = a free one. Returns the
  /// port, or -1 with `errno` set.
  [[nodiscard]] int bind(const std::string& host, int port);
  /// The connection that the calling thread serves; only inside a handler.
  [[nodiscard]] static Connection& current_connection();
  /// The client has closed its side, or its connection has broken. Never waits.
  [[nodiscard]] static bool client_has_left(int socket) noexcept;
  /// Waits until the client has closed or the server shuts its connections.
  static void wait_until_client_has_left(int socket) noexcept;

  /// Wakes and ends every connection and waits for their threads. Accepting must have ended.
  void shut_connections();

  struct Counts {
    std::size_t open = 0;
    std::uint64_t refused = 0;
  };
  [[nodiscard]] Counts counts();

 private:
  struct Served {
    KeepAliveServer* server = nullptr;
    int socket = -1;
    pthread_t thread{};
  };
  using ServedList = std::list<Served>;

  bool process_and_close_socket(socket_t socket) override;
  void serve(Served& served);
  void join_finished();
  static void* run(void* served);

  const std::size_t limit_;
  std::mutex mutex_;  // guards everything below
  ServedList serving_;
  ServedList finished_;  // their threads have nothing left to do but end
  std::uint64_t refused_ = 0;
  bool is_shut_ = false;
};

}  // namespace queuemeter
