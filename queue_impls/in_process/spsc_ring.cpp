// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/in_process/spsc_ring.hpp"

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

/// Source of the cached counters: Rigtorp, "Optimizing a ring buffer for throughput".
class SpscRing {
 public:
  static constexpr const QueueTraits& traits = spsc_ring_traits;

  explicit SpscRing(const RingSettings& settings)
      : bound_{settings.bound},
        mask_{std::bit_ceil(settings.bound) - 1},
        slots_{std::make_unique<CallHandle[]>(mask_ + 1)},
        filled_{settings.first_ticket},
        taken_{settings.first_ticket} {}

  class Producer {
   public:
    explicit Producer(SpscRing& ring)
        : ring_{ring},
          next_{ring.filled_.load(std::memory_order_relaxed)},
          taken_{ring.taken_.load(std::memory_order_acquire)} {}

    QueueResult try_push(const CallHandle& call) noexcept {
      if (room(1) == 0) {
        return QueueResult::full;
      }
      ring_.slots_[next_ & ring_.mask_] = call;
      publish(1);
      return QueueResult::ok;
    }
    std::size_t try_push_bulk(std::span<const CallHandle> calls) noexcept {
      const std::size_t count = std::min(calls.size(), room(calls.size()));
      if (count > 0) {
        const std::size_t at = next_ & ring_.mask_;
        const std::size_t before_end = std::min<std::size_t>(count, ring_.mask_ + 1 - at);
        std::copy_n(calls.data(), before_end, &ring_.slots_[at]);
        std::copy_n(calls.data() + before_end, count - before_end, &ring_.slots_[0]);
        publish(count);
      }
      return count;
    }

   private:
    [[nodiscard]] std::size_t room(std::size_t wanted) noexcept {
      if (ring_.bound_ - (next_ - taken_) < wanted) {
        // Pairs with the release in Consumer::let_go: a slot is filled again after it was read.
        taken_ = ring_.taken_.load(std::memory_order_acquire);
      }
      return ring_.bound_ - (next_ - taken_);
    }
    void publish(std::size_t count) noexcept {
      next_ += count;
      ring_.filled_.store(next_, std::memory_order_release);
    }

    SpscRing& ring_;
    std::uint64_t next_;
    std::uint64_t taken_;  // as it was when last looked at
  };

  class Consumer {
   public:
    static constexpr bool orders_clock_readings = true;

    explicit Consumer(SpscRing& ring)
        : ring_{ring}, next_{ring.taken_.load(std::memory_order_relaxed)}, filled_{next_} {}

    QueueResult try_pop(CallHandle& call) noexcept {
      if (filled(1) == 0) {
        return QueueResult::empty;
      }
      call = ring_.slots_[next_ & ring_.mask_];
      let_go(1);
      return QueueResult::ok;
    }
    std::size_t try_pop_bulk(std::span<CallHandle> calls) noexcept {
      const std::size_t count = std::min(calls.size(), filled(calls.size()));
      if (count > 0) {
        const std::size_t at = next_ & ring_.mask_;
        const std::size_t before_end = std::min<std::size_t>(count, ring_.mask_ + 1 - at);
        std::copy_n(&ring_.slots_[at], before_end, calls.data());
        std::copy_n(&ring_.slots_[0], count - before_end, calls.data() + before_end);
        let_go(count);
      }
      return count;
    }

   private:
    [[nodiscard]] std::size_t filled(std::size_t wanted) noexcept {
      if (filled_ - next_ < wanted) {
        // Pairs with the release in Producer::publish: the slots and the records behind them.
        filled_ = ring_.filled_.load(std::memory_order_acquire);
        if (filled_ != next_) {
          order_clock_readings();
        }
      }
      return filled_ - next_;
    }
    void let_go(std::size_t count) noexcept {
      next_ += count;
      ring_.taken_.store(next_, std::memory_order_release);
    }

    SpscRing& ring_;
    std::uint64_t next_;
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
  const std::size_t bound_;
  const std::uint64_t mask_;
  const std::unique_ptr<CallHandle[]> slots_;
  alignas(apart) std::atomic<std::uint64_t> filled_;  // written by the producer
  alignas(apart) std::atomic<std::uint64_t> taken_;   // written by the consumer
};

}  // namespace

Result<std::unique_ptr<Queue>> make_spsc_ring(const QueueSettings& settings,
                                              const QueueContext& context) {
  const Result<RingSettings> ring = read_ring_settings(settings);
  if (!ring) {
    return ring.error();
  }
  return std::unique_ptr<Queue>{std::make_unique<InProcessQueue<SpscRing>>(
      std::make_unique<SpscRing>(*ring), settings, context)};
}

}  // namespace queuemeter::queues
