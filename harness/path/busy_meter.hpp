// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

#include <atomic>
#include <cstdint>

namespace queuemeter {

/// How long the slots of one worker thread have been busy, all together, without looking at each:
/// time finished + Σ (now − start) over the busy ones = now · busy + finished − Σ starts.
///
/// The sums wrap around and are exact all the same, because what is read from them is small.
/// Single writer, which publishes when it likes; `read` from any thread.
class BusyMeter {
 public:
  void began(Instant at) noexcept {
    ++busy_;
    balance_ -= bits(at);
  }
  void ended(Instant at) noexcept {
    --busy_;
    balance_ += bits(at);
  }
  [[nodiscard]] std::uint64_t busy() const noexcept { return busy_; }

  /// Makes what happened so far visible to readers.
  void publish() noexcept {
    // Each store is visible no later than the next: odd, the two halves, even.
    const std::uint32_t version = version_.load(std::memory_order_relaxed);
    version_.store(version + 1, std::memory_order_release);
    published_busy_.store(busy_, std::memory_order_release);
    published_balance_.store(balance_, std::memory_order_release);
    version_.store(version + 2, std::memory_order_release);
  }

  [[nodiscard]] Duration read(Instant now) const noexcept {
    for (;;) {
      const std::uint32_t version = version_.load(std::memory_order_acquire);
      const std::uint64_t busy = published_busy_.load(std::memory_order_acquire);
      const std::uint64_t balance = published_balance_.load(std::memory_order_acquire);
      if (version % 2 == 0 && version_.load(std::memory_order_relaxed) == version) {
        return Duration{static_cast<Duration::rep>(busy * bits(now) + balance)};
      }
    }
  }

 private:
  [[nodiscard]] static std::uint64_t bits(Instant at) noexcept {
    return static_cast<std::uint64_t>(to_nanoseconds(at));
  }

  std::uint64_t busy_ = 0;
  std::uint64_t balance_ = 0;              // ns: Σ ends − Σ starts
  std::atomic<std::uint32_t> version_{0};  // odd while the two halves do not belong together
  std::atomic<std::uint64_t> published_busy_{0};
  std::atomic<std::uint64_t> published_balance_{0};
};

}  // namespace queuemeter
