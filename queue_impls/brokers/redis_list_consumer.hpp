// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/queue/queue.hpp"
#include "queue_impls/brokers/held_messages.hpp"
#include "queue_impls/brokers/redis_list_state.hpp"
#include "queue_impls/brokers/ring.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace queuemeter::queues {

/// RPOPs and BRPOPs calls, or LMOVEs them and LREMs them when they are acknowledged. See
/// redis_list.hpp.
///
/// A take asks the server and waits for its answer, as any Redis client does, for `patience` at
/// most; it asks for no more than the span has room for. `wait` lets the server block. What came
/// and nobody took is put back when the consumer goes, or when the closed list is swept.
///
/// The ends of the port are one thread's; `interrupt` and `put_back` are thread-safe.
class RedisListConsumer final : public QueueConsumer {
 public:
  /// Both must outlive it. Connects before it returns.
  RedisListConsumer(RedisListState& state, const Clock& clock);
  ~RedisListConsumer() override;

  ChunkResult take(std::span<CallHandle> calls, std::span<Instant> taken_at) override;
  QueueResult wait(Instant until) override;
  QueueResult acknowledge(std::span<const CallHandle> calls) override;
  QueueResult give_back(CallHandle call) override;

  /// Ends the wait that is under way, or the next one.
  void interrupt() noexcept;
  /// Puts back what came and was not handed out; whether that was anything.
  bool put_back();
  /// The list it moves calls into; empty where it pops them.
  [[nodiscard]] const std::string& holder() const noexcept { return holder_; }

 private:
  /// What a command under way will answer.
  enum class Answer : std::uint8_t { popped, moved, blocked, client_id, length, ignored };
  /// Where calls are handed out: the spans of the take that is under way.
  struct Taking {
    std::span<CallHandle> calls;
    std::span<Instant> taken_at;
    std::size_t done = 0;
    [[nodiscard]] std::size_t room() const noexcept { return calls.size() - done; }
  };

  [[nodiscard]] bool moves() const noexcept;
  [[nodiscard]] ChunkResult take_now(std::span<CallHandle> calls, std::span<Instant> taken_at);
  [[nodiscard]] QueueResult wait_blocked(Instant until);
  [[nodiscard]] QueueResult wait_idle(Instant until);
  void hand_out_kept();
  [[nodiscard]] bool ask();
  void ask_blocking(Instant until);
  [[nodiscard]] bool end_blocking();
  [[nodiscard]] QueueResult wait_closed();
  [[nodiscard]] bool is_list_empty();

  [[nodiscard]] bool connect(Instant until);
  void lose_connection();
  void give_up_if_silent(Duration patience);
  [[nodiscard]] bool await_answers(Instant until);
  RedisConnection::Awaited await_bytes(Instant until);
  void read_answers();
  void read_answer(const RespItem& item, Instant at);
  void end_answer() noexcept;
  void arrived(std::string_view message, Instant at);
  void send(Answer answer, std::initializer_list<std::string_view> words);
  void drop_held(std::string_view message);
  void return_message(HeldMessages::Message& message);
  std::size_t return_kept();
  std::size_t return_unacknowledged();

  RedisListState& state_;
  const Clock& clock_;
  std::string holder_;
  int wake_ = -1;  // an event descriptor, written by `interrupt`

  std::mutex use_;  // guards all below; held by the port's functions, and by `put_back`
  RedisConnection connection_;
  MessageReader reader_;
  Ring<Answer> under_way_;
  std::int64_t elements_left_ = 0;  // of the array that is being read
  std::size_t asked_ = 0;           // take commands under way
  bool blocking_ = false;           // a blocking command is under way
  bool found_empty_ = false;        // the last take command found nothing
  bool refused_ = false;            // the last take command was answered with an error
  std::optional<std::int64_t> client_id_;
  std::int64_t length_ = 0;
  std::size_t pipeline_ = 1;  // take commands sent at once: doubled while all find something
  Taking taking_;
  HeldMessages held_;                  // moved and not acknowledged, or popped and not handed out
  Ring<std::size_t> kept_;             // places in held_ of what was not handed out, oldest first
  Instant heard_at_ = Instant::min();  // of the server, or when we began to expect to
  Instant reconnect_at_ = Instant::min();
  Duration reconnect_delay_{0};
  std::uint64_t mutilated_seen_ = 0;
};

}  // namespace queuemeter::queues
