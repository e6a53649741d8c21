// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/guarantee.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace queuemeter {

enum class QueueOrder : std::uint8_t {
  fifo,
  per_producer_fifo,
  k_relaxed,
  priority,
  deadline,
  lifo
};
enum class QueueEnds : std::uint8_t { one, many };
enum class QueueBound : std::uint8_t { calls, bytes, none };
enum class QueueWait : std::uint8_t { none, spins, parks };
enum class QueueScope : std::uint8_t { threads, processes, hosts };
enum class QueueDelivery : std::uint8_t { destructive, acked };

/// An ability beyond offer and take: done by the queue itself, by our default, or not at all.
enum class Ability : std::uint8_t { native, emulated, none };

/// What a queue is and promises, declared as data: listed, checked by the contract test, written
/// into every result.
struct QueueTraits {
  std::string_view name;     ///< the word of `queue.use`
  std::string_view summary;  ///< one line for `queuemeter queues`
  QueueOrder order = QueueOrder::fifo;
  QueueEnds producers = QueueEnds::many;
  QueueEnds consumers = QueueEnds::many;
  QueueBound bound = QueueBound::calls;
  QueueWait wait = QueueWait::none;  ///< what the queue does by itself when it is empty
  QueueScope scope = QueueScope::threads;
  QueueDelivery delivery = QueueDelivery::destructive;
  ProducerGuarantee producer_guarantee = ProducerGuarantee::g1_acknowledged_volatile;
  ConsumerGuarantee consumer_guarantee = ConsumerGuarantee::c0_at_most_once;
  Ability bulk = Ability::emulated;
  Ability timed = Ability::emulated;
  Ability close = Ability::emulated;
  Ability depth = Ability::none;
  Ability drop_oldest = Ability::none;
};

/// The words of `queues`, results and reports.
[[nodiscard]] std::string_view to_string(QueueOrder order) noexcept;
[[nodiscard]] std::string_view to_string(QueueEnds ends) noexcept;
[[nodiscard]] std::string_view to_string(QueueBound bound) noexcept;
[[nodiscard]] std::string_view to_string(QueueWait wait) noexcept;
[[nodiscard]] std::string_view to_string(QueueScope scope) noexcept;
[[nodiscard]] std::string_view to_string(QueueDelivery delivery) noexcept;
[[nodiscard]] std::string_view to_string(Ability ability) noexcept;

}  // namespace queuemeter
