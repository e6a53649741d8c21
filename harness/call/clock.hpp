// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

#include <string_view>

#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
#endif

namespace queuemeter {

/// Where "now" comes from. Given to every part, never reached for, so that every claim about time
/// can be tested without waiting. `now()` is safe from any thread.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  [[nodiscard]] virtual Instant now() const noexcept = 0;
  /// Keeps a clock that interpolates near the kernel's; once a tick, by one thread. The others have
  /// nothing to do.
  virtual void renew() noexcept {}
  /// The word of results.
  [[nodiscard]] virtual std::string_view name() const noexcept { return "unnamed"; }
};

/// Keeps the next reading of a clock behind the loads that come before it in the program.
///
/// A processor reads its time stamp counter without waiting for earlier loads, so a consumer that
/// has just seen a call could stamp it with a moment before it was pushed.
/// Source: Intel SDM, RDTSC; AMD APM volume 3, LFENCE ("dispatch serializing").
inline void order_clock_readings() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  _mm_lfence();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
}

/// CLOCK_MONOTONIC of this host, in nanoseconds; the processes of one host share it.
class MonotonicClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override;
  [[nodiscard]] std::string_view name() const noexcept override { return "monotonic"; }
};

/// A clock that moves only when told to: the time line of simulations and tests. One thread.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(Instant start = Instant{}) noexcept : now_{start} {}

  [[nodiscard]] Instant now() const noexcept override { return now_; }
  [[nodiscard]] std::string_view name() const noexcept override { return "virtual"; }

  /// Moves to `at`; an instant before now is ignored, because time does not run backwards.
  void advance_to(Instant at) noexcept {
    if (at > now_) {
      now_ = at;
    }
  }
  void advance_by(Duration span) noexcept { advance_to(now_ + span); }

 private:
  Instant now_;
};

/// What one reading of a clock costs and how finely it steps, measured for `span` at most.
struct ClockCost {
  Duration per_reading{0};
  Duration granularity{0};  ///< smallest non-zero difference of two readings
};
[[nodiscard]] ClockCost measure_clock_cost(const Clock& clock);

}  // namespace queuemeter
