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

/// Other tenants of the machine may disturb some wake-ups, not half of them.
TEST(Punctuality, ASpinningLoopIsLateByAMicrosecondAtMostInTheMedian) {
  for (const Duration gap : {20us, 200us}) {
    const MonotonicClock clock;
    EventLoop loop{clock, {.spin = 50us}};
    Metronome metronome{clock, clock.now() + 5ms, gap};
    loop.add(metronome);

    while (metronome.lateness.size() < 2000) {
      loop.turn();
    }

    std::ranges::nth_element(metronome.lateness, metronome.lateness.begin() + 1000);
    const Duration median = metronome.lateness[1000];
    std::cout << "every " << gap.count() / 1000 << " us: median lateness " << median.count()
              << " ns\n";
    EXPECT_LE(median, punctual);
  }
}

}  // namespace
}  // namespace queuemeter
