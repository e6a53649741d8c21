// SPDX-License-Identifier: Apache-2.0
// The inside of `HttpServer`: one connection, and the exchanges on it.
#pragma once

#include "harness/net/http_reply.hpp"
#include "harness/net/http_request_parser.hpp"
#include "harness/net/http_server.hpp"
#include "harness/net/watched_socket.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {

class ServedConnection;
class ServedExchange;

/// Of a read or write on a non-blocking socket: it would have had to wait, or was interrupted.
[[nodiscard]] inline bool is_worth_another_try(int error) noexcept {
  return error == EAGAIN || error == EINTR;
}

/// What all connections of one server share. Lives as long as the server or a reply does.
class ServedTraffic
    : public boost::intrusive_ref_counter<ServedTraffic, boost::thread_unsafe_counter> {
 public:
  ServedTraffic(HttpServerSettings with, const Clock& time, HttpServer::Handler& whom);
  ServedTraffic(const ServedTraffic&) = delete;
  ServedTraffic& operator=(const ServedTraffic&) = delete;
  ~ServedTraffic();

  /// A connection on `socket`, which must be watched for it.
  [[nodiscard]] ServedConnection& add_connection();
  /// A closed one goes to the spares: whoever is at work in it still finds it alive.
  void remove_connection(ServedConnection& connection) noexcept;
  /// Frees most of the spares; from the loop, never from inside a connection.
  void drop_spares() noexcept;
  [[nodiscard]] ServedExchange& take_exchange(ServedConnection& connection);
  void give_back(ServedExchange& exchange) noexcept;

  /// Accounts for a change of what is buffered; false when it is too much.
  bool charge(std::size_t before, std::size_t after) noexcept;

  const HttpServerSettings settings;
  const Clock& clock;
  HttpServer::Handler& handler;
  HttpServerCounts counts;
  Instant now;  ///< of the latest event; for time limits only
  bool is_draining = false;
  std::vector<std::unique_ptr<ServedConnection>> connections;
  ServedConnection* corked = nullptr;  ///< its answers are collected in `output`
  std::string output;
  std::string scratch;  ///< one answer of a connection that is not corked
  std::vector<char> input;

 private:
  std::vector<std::unique_ptr<ServedConnection>> spares_;
  std::vector<std::unique_ptr<ServedExchange>> spare_exchanges_;
};

/// One request that was handed over, and its answer. Belongs to its connection's line until it is
/// answered and sent, and to its `HttpReply` until that is used up; then it is reused.
class ServedExchange {
 public:
 private:
  friend class HttpReply;
  friend class ServedConnection;
  friend class ServedTraffic;

  boost::intrusive_ptr<ServedTraffic> traffic_;
  ServedConnection* connection_ = nullptr;  // null when it has closed
  ServedExchange* next_ = nullptr;          // on the same connection
  ClientWatcher* watcher_ = nullptr;
  std::uint64_t token_ = 0;
  std::uint64_t remaining_ = 0;  // bytes of a body that comes in pieces
  std::string early_;            // what has to wait for the answers before it
  bool is_answered_ = false;
  bool is_held_ = false;  // by an HttpReply
  bool is_head_ = false;
  bool is_http_1_0_ = false;
  bool ends_connection_ = false;
};

/// Reads requests, hands them over, and sends answers in their order.
class ServedConnection final : public WatchedSocket::Owner {
 public:
  explicit ServedConnection(ServedTraffic& traffic);

  void open(boost::intrusive_ptr<WatchedSocket> socket, const PeerAddress& peer);
  /// Ends whatever took too long.
  void check_time();
  /// Closes now when idle, else after the answers it owes.
  void drain();
  /// Closes at once; those who watch its requests are told.
  void close();

  std::size_t place = 0;  ///< in the list of connections

 private:
  friend class HttpReply;
  enum class Phase : std::uint8_t { idle, head, body, lingering };

  void readable() override;
  void writable() override;

  // Requests.
  [[nodiscard]] bool may_read() const noexcept;
  void read(std::span<char> text);
  void hand_over(std::span<const char> text);
  void refuse(unsigned status);
  void keep(std::string_view rest);
  void forget_held() noexcept;
  void go_on_reading();
  void discard();

  // Answers.
  [[nodiscard]] ServedExchange& add_exchange();
  [[nodiscard]] std::string& sink(ServedExchange& exchange);
  void write_head(ServedExchange& exchange, std::string& to, unsigned status,
                  std::string_view fields, std::uint64_t body_bytes);
  void written(ServedExchange& exchange);
  void pop_answered();
  void put(std::string_view bytes);
  void after_output();
  void send(std::string_view bytes);
  void say_continue();
  void end_orderly();
  void break_off() noexcept;
  void set_phase(Phase phase) noexcept;

  ServedTraffic& traffic_;
  boost::intrusive_ptr<WatchedSocket> socket_;
  HttpRequestParser parser_;
  std::string held_;                 // a request that has not come whole, or had no turn yet
  std::size_t charged_ = 0;          // for what is held
  std::string unsent_;               // what the socket did not take
  ServedExchange* first_ = nullptr;  // not yet answered and sent, in order
  ServedExchange* last_ = nullptr;
  std::size_t in_flight_ = 0;
  std::size_t discarded_ = 0;
  Instant since_ = unobserved;  // when the phase began, or the socket last took bytes
  PeerAddress peer_;
  Phase phase_ = Phase::idle;
  bool is_behind_ = false;      // what is held waits for its turn, not for more bytes
  bool reads_no_more_ = false;  // the last request of this connection has come
  bool is_ending_ = false;      // and its answer is on its way
  bool is_broken_ = false;
  bool has_said_continue_ = false;
};

}  // namespace queuemeter
