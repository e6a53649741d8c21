// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"
#include "harness/call/queue_settings.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace queuemeter {

/// Where threads wait for a queue that has nothing for them: one wait policy, chosen at run time,
/// for any queue.
///
/// It is entered only after a failed operation, so a queue that is never empty pays one load per
/// notification and nothing else. Thread-safe; any number of waiting and notifying threads.
class WaitPoint {
 public:
  explicit WaitPoint(WaitPolicyKind policy) noexcept : policy_{policy} {}

  /// Tells the waiting threads that `count` more things are there. Call it after they are visible.
  void notify(std::size_t count) noexcept {
    if (policy_ != WaitPolicyKind::spin_park) {
      return;  // nobody sleeps, and a fence costs more than most operations of a queue
    }
    // Pairs with the fence in park(): either the sleeper sees the new thing, or we see the sleeper.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (sleepers_.load(std::memory_order_relaxed) > 0) {
      wake(count);
    }
  }

  /// Wakes everybody who waits now.
  void interrupt() noexcept;

  /// Waits until `ready()`, an interrupt or `until` (CLOCK_MONOTONIC). May return early; the
  /// answer is what `ready()` said last. `ready` is called by this thread only and must not block.
  template <class Ready>
  bool wait(Instant until, Ready&& ready) {
    const std::uint32_t interrupts = interrupts_.load(std::memory_order_acquire);
    for (unsigned failures = 1;; ++failures) {
      if (ready()) {
        return true;
      }
      if (interrupts_.load(std::memory_order_acquire) != interrupts || !pause(failures, until)) {
        return ready();
      }
      if (policy_ == WaitPolicyKind::spin_park && failures >= spins_before_parking) {
        return park(until, ready);
      }
    }
  }

 private:
  /// About 2 µs of spinning: longer than a hand-over between two running threads, shorter than the
  /// 30 µs and more that waking a sleeping one costs.
  static constexpr unsigned spins_before_parking = 64;

  template <class Ready>
  bool park(Instant until, Ready& ready) {
    const std::uint32_t epoch = epoch_.load(std::memory_order_acquire);
    sleepers_.fetch_add(1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);  // pairs with the fence in notify()
    if (!ready()) {
      sleep_on(epoch, until);
    }
    sleepers_.fetch_sub(1, std::memory_order_relaxed);
    return ready();
  }

  /// One pause of the spinning part; false when `until` has passed.
  bool pause(unsigned failures, Instant until) const noexcept;
  void sleep_on(std::uint32_t epoch, Instant until) noexcept;
  void wake(std::size_t count) noexcept;

  const WaitPolicyKind policy_;
  std::atomic<std::uint32_t> epoch_{0};       // changes whenever a sleeper must look again
  std::atomic<std::uint32_t> interrupts_{0};  // changes whenever everybody must return
  std::atomic<std::uint32_t> sleepers_{0};    // threads between registering and returning
};

}  // namespace queuemeter
