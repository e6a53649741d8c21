// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "queue_impls/brokers/redis_connection.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace queuemeter::queues {

/// A whole reply, copied: for control commands, not for the calls.
struct RespValue {
  RespItem::Kind kind = RespItem::Kind::nil;
  std::int64_t number = 0;
  std::string text;
  std::vector<RespValue> elements;

  [[nodiscard]] bool is_error() const noexcept { return kind == RespItem::Kind::error; }
};

/// Control commands, one after the other, each waiting for its reply. One thread at a time.
class RedisClient {
 public:
  /// Both must outlive it.
  RedisClient(const RedisServer& server, const Clock& clock, std::string name)
      : clock_{clock},
        reply_timeout_{server.target.reply_timeout},
        connection_{server, clock, std::move(name), limits} {}

  /// Sends a command, connecting first if need be, and waits for the reply, for the target's reply
  /// timeout at the most. Failures of the connection are errors; what the server refuses is a
  /// value of kind error.
  Result<RespValue> call(std::initializer_list<std::string_view> words);
  Result<RespValue> call(const std::vector<std::string>& words);
  /// The integer that a command answers; an error when it answers anything else.
  Result<std::int64_t> count(std::initializer_list<std::string_view> words);

  /// One line of `INFO section` or an element of `CONFIG GET`, as text; empty when the server does
  /// not tell.
  [[nodiscard]] std::string info(std::string_view section, std::string_view field);
  [[nodiscard]] std::string config(std::string_view parameter);

  [[nodiscard]] RedisConnection& connection() noexcept { return connection_; }

 private:
  static constexpr RespLimits limits{.bulk_bytes = std::size_t{256} << 20U};
  static constexpr int deepest = 4;

  Result<void> send(const std::vector<std::string_view>& words);
  Result<RespValue> read(Instant until, int depth = 0);

  const Clock& clock_;
  Duration reply_timeout_;
  RedisConnection connection_;
};

}  // namespace queuemeter::queues
