// SPDX-License-Identifier: Apache-2.0
#include "harness/call/clock.hpp"

#include <algorithm>
#include <ctime>

namespace queuemeter {

Instant MonotonicClock::now() const noexcept {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return instant_from_nanoseconds(std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec);
}

ClockCost measure_clock_cost(const Clock& clock) {
  constexpr int rounds = 9;
  constexpr int readings = 10'000;
  ClockCost cost{Duration::max(), Duration::max()};
  for (int round = 0; round < rounds; ++round) {
    const Instant started = clock.now();
    Instant previous = started;
    for (int reading = 0; reading < readings; ++reading) {
      const Instant current = clock.now();
      if (current > previous) {
        cost.granularity = std::min(cost.granularity, current - previous);
      }
      previous = current;
    }
    // The minimum of the rounds: other tenants of the machine only ever add.
    cost.per_reading = std::min(cost.per_reading, (previous - started) / readings);
  }
  if (cost.granularity == Duration::max()) {
    cost.granularity = Duration{0};
  }
  return cost;
}

}  // namespace queuemeter
