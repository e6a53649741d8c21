// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/call/instant.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace queuemeter {

/// CLOCK_MONOTONIC, interpolated by the processor's time stamp counter: less than half the cost of
/// a reading.
///
/// Time is a chain of straight lines. Each begins where the one before it ends, at a tick of the
/// counter fixed when that one was made, and leads towards where CLOCK_MONOTONIC will be at its own
/// end. So the clock has no jumps, and two readings are ordered as their ticks are, whichever
/// thread made them and whenever lines were added: it never runs backwards.
/// A line serves 200 ms; `renew()` at every tick adds the next one ahead of time. Where nobody
/// renews, a reader that finds the last line used up adds one, behind a lock.
///
/// Only where the kernel itself keeps time by this counter (`distrust_of_tsc`); others get a
/// `MonotonicClock` from `best_clock`. Any thread.
class TscClock final : public Clock {
 public:
  TscClock();

#if defined(__x86_64__)
  [[nodiscard]] Instant now() const noexcept override {
    for (;;) {
      const std::uint64_t ticks = __rdtsc();
      const std::uint32_t latest = latest_.load(std::memory_order_acquire);
      // The line added last may begin in the future; then the one before it is still in use.
      Instant at = line_of(latest).at(ticks);
      if (!is_observed(at)) {
        at = line_of(latest - 1).at(ticks);
      }
      // Pairs with the fence in add_line(): whoever saw a line being made anew sees this, too.
      std::atomic_thread_fence(std::memory_order_acquire);
      const bool intact = latest_.load(std::memory_order_relaxed) - latest < line_count - 2;
      if (intact && is_observed(at)) [[likely]] {
        return at;
      }
      go_on_from(ticks);
    }
  }
#else
  [[nodiscard]] Instant now() const noexcept override { return MonotonicClock{}.now(); }
#endif
  void renew() noexcept override;
  [[nodiscard]] std::string_view name() const noexcept override { return "tsc"; }

  /// Furthest that the lines were from CLOCK_MONOTONIC whenever somebody looked, at a renewal.
  [[nodiscard]] Duration worst_error() const noexcept {
    return Duration{worst_error_.load(std::memory_order_relaxed)};
  }

 private:
  static constexpr std::uint32_t line_count = 8;
  static constexpr std::size_t sample_count = 16;

  /// Nanoseconds in 2^32 ticks.
  using Slope = std::uint64_t;

  /// Written under the lock, read without it; a reader notices when it was too slow.
  struct alignas(64) Line {
    std::atomic<std::uint64_t> from{0};    // tick
    std::atomic<std::uint64_t> length{0};  // ticks
    std::atomic<std::int64_t> start{0};    // ns at `from`
    std::atomic<Slope> slope{0};

    /// `unobserved` where the line does not reach.
    [[nodiscard]] Instant at(std::uint64_t ticks) const noexcept {
      const std::uint64_t passed = ticks - from.load(std::memory_order_relaxed);
      return passed < length.load(std::memory_order_relaxed) ? after(passed) : unobserved;
    }
    [[nodiscard]] Instant after(std::uint64_t passed) const noexcept {
      __extension__ using Wide = unsigned __int128;
      const Wide nanoseconds = Wide{passed} * slope.load(std::memory_order_relaxed) >> 32U;
      return instant_from_nanoseconds(start.load(std::memory_order_relaxed) +
                                      static_cast<std::int64_t>(nanoseconds));
    }
  };
  /// The same moment on both clocks.
  struct Sample {
    std::uint64_t ticks = 0;
    std::int64_t nanoseconds = 0;
  };

  [[nodiscard]] Line& line_of(std::uint32_t number) const noexcept {
    return lines_[number % line_count];
  }
  [[nodiscard]] static Sample take_sample() noexcept;
  /// Adds a line if there is none after `ticks`.
  void go_on_from(std::uint64_t ticks) const noexcept;
  void add_line() const noexcept;
  void note_error(const Sample& sample) const noexcept;
  void keep(const Sample& sample) const noexcept;

  mutable std::array<Line, line_count> lines_;
  mutable std::atomic<std::uint32_t> latest_{1};
  mutable std::atomic<std::int64_t> worst_error_{0};
  mutable std::mutex mutex_;  // one writer at a time; guards what follows
  mutable std::array<Sample, sample_count> samples_{};
  mutable std::uint64_t samples_taken_ = 0;
  mutable Slope slope_ = 0;  // over all samples kept
};

/// What speaks against keeping time by the time stamp counter, given the kernel's current clock
/// source and the processor's flags; nothing when it can be trusted.
[[nodiscard]] std::optional<std::string> distrust_of_tsc(std::string_view clock_source,
                                                         std::string_view cpu_flags);

/// The cheapest clock on CLOCK_MONOTONIC's time line that can be trusted here. `why` (may be null)
/// becomes a sentence: which one, and for what reason.
[[nodiscard]] std::unique_ptr<Clock> best_clock(std::string* why = nullptr);

}  // namespace queuemeter
