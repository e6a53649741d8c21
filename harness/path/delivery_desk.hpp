// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"
#include "harness/call/instant.hpp"
#include "harness/path/workbench.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace queuemeter {

/// What all workers of a run share: when the call taken last had been offered. With a queue in
/// order, no waiting call is older. Any thread.
class TakenFront {
 public:
  void taken(Instant offered_at) noexcept {
    offered_at_.store(to_nanoseconds(offered_at), std::memory_order_relaxed);
  }
  [[nodiscard]] Instant offered_at() const noexcept {
    return instant_from_nanoseconds(offered_at_.load(std::memory_order_relaxed));
  }

 private:
  std::atomic<std::int64_t> offered_at_{to_nanoseconds(unobserved)};
};

/// Looks at every delivery that one consumer takes: whether it is the first of its call, whether a
/// later call overtook it, and whether it is still wanted.
///
/// A delivery too many is worked on like any other, as a real consumer would, but as a call of the
/// first class without a deadline, because its record may belong to another call by now.
/// One for each consumer, on its thread; `taken()` from any.
class DeliveryDesk {
 public:
  /// `priorities` are those that occur in the run.
  DeliveryDesk(TakenFront& front, std::size_t producers, std::span<const std::uint8_t> priorities);

  /// Fills `slot` with a delivery. Work on it would begin at `now`; what is too late then is marked
  /// expired. `attempt` is above 1 where the queue is known to have delivered the call before.
  void receive(CallHandle call, Instant taken_at, Instant now, WorkSlot& slot,
               std::uint32_t attempt = 1) noexcept;

  /// Deliveries so far. Any thread.
  [[nodiscard]] std::uint64_t taken() const noexcept {
    return taken_.load(std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint64_t no_sequence = std::numeric_limits<std::uint64_t>::max();

  [[nodiscard]] bool is_overtaken(const Call& call) noexcept;

  TakenFront& front_;
  std::array<std::uint8_t, 256> rank_{};  // of a priority among those that occur
  std::size_t ranks_ = 1;
  std::vector<std::uint64_t> latest_;  // sequence taken last, by producer and rank
  std::atomic<std::uint64_t> taken_{0};
};

}  // namespace queuemeter
