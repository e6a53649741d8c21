// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"
#include "queue_impls/brokers/redis_target.hpp"
#include "queue_impls/brokers/resp.hpp"
#include "queue_impls/brokers/tls_session.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter::queues {

/// A Redis server that connections can be made to: the target, its addresses, whom we trust.
/// Immutable once made; any thread.
struct RedisServer {
  RedisTarget target;
  std::vector<SocketEndpoint> addresses;
  std::unique_ptr<TlsContext> tls;  ///< null without TLS
};
[[nodiscard]] Result<RedisServer> find_redis_server(RedisTarget target);

/// Why a connection is down.
enum class LinkFailure : std::uint8_t {
  none,          ///< never opened, or closed by us
  unreachable,   ///< refused, no route
  timed_out,     ///< no connection, or no greeting, within the connect timeout
  disconnected,  ///< it broke, or the server closed it
  tls,           ///< no TLS session: the certificate, the protocol
  credentials,   ///< user or password refused, or missing
  database,      ///< the database cannot be selected
  not_ready,     ///< the server answers, but not to us now: loading, too many clients
  protocol       ///< what came is not RESP2
};

/// One non-blocking connection: TCP, TLS where asked for, AUTH and SELECT, then commands out and
/// replies in, as many in flight as the user likes.
///
/// It waits nowhere but in `await`; an event loop may drive it instead by `descriptor`,
/// `wants_write`, `space` and `received`. After a failure it stays closed until `open` again.
/// One thread.
class RedisConnection {
 public:
  enum class State : std::uint8_t { closed, connecting, securing, greeting, ready };

  /// `server` and `clock` must outlive it. `name` is what the server lists it as.
  RedisConnection(const RedisServer& server, const Clock& clock, std::string name,
                  RespLimits limits = {});
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;
  ~RedisConnection() { close(); }

  /// Begins to connect, anew if need be. Never waits.
  void open();
  void close() noexcept;
  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] bool is_ready() const noexcept { return state_ == State::ready; }
  [[nodiscard]] bool is_closed() const noexcept { return state_ == State::closed; }
  [[nodiscard]] LinkFailure failure() const noexcept { return failure_; }
  /// Why it is down, as one sentence with the remedy and without credentials.
  [[nodiscard]] Error error() const;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// Counts the sockets it has had: an event loop that watches another one must change over.
  [[nodiscard]] std::uint64_t socket_number() const noexcept { return socket_number_; }
  /// Something waits for the socket to become writable: the connection itself, or bytes.
  [[nodiscard]] bool wants_write() const noexcept;
  void on_writable();
  /// Where the event loop puts what it reads, and how much that was. 0 bytes: the server closed.
  [[nodiscard]] std::span<char> space();
  void received(std::size_t bytes);
  /// The socket failed under the event loop.
  void broke() { fail(LinkFailure::disconnected, "the connection broke"); }
  /// Gives up a server that no longer answers.
  void give_up() { fail(LinkFailure::timed_out, "no answer within the reply timeout"); }
  /// Reads what has come, without waiting; whether anything had.
  bool receive();
  /// Gives a connection attempt up that has taken too long.
  void expire(Instant now);
  /// When `expire` has something to do; `never` unless it is connecting.
  [[nodiscard]] Instant expires_at() const noexcept;

  /// Where commands are appended, once ready; `flush` sends as much as the socket takes.
  [[nodiscard]] ByteBuffer& out() noexcept { return out_; }
  void flush();
  /// The next element of the replies. What is not RESP2 closes the connection.
  [[nodiscard]] RespReader::Status next(RespItem& item);

  enum class Awaited : std::uint8_t { progress, woken, timed_out };
  /// Waits until bytes come or go, the connection fails (progress too), `wake` (a descriptor; −1:
  /// none) becomes readable, or `until`.
  Awaited await(Instant until, int wake = -1);
  /// Opens and waits until it is ready, failed, or its connect timeout is over.
  bool open_and_await();

 private:
  void connect_next();
  void connected();
  void greet();
  void read_greeting();
  void fail(LinkFailure failure, std::string_view text);
  void drop() noexcept;

  const RedisServer& server_;
  const Clock& clock_;
  std::string name_;
  State state_ = State::closed;
  LinkFailure failure_ = LinkFailure::none;
  std::string failure_text_;
  int descriptor_ = -1;
  std::uint64_t socket_number_ = 0;
  std::size_t address_ = 0;  // of the server's: the next to try
  Instant opened_at_ = unobserved;
  std::array<std::string_view, 3> greeting_{};  // the commands whose replies are to come
  std::size_t greetings_ = 0;
  std::size_t greeted_ = 0;
  std::unique_ptr<TlsSession> tls_;
  std::vector<char> encrypted_;  // TLS: as read from the socket
  ByteBuffer wire_;              // TLS: encrypted, to be sent
  ByteBuffer out_;
  RespReader reader_;
};

}  // namespace queuemeter::queues
