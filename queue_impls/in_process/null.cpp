// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/in_process/null.hpp"

#include "harness/queue/in_process.hpp"
#include "queue_impls/in_process/ring_settings.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace queuemeter::queues {
namespace {

class NullQueue {
 public:
  static constexpr const QueueTraits& traits = null_traits;

  explicit NullQueue(const RingSettings& settings)
      : bound_{settings.bound},
        mask_{std::bit_ceil(settings.bound + 1) - 1},
        slots_{std::make_unique<Slot[]>(mask_ + 1)},
        filled_{settings.first_ticket},
        taken_{settings.first_ticket} {}

  /// Only one thread may use it; the contract of `producers = one`.
  class Producer {
   public:
    explicit Producer(NullQueue& queue)
        : queue_{queue}, taken_{queue.taken_.load(std::memory_order_acquire)} {}

    QueueResult try_push(const CallHandle& call) noexcept {
      const std::uint64_t ticket = queue_.filled_.load(std::memory_order_relaxed);
      if (ticket - taken_ >= queue_.bound_) {
        // Pairs with the release in try_pop: a slot is filled again only after it was read.
        taken_ = queue_.taken_.load(std::memory_order_acquire);
        if (ticket - taken_ >= queue_.bound_) {
          return QueueResult::full;
        }
      }
      queue_.slots_[ticket & queue_.mask_].put(call);
      queue_.filled_.store(ticket + 1, std::memory_order_release);
      return QueueResult::ok;
    }
    std::size_t try_push_bulk(std::span<const CallHandle> calls) noexcept {
      const std::uint64_t ticket = queue_.filled_.load(std::memory_order_relaxed);
      taken_ = queue_.taken_.load(std::memory_order_acquire);
      const std::size_t count =
          std::min<std::size_t>(calls.size(), queue_.bound_ - (ticket - taken_));
      for (std::size_t index = 0; index < count; ++index) {
        queue_.slots_[(ticket + index) & queue_.mask_].put(calls[index]);
      }
      queue_.filled_.store(ticket + count, std::memory_order_release);
      return count;
    }

   private:
    NullQueue& queue_;
    std::uint64_t taken_;  // as it was when last looked at
  };

  class Consumer {
   public:
    static constexpr bool orders_clock_readings = true;

    explicit Consumer(NullQueue& queue)
        : queue_{queue}, filled_{queue.taken_.load(std::memory_order_acquire)} {}

    QueueResult try_pop(CallHandle& call) noexcept {
      std::uint64_t ticket = queue_.taken_.load(std::memory_order_relaxed);
      while (is_filled(ticket)) {
        // Read before the ticket is ours: the slot may be refilled as soon as it is. A value read
        // from a slot that another consumer took meanwhile is thrown away with the failed ticket.
        call = queue_.slots_[ticket & queue_.mask_].get();
        if (queue_.taken_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel,
                                                std::memory_order_relaxed)) {
          return QueueResult::ok;
        }
      }
      return QueueResult::empty;
    }
    std::size_t try_pop_bulk(std::span<CallHandle> calls) noexcept {
      std::uint64_t ticket = queue_.taken_.load(std::memory_order_relaxed);
      while (is_filled(ticket)) {
        const std::size_t count = std::min<std::size_t>(calls.size(), filled_ - ticket);
        for (std::size_t index = 0; index < count; ++index) {
          calls[index] = queue_.slots_[(ticket + index) & queue_.mask_].get();
        }
        if (queue_.taken_.compare_exchange_weak(ticket, ticket + count, std::memory_order_acq_rel,
                                                std::memory_order_relaxed)) {
          return count;
        }
      }
      return 0;
    }

   private:
    /// Other consumers may be past what was seen here, so a distance beyond it counts as none.
    bool is_filled(std::uint64_t ticket) noexcept {
      if (filled_ - ticket - 1 >= queue_.bound_) {
        filled_ = queue_.filled_.load(std::memory_order_acquire);
        if (filled_ - ticket - 1 >= queue_.bound_) {
          return false;
        }
        order_clock_readings();
      }
      return true;
    }

    NullQueue& queue_;
    std::uint64_t filled_;  // as it was when last looked at
  };

  Producer make_producer() { return Producer{*this}; }
  Consumer make_consumer() { return Consumer{*this}; }

  [[nodiscard]] std::size_t depth() const noexcept {
    const std::uint64_t taken = taken_.load(std::memory_order_acquire);
    return filled_.load(std::memory_order_acquire) - taken;
  }
  [[nodiscard]] bool empty() const noexcept { return depth() == 0; }
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

  const std::size_t bound_;
  const std::uint64_t mask_;
  const std::unique_ptr<Slot[]> slots_;
  alignas(apart) std::atomic<std::uint64_t> filled_;  // written by the producer
  alignas(apart) std::atomic<std::uint64_t> taken_;   // written by consumers
};

}  // namespace

Result<std::unique_ptr<Queue>> make_null(const QueueSettings& settings,
                                         const QueueContext& context) {
  const Result<RingSettings> ring = read_ring_settings(settings);
  if (!ring) {
    return ring.error();
  }
  return std::unique_ptr<Queue>{std::make_unique<InProcessQueue<NullQueue>>(
      std::make_unique<NullQueue>(*ring), settings, context)};
}

}  // namespace queuemeter::queues
