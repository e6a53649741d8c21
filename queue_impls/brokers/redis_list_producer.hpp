// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/queue/queue.hpp"
#include "queue_impls/brokers/redis_link.hpp"
#include "queue_impls/brokers/redis_list_state.hpp"
#include "queue_impls/brokers/ring.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace queuemeter::queues {

/// LPUSHes calls, up to the window of them unconfirmed. See redis_list.hpp.
///
/// With a sink, `offer` only writes, and `step` reports what the server answered. Without one there
/// is nobody to report to, so each offer waits for its answers, as a script's would.
class RedisListProducer final : public QueueProducer {
 public:
  /// Connects before it returns, so that the first offer finds a connection. `loop` may be null:
  /// then every `step` looks for answers. All must outlive it.
  RedisListProducer(RedisListState& state, const Clock& clock, ConfirmationSink* sink,
                    boost::asio::io_context* loop);
  ~RedisListProducer() override;

  ChunkResult offer(std::span<const CallHandle> calls, std::span<Instant> accepted_at) override;
  [[nodiscard]] std::size_t room() const noexcept override {
    return state_.settings.window - unconfirmed_;
  }
  Instant step(Instant now) override;

 private:
  /// A command whose answer is to come.
  struct Pending {
    std::size_t calls = 0;  ///< of an LPUSH; 0: an LLEN
    Instant sent_at = unobserved;
  };
  [[nodiscard]] std::size_t room_in_list() const noexcept;
  void write_push(std::span<const CallHandle> calls);
  void ask_for_length();
  ChunkResult await_answers(std::size_t offered, std::span<Instant> accepted_at);
  void read_answers(Instant at);
  void answered(const RespItem& item, Instant at);
  void confirm(std::size_t calls, QueueResult result, Instant at);
  void lose_connection(QueueResult result);
  void reconnect(Instant now);
  [[nodiscard]] Instant next_wake(Instant now) const noexcept;

  RedisListState& state_;
  const Clock& clock_;
  ConfirmationSink* sink_;
  RedisConnection connection_;
  std::unique_ptr<RedisLink> link_;  // null without an event loop
  MessageWriter writer_;
  std::string push_one_;  // the words of an LPUSH of one value, up to the value
  std::size_t unconfirmed_ = 0;
  Ring<CallHandle> calls_;
  Ring<Pending> pending_;
  bool asks_for_length_ = false;
  Instant length_asked_at_ = unobserved;
  Instant reconnect_at_ = never;
  Duration reconnect_delay_{0};
  // Of the offer that is waiting for its answers, without a sink.
  std::size_t accepted_ = 0;
  QueueResult first_refusal_ = QueueResult::ok;
  std::span<Instant> accepted_at_;
};

}  // namespace queuemeter::queues
