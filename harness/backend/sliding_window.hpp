// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"
#include "harness/call/rate.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace queuemeter {

/// A rate limit that is exact: wherever a window of the limit's length is laid, it holds no more
/// events that were let through than the limit has calls. It remembers the instants of as many
/// events, eight bytes each. What is refused does not count. One thread at a time.
class SlidingWindow {
 public:
  /// A limit of no calls lets nothing through, for ever.
  explicit SlidingWindow(RateLimit limit)
      : per_{limit.per}, let_through_(limit.calls, unobserved) {}

  /// Lets an event at `now` through and counts it, or not. `now` must not go back.
  [[nodiscard]] bool admit(Instant now) noexcept {
    if (wait(now) > Duration{0}) {
      return false;
    }
    let_through_[oldest_] = now;
    oldest_ = oldest_ + 1 == let_through_.size() ? 0 : oldest_ + 1;
    return true;
  }

  /// How long after `now` an event would be let through again; 0 when it would be at once.
  [[nodiscard]] Duration wait(Instant now) const noexcept {
    if (let_through_.empty()) {
      return per_;
    }
    const Instant oldest = let_through_[oldest_];
    return is_observed(oldest) ? std::max(Duration{0}, per_ - (now - oldest)) : Duration{0};
  }

 private:
  Duration per_;
  std::vector<Instant> let_through_;  // a ring
  std::size_t oldest_ = 0;
};

}  // namespace queuemeter
