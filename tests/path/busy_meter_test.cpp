// SPDX-License-Identifier: Apache-2.0
#include "harness/path/busy_meter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr Instant late_in_the_year = Instant{8'000h};

TEST(BusyMeter, AddsUpWhatIsFinishedAndWhatGoesOn) {
  BusyMeter meter;

  meter.began(late_in_the_year);
  meter.began(late_in_the_year + 10ms);
  meter.ended(late_in_the_year + 30ms);
  meter.publish();

  EXPECT_EQ(meter.read(late_in_the_year + 100ms), Duration{100ms + 20ms});
  meter.ended(late_in_the_year + 40ms);
  meter.publish();
  EXPECT_EQ(meter.read(late_in_the_year + 100ms), Duration{60ms});
  EXPECT_EQ(meter.busy(), 0U);
}

TEST(BusyMeter, HoldsTenThousandSlotsForAnHour) {
  BusyMeter meter;
  for (int slot = 0; slot < 10'000; ++slot) {
    meter.began(late_in_the_year);
  }
  meter.publish();

  EXPECT_EQ(meter.read(late_in_the_year + 1h), Duration{10'000h});
}

TEST(BusyMeter, IsNeverReadByHalves) {
  BusyMeter meter;
  std::atomic<bool> over{false};
  // One slot that is always busy, from the year's end on, however often it changes hands.
  std::jthread writer{[&] {
    while (!over) {
      meter.began(late_in_the_year);
      meter.publish();
      meter.ended(late_in_the_year);
      meter.publish();
    }
  }};

  for (int reading = 0; reading < 100'000; ++reading) {
    const Duration busy = meter.read(late_in_the_year + 1s);
    ASSERT_TRUE(busy == 0s || busy == 1s) << busy.count();
  }
  over = true;
}

}  // namespace
}  // namespace queuemeter
