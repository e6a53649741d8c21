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

  /// A stretch in which the rate goes linearly from `from` to `to`.
  struct Piece {
    Rate from;
    Rate to;
    Duration length{0};
  };
  /// The pieces in order; after the last one `afterwards` holds. Rates are ≥ 0, and `afterwards`
  /// is above 0, so that the integral has no end.
  RateProfile(Rate afterwards, const std::vector<Piece>& pieces);

  /// When the integral of the rate reaches `calls`, counted from the profile's beginning.
  [[nodiscard]] Duration when_due(double calls) const noexcept;
  /// The rate at `at` after the beginning.
  [[nodiscard]] Rate rate_at(Duration at) const noexcept;
  /// The integral of the rate from the beginning to `at`.
  [[nodiscard]] double calls_until(Duration at) const noexcept;

 private:
  struct Segment {
    double begins_s;      // seconds from the beginning
    double calls_before;  // integral up to there
    double rate;          // calls/s at its beginning
    double slope;         // calls/s²
  };
  [[nodiscard]] const Segment& segment_at(double seconds) const noexcept;

  std::vector<Segment> segments_;  // at least one; the last has slope 0 and no end
};

}  // namespace queuemeter
