// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/rate_profile.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <numbers>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr Rate per_second(double calls) { return Rate::per_second(calls); }

TEST(RateProfile, OneRateGivesMultiplesOfItsGap) {
  const RateProfile profile{per_second(250)};

  EXPECT_EQ(profile.when_due(0), 0ms);
  EXPECT_EQ(profile.when_due(1), 4ms);
  EXPECT_EQ(profile.when_due(250'000), 1000s);
  EXPECT_EQ(profile.rate_at(77s), per_second(250));
}

TEST(RateProfile, FractionsOfACallPerSecondExist) {
  EXPECT_EQ(RateProfile{per_second(0.5)}.when_due(3), 6s);
}

TEST(RateProfile, ARampReachesItsEndRateAndItsIntegral) {
  const RateProfile profile{per_second(300), {{per_second(100), per_second(300), 10s}}};

  EXPECT_DOUBLE_EQ(profile.calls_until(10s), 2000.0);
  EXPECT_DOUBLE_EQ(profile.calls_until(5s), 750.0);
  EXPECT_EQ(profile.when_due(750), 5s);
  EXPECT_EQ(profile.when_due(2000), 10s);
  EXPECT_EQ(profile.when_due(2300), 11s);
  EXPECT_DOUBLE_EQ(profile.rate_at(5s).calls_per_second(), 200.0);
}

TEST(RateProfile, ARampDownToNothingAndAStepUp) {
  const RateProfile profile{
      per_second(10), {{per_second(100), per_second(0), 2s}, {per_second(0), per_second(0), 3s}}};

  EXPECT_EQ(profile.when_due(100), 5s) << "nothing is due in the pause; the next call ends it";
  EXPECT_EQ(profile.when_due(110), 6s);
  EXPECT_LT(profile.when_due(99.999), 2s);
}

TEST(RateProfile, TheInverseOfTheIntegralIsTheIdentity) {
  const RateProfile profile{per_second(50),
                            {{per_second(10), per_second(10), 1s},
                             {per_second(10), per_second(500), 4s},
                             {per_second(500), per_second(20), 3s}}};

  for (Duration at = 0ms; at < 12s; at += 37ms) {
    const Duration back = profile.when_due(profile.calls_until(at));
    EXPECT_NEAR(to_seconds(back), to_seconds(at), 1e-8);
  }
}

TEST(RateProfile, ABurstIsAJumpOfTheIntegral) {
  const RateProfile profile{per_second(10),
                            {{per_second(10), per_second(10), 2s},
                             {.from = per_second(10), .to = per_second(10), .burst = 500.0},
                             {per_second(10), per_second(30), 1s}}};

  EXPECT_EQ(profile.when_due(19), 1900ms);
  EXPECT_EQ(profile.when_due(20), 2s);
  EXPECT_EQ(profile.when_due(270.5), 2s);
  EXPECT_EQ(profile.when_due(520), 2s);
  EXPECT_GT(profile.when_due(520.001), 2s);
  EXPECT_EQ(profile.when_due(540), 3s);
  EXPECT_DOUBLE_EQ(profile.calls_until(2s - 1ns), 20.0 - 1e-8);
  EXPECT_DOUBLE_EQ(profile.calls_until(2s), 520.0);
  EXPECT_DOUBLE_EQ(profile.calls_until(3s), 540.0);
  EXPECT_EQ(profile.rate_at(2s), per_second(10)) << "a burst is no rate";
}

TEST(RateProfile, BurstsAtTheBeginningAfterARampAndOneAfterTheOther) {
  const RateProfile profile{per_second(100),
                            {{.from = per_second(0), .to = per_second(0), .burst = 7.0},
                             {per_second(0), per_second(100), 2s},
                             {.from = per_second(100), .to = per_second(100), .burst = 3.0},
                             {.from = per_second(100), .to = per_second(100), .burst = 4.0}}};

  EXPECT_EQ(profile.when_due(0), 0s);
  EXPECT_EQ(profile.when_due(7), 0s);
  EXPECT_EQ(profile.when_due(32), 1s);
  EXPECT_EQ(profile.when_due(107), 2s);
  EXPECT_EQ(profile.when_due(114), 2s);
  EXPECT_EQ(profile.when_due(214), 3s);
}

TEST(RateProfile, ASineSwingsFromTheMiddleUpAndItsPeriodsAddUp) {
  const RateProfile profile{
      per_second(20),
      {{.from = per_second(10), .to = per_second(30), .length = 60s, .period = 4s}}};

  EXPECT_DOUBLE_EQ(profile.rate_at(0s).calls_per_second(), 20.0);
  EXPECT_DOUBLE_EQ(profile.rate_at(1s).calls_per_second(), 30.0);
  EXPECT_NEAR(profile.rate_at(3s).calls_per_second(), 10.0, 1e-9);
  EXPECT_NEAR(profile.calls_until(40s), 800.0, 1e-9);
  // Half a period: 2 s at 20/s, and swing ÷ ω · 2 = 10 · 4 ÷ 2π · 2 on top.
  EXPECT_NEAR(profile.calls_until(2s), 40.0 + 40.0 / std::numbers::pi, 1e-9);
  EXPECT_NEAR(to_seconds(profile.when_due(800.0)), 40.0, 1e-9);
}

TEST(RateProfile, ASineThatTouchesZeroCanBeInverted) {
  const RateProfile profile{
      per_second(1),
      {{.from = per_second(0), .to = per_second(2000), .length = 100s, .period = 7s},
       {.from = per_second(5), .to = per_second(5), .length = 1s, .burst = 10.0}}};

  Duration previous{0};
  for (Duration at = 0ms; at < 100s; at += 13ms) {
    const double calls = profile.calls_until(at);
    const Duration back = profile.when_due(calls);
    // Where the rate is next to 0 many instants have next to the same integral.
    ASSERT_NEAR(profile.calls_until(back), calls, 1e-5) << to_seconds(at);
    ASSERT_GE(back, previous);
    previous = back;
  }
  EXPECT_EQ(profile.when_due(profile.calls_until(100s) - 5.0), 100s) << "in the burst";
}

TEST(RateProfile, WhatIsNeverReachedIsAHundredYearsAway) {
  const RateProfile profile{per_second(0), {{per_second(10), per_second(0), 2s}}};

  EXPECT_EQ(profile.when_due(11), 24h * 365 * 100);
}

}  // namespace
}  // namespace queuemeter
