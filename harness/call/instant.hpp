// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace queuemeter {

/// A span of time, in nanoseconds.
using Duration = std::chrono::nanoseconds;

/// The time line of one run: CLOCK_MONOTONIC nanoseconds of this host, or virtual ones in a
/// simulation. A tag, so that an `Instant` minus a wall-clock time does not compile.
struct RunTimeline {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<RunTimeline>;
  static constexpr bool is_steady = true;
};

/// A moment on the run's time line.
using Instant = RunTimeline::time_point;

/// Later than everything: "no wake-up wanted", "no deadline".
inline constexpr Instant never = Instant::max();

/// An instant that was not observed. A span with such an end is null, never 0.
inline constexpr Instant unobserved = Instant::min();

[[nodiscard]] constexpr bool is_observed(Instant at) noexcept { return at != unobserved; }

/// Nanoseconds since the time line's origin; for serialisation only.
[[nodiscard]] constexpr std::int64_t to_nanoseconds(Instant at) noexcept {
  return at.time_since_epoch().count();
}
[[nodiscard]] constexpr Instant instant_from_nanoseconds(std::int64_t nanoseconds) noexcept {
  return Instant{Duration{nanoseconds}};
}

[[nodiscard]] constexpr double to_seconds(Duration span) noexcept {
  return static_cast<double>(span.count()) * 1e-9;
}
/// Rounds to the nearest nanosecond; `seconds` must be finite and within ±292 years.
[[nodiscard]] constexpr Duration from_seconds(double seconds) noexcept {
  const double nanoseconds = seconds * 1e9;
  return Duration{static_cast<std::int64_t>(nanoseconds + (nanoseconds < 0 ? -0.5 : 0.5))};
}

}  // namespace queuemeter
