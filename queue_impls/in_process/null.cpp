// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/in_process/null.hpp"

#include "harness/queue/in_process.hpp"

#include <fmt/format.h>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace queuemeter::queues {
namespace {

/// 2^26 slots are 1 GiB.
constexpr std::size_t largest_bound = std::size_t{1} << 26U;

class NullQueue {
 public:
  static constexpr const QueueTraits& traits = null_traits;

  explicit NullQueue(std::size_t bound)
      : bound_{bound},
        mask_{std::bit_ceil(bound + 1) - 1},
        slots_{std::make_unique<Slot[]>(mask_ + 1)} {}

  /// Only one thread may use it; the contract of `producers = one`.
  struct Producer {
    QueueResult try_push(const CallHandle& call) noexcept {
      const std::uint64_t ticket = queue.filled_.load(std::memory_order_relaxed);
      // Pairs with the release in try_pop: a slot is filled again only after it was read.
      if (ticket - queue.taken_.load(std::memory_order_acquire) >= queue.bound_) {
        return QueueResult::full;
      }
      queue.slots_[ticket & queue.mask_].put(call);
      queue.filled_.store(ticket + 1, std::memory_order_release);
      return QueueResult::ok;
    }
    NullQueue& queue;
  };

  struct Consumer {
    QueueResult try_pop(CallHandle& call) noexcept {
      std::uint64_t ticket = queue.taken_.load(std::memory_order_relaxed);
      while (ticket < queue.filled_.load(std::memory_order_acquire)) {
        // Read before the ticket is ours: the slot may be refilled as soon as it is. A value read
        // from a slot that another consumer took meanwhile is thrown away with the failed ticket.
        call = queue.slots_[ticket & queue.mask_].get();
        if (queue.taken_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel,
                                               std::memory_order_relaxed)) {
          return QueueResult::ok;
        }
      }
      return QueueResult::empty;
    }
    NullQueue& queue;
  };

  Producer make_producer() { return Producer{*this}; }
  Consumer make_consumer() { return Consumer{*this}; }

  [[nodiscard]] std::size_t depth() const noexcept {
    const std::uint64_t taken = taken_.load(std::memory_order_acquire);
    return filled_.load(std::memory_order_acquire) - taken;
  }
  [[nodiscard]] std::size_t bound() const noexcept { return bound_; }

 private:
  /// Atomic halves, because a consumer may read a slot that it then does not get.
  class Slot {
   public:
    void put(const CallHandle& call) noexcept {
      record_.store(call.record, std::memory_order_relaxed);
      sequence_.store(call.sequence, std::memory_order_relaxed);
    }
    [[nodiscard]] CallHandle get() const noexcept {
      return {record_.load(std::memory_order_relaxed), sequence_.load(std::memory_order_relaxed)};
    }

   private:
    std::atomic<CallRecord*> record_{nullptr};
    std::atomic<std::uint64_t> sequence_{0};
  };

  /// Two cache lines, because the next one is fetched along.
  static constexpr std::size_t line_bytes = 128;

  const std::size_t bound_;
  const std::uint64_t mask_;
  const std::unique_ptr<Slot[]> slots_;
  alignas(line_bytes) std::atomic<std::uint64_t> filled_{0};  // written by the producer
  alignas(line_bytes) std::atomic<std::uint64_t> taken_{0};   // written by consumers
};

}  // namespace

Result<std::unique_ptr<Queue>> make_null(const QueueSettings& settings,
                                         const QueueContext& /*context*/) {
  const std::size_t bound = settings.bound.value_or(default_queue_bound);
  if (bound > largest_bound) {
    return Error::usage(
        fmt::format("queue.bound: null allocates its bound, and {} is above {}; "
                    "use that or less",
                    bound, largest_bound));
  }
  return std::unique_ptr<Queue>{std::make_unique<InProcessQueue<NullQueue>>(
      std::make_unique<NullQueue>(bound), settings.wait)};
}

}  // namespace queuemeter::queues
