// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"
#include "harness/call/rate.hpp"

#include <vector>

namespace queuemeter {

/// How the rate of an open loop changes over time, piece by piece, and the integral of it.
///
/// The integral says how many calls are due by when, in the mean; its inverse turns arrivals of a
/// process with rate 1 into instants, so that any profile shares one generator and one plan.
/// Immutable: safe from any thread.
class RateProfile {
 public:
  /// One rate for ever. It must be above 0.
  explicit RateProfile(Rate rate) : RateProfile{rate, {}} {}

  /// A stretch in which the rate goes linearly from `from` to `to`; or, with a period, swings
  /// between the two as a sine, beginning in the middle, rising. Before it comes a burst of so
  /// many calls in one instant: a jump of the integral.
  struct Piece {
    Rate from;
    Rate to;
    Duration length{0};
    Duration period{0};
    double burst = 0.0;
  };
  /// The pieces in order; after the last one `afterwards` holds. Rates are ≥ 0.
  RateProfile(Rate afterwards, const std::vector<Piece>& pieces);

  /// When the integral of the rate reaches `calls`, counted from the profile's beginning; a
  /// hundred years when it never does.
  [[nodiscard]] Duration when_due(double calls) const noexcept;
  /// The rate at `at` after the beginning. A burst is no rate.
  [[nodiscard]] Rate rate_at(Duration at) const noexcept;
  /// The integral of the rate from the beginning to `at`, with the bursts up to and at `at`.
  [[nodiscard]] double calls_until(Duration at) const noexcept;

 private:
  struct Segment {
    double begins_s = 0.0;      // seconds from the beginning
    double calls_before = 0.0;  // integral up to there, with the burst there
    double rate = 0.0;          // calls/s at its beginning
    double slope = 0.0;         // calls/s²
    double swing = 0.0;         // calls/s: half of the way from lowest to highest
    double angular = 0.0;       // 1/s: 2π ÷ period; 0 where nothing swings

    [[nodiscard]] double rate_after(double seconds) const noexcept;
    [[nodiscard]] double calls_after(double seconds) const noexcept;
    /// The inverse of `calls_after`; no more than `length`.
    [[nodiscard]] double time_of(double calls, double length) const noexcept;
  };
  [[nodiscard]] const Segment& segment_at(double seconds) const noexcept;

  std::vector<Segment> segments_;  // at least one; the last has no end
};

}  // namespace queuemeter
