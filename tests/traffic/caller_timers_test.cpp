// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/caller_timers.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr Instant origin = Instant{1h};

TEST(CallerTimers, HaveNothingToSayAtFirst) {
  CallerTimers timers{3, origin};

  EXPECT_EQ(timers.next(), never);
  EXPECT_EQ(timers.take(origin + 1h), CallerTimers::nobody);
}

TEST(CallerTimers, GoOffToTheNanosecondAndInOrder) {
  CallerTimers timers{4, origin};
  timers.set(2, origin + 500ns);
  timers.set(0, origin + 499ns);
  timers.set(1, origin + 500ns);
  timers.set(3, origin + 3ms);

  EXPECT_EQ(timers.next(), origin + 499ns);
  EXPECT_EQ(timers.take(origin + 498ns), CallerTimers::nobody);
  EXPECT_EQ(timers.take(origin + 499ns), 0U);
  EXPECT_EQ(timers.take(origin + 499ns), CallerTimers::nobody);
  EXPECT_EQ(timers.take(origin + 500ns), 1U) << "one instant: by the caller's number";
  EXPECT_EQ(timers.take(origin + 500ns), 2U);
  EXPECT_EQ(timers.next(), origin + 3ms);
}

/// Against the simplest thing that can work: a set of (instant, caller), over all the wheels.
TEST(CallerTimers, AgreeWithASortedSetForSpansFromNanosecondsToHours) {
  constexpr std::uint32_t callers = 500;
  CallerTimers timers{callers, origin};
  std::set<std::pair<Instant, std::uint32_t>> expected;
  std::mt19937_64 random{7};
  const auto draw = [&random] {
    // Magnitudes evenly: from 1 ns to 3 hours.
    const double magnitude = std::uniform_real_distribution<double>{0.0, 13.0}(random);
    return Duration{static_cast<Duration::rep>(std::pow(10.0, magnitude))};
  };
  Instant now = origin;
  for (std::uint32_t caller = 0; caller < callers; ++caller) {
    const Instant due = now + draw();
    timers.set(caller, due);
    expected.emplace(due, caller);
  }

  for (int round = 0; round < 50'000; ++round) {
    // Now and then in great leaps, and now and then in vain.
    const Instant first = expected.begin()->first;
    ASSERT_LE(timers.next(), first);
    now = std::max(now, round % 7 == 0 ? first - Duration{1}
                                       : first + (round % 11 == 0 ? draw() : Duration{0}));
    while (!expected.empty() && expected.begin()->first <= now) {
      const std::uint32_t caller = timers.take(now);
      ASSERT_EQ(caller, expected.begin()->second) << "in round " << round;
      ASSERT_EQ(timers.due(caller), expected.begin()->first);
      expected.erase(expected.begin());
      const Instant due = now + draw();
      timers.set(caller, due);
      expected.emplace(due, caller);
    }
    ASSERT_EQ(timers.take(now), CallerTimers::nobody);
  }
}

TEST(CallerTimers, SayToTheNanosecondWhenTheNextOfThisMillisecondIsDue) {
  CallerTimers timers{2, origin};
  timers.set(0, origin + 1'234'567ns);
  timers.set(1, origin + 1'250'000ns);

  EXPECT_EQ(timers.next(), origin + 1'234'567ns);
}

TEST(CallerTimers, TakeThirtyTwoBytesForEachCallerAtTheMost) {
  constexpr std::uint32_t callers = 200'000;
  std::mt19937_64 random{1};
  std::exponential_distribution<double> think{1.0 / 100e6};
  CallerTimers timers{callers, origin};
  // The worst beginning: all at once.
  for (std::uint32_t caller = 0; caller < callers; ++caller) {
    timers.set(caller, origin);
  }
  for (Instant now = origin; now < origin + 500ms; now += 100us) {
    for (std::uint32_t caller = timers.take(now); caller != CallerTimers::nobody;
         caller = timers.take(now)) {
      timers.set(caller, now + Duration{static_cast<Duration::rep>(think(random))});
    }
  }

  EXPECT_LE(timers.bytes() / callers, 32U);
}

}  // namespace
}  // namespace queuemeter
