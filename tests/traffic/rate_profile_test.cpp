// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/rate_profile.hpp"

#include <gtest/gtest.h>

#include <chrono>

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

}  // namespace
}  // namespace queuemeter
