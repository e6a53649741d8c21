// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "queue_impls/brokers/redis_connection.hpp"

#include <memory>

namespace boost::asio {
class io_context;
}

namespace queuemeter::queues {

/// Lets an event loop drive a connection: one read at a time is pending, and a wait for the socket
/// to take more where it would not.
///
/// What was read stays in the connection until somebody looks; only then is the next read begun, so
/// each stretch of replies has the instant of its own reading, and what a server sends meanwhile
/// stays in the socket. One thread, the loop's. Everything given must outlive it.
class RedisLink {
 public:
  RedisLink(boost::asio::io_context& loop, RedisConnection& connection, const Clock& clock);
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;
  ~RedisLink();

  /// Begins the next read, and whatever else the connection wants: call it when all that came has
  /// been looked at.
  void arm();
  /// Only sees to what could not be sent at once: call it after sending.
  void arm_write();
  /// When the last bytes were read.
  [[nodiscard]] Instant received_at() const noexcept;

 private:
  struct Sockets;  // the Asio half; its pending operations keep it alive
  std::shared_ptr<Sockets> sockets_;
};

}  // namespace queuemeter::queues
