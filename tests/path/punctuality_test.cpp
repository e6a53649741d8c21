// SPDX-License-Identifier: Apache-2.0
#include "harness/path/event_loop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

// Checked programs are slower than what they check.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr Duration punctual = 20us;
#else
constexpr Duration punctual = 1us;
#endif

/// Wants to be woken every so often, and notes how late it was.
class Metronome final : public Stepper {
 public:
  Metronome(const Clock& clock, Instant first, Duration gap)
      : clock_{clock}, next_{first}, gap_{gap} {}
  Instant step(Instant now) override {
    while (next_ <= now) {
      lateness.push_back(clock_.now() - next_);
      next_ += gap_;
    }
    return next_;
  }
  std::vector<Duration> lateness;

 private:
  const Clock& clock_;
  Instant next_;
  Duration gap_;
};

/// Of 2,000 wake-ups of a loop that spins over the last 50 us.
Duration median_lateness(Duration gap) {
  const MonotonicClock clock;
  EventLoop loop{clock, {.spin = 50us}};
  Metronome metronome{clock, clock.now() + 5ms, gap};
  loop.add(metronome);
  while (metronome.lateness.size() < 2000) {
    loop.turn();
  }
  std::ranges::nth_element(metronome.lateness, metronome.lateness.begin() + 1000);
  return metronome.lateness[1000];
}

/// Other tenants of the machine may take the core for most of a round, not for every round: a loop
/// that slept where it should spin would be late in all of them.
TEST(Punctuality, ASpinningLoopIsLateByAMicrosecondAtMostInTheMedian) {
  for (const Duration gap : {20us, 200us}) {
    Duration best = Duration::max();
    for (int round = 0; round < 10 && best > punctual; ++round) {
      best = std::min(best, median_lateness(gap));
    }
    std::cout << "every " << gap.count() / 1000 << " us: median lateness " << best.count()
              << " ns\n";
    EXPECT_LE(best, punctual);
  }
}

}  // namespace
}  // namespace queuemeter
