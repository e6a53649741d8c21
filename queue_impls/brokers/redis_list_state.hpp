// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "queue_impls/brokers/call_message.hpp"
#include "queue_impls/brokers/redis_client.hpp"
#include "queue_impls/brokers/redis_list_settings.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter::queues {

class RedisListConsumer;

/// What the ends of one Redis list share. Thread-safe.
class RedisListState {
 public:
  /// `server_run` is what the server called its present life when the queue was opened.
  RedisListState(RedisListSettings list_settings, RedisServer redis_server,
                 const QueueContext& context, std::string server_run);

  const RedisListSettings settings;
  const RedisServer server;
  const PayloadBlock payload;
  const MessageKind kind;
  CallIntake* const intake;
  const RespLimits limits;  ///< of the connections that carry calls
  const MonotonicClock clock;

  std::atomic<bool> closed{false};

  // The bound is kept by these two: what LPUSH or LLEN answered last, and what is on its way.
  std::atomic<std::int64_t> length{0};
  std::atomic<std::int64_t> in_flight{0};

  // The account by which a removal by somebody else is noticed. Messages.
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> popped{0};     ///< from the list, by consumers of this process
  std::atomic<std::uint64_t> put_back{0};   ///< into the list, by consumers and the reaper
  std::atomic<std::uint64_t> in_doubt{0};   ///< offers nobody knows the fate of
  std::atomic<std::uint64_t> broken{0};     ///< connections lost after they had been ready
  std::atomic<std::uint64_t> consumers{0};  ///< made so far, before the list was closed

  std::atomic<std::uint64_t> redelivered{0};
  std::atomic<std::uint64_t> mutilated{0};
  std::atomic<std::uint64_t> removed{0};       ///< by somebody else, as the last sweep saw it
  std::atomic<bool> restarted{false};          ///< the server, since it was opened; as of the sweep
  std::atomic<std::uint64_t> in_hand_over{0};  ///< at most, when a connection of takes broke
  std::atomic<bool> swept{false};              ///< a consumer saw the closed list empty
  std::atomic<bool> sweep_failed{false};       ///< the server did not answer a take after the close

  /// A name of the server's client list: "queuemeter.<run id>.calls.<part>".
  [[nodiscard]] std::string name_of(std::string_view part) const;
  /// The set of the keys into which consumers move what they work on.
  [[nodiscard]] const std::string& holders_key() const noexcept { return holders_key_; }
  /// The key of a new consumer's own list.
  [[nodiscard]] std::string new_holder_key();

  /// Ends the blocking command of the client with this id; false when the server does not answer.
  [[nodiscard]] bool unblock(std::int64_t client_id);

  /// A take found the closed list empty: what the account misses now, somebody else has removed.
  void note_swept();

  void enlist(RedisListConsumer& consumer);
  void delist(RedisListConsumer& consumer) noexcept;
  /// Wakes the consumers that wait.
  void wake_consumers() noexcept;
  /// Makes the consumers other than `asking` put back what they hold without having handed it out;
  /// whether anything came. For the end of a run: what nobody will take must be found by the sweep.
  bool recall_from_others(const RedisListConsumer& asking);

 private:
  [[nodiscard]] bool recall_from_the_dead(const std::vector<std::string>& living);

  const std::string server_run_;
  std::string holders_key_;
  std::atomic<std::uint64_t> holders_{0};
  std::mutex control_mutex_;  // guards control_
  RedisClient control_;
  std::mutex consumers_mutex_;  // guards consumers_list_
  std::vector<RedisListConsumer*> consumers_list_;
};

}  // namespace queuemeter::queues
