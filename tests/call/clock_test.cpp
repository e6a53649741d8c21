// SPDX-License-Identifier: Apache-2.0
#include "harness/call/clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

TEST(MonotonicClock, ReadsTheSameTimeLineAsTheSystemsMonotonicClock) {
  const MonotonicClock clock;
  const auto system_now = [] {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return instant_from_nanoseconds(std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec);
  };

  const Instant before = system_now();
  const Instant now = clock.now();
  const Instant after = system_now();

  EXPECT_LE(before, now);
  EXPECT_LE(now, after);
}

TEST(MonotonicClock, NeverRunsBackwards) {
  const MonotonicClock clock;
  Instant previous = clock.now();
  for (int i = 0; i < 100'000; ++i) {
    const Instant current = clock.now();
    ASSERT_LE(previous, current);
    previous = current;
  }
}

TEST(VirtualClock, StandsStillUntilItIsMoved) {
  VirtualClock clock{instant_from_nanoseconds(1'000)};
  EXPECT_EQ(clock.now(), clock.now());

  clock.advance_by(2ms);

  EXPECT_EQ(to_nanoseconds(clock.now()), 2'001'000);
}

TEST(VirtualClock, DoesNotGoBack) {
  VirtualClock clock;
  clock.advance_to(instant_from_nanoseconds(500));

  clock.advance_to(instant_from_nanoseconds(400));
  clock.advance_by(-100ns);

  EXPECT_EQ(to_nanoseconds(clock.now()), 500);
}

/// Steps by a known amount at every second reading.
class SteppingClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override {
    return instant_from_nanoseconds(500 * (readings_++ / 2));
  }

 private:
  mutable std::int64_t readings_ = 0;
};

TEST(ClockCost, OfASteppingClockIsItsStepAndItsMeanAdvance) {
  const SteppingClock clock;

  const ClockCost cost = measure_clock_cost(clock);

  EXPECT_EQ(cost.granularity, 500ns);
  EXPECT_EQ(cost.per_reading, 250ns);
}

TEST(ClockCost, OfAClockThatStandsStillIsZero) {
  const VirtualClock clock;

  const ClockCost cost = measure_clock_cost(clock);

  EXPECT_EQ(cost.granularity, 0ns);
  EXPECT_EQ(cost.per_reading, 0ns);
}

TEST(Instant, MarksWhatWasNotObserved) {
  EXPECT_FALSE(is_observed(unobserved));
  EXPECT_TRUE(is_observed(Instant{}));
  EXPECT_TRUE(is_observed(never));
}

TEST(Instant, SecondsRoundToTheNearestNanosecond) {
  EXPECT_EQ(from_seconds(1.5e-9), 2ns);
  EXPECT_EQ(from_seconds(-1.5e-9), -2ns);
  EXPECT_EQ(from_seconds(0.1), 100ms);
  EXPECT_DOUBLE_EQ(to_seconds(250ms), 0.25);
}

}  // namespace
}  // namespace queuemeter
