// SPDX-License-Identifier: Apache-2.0
#include "harness/call/tsc_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

/// Far above what is seen on an idle machine (some 10 ns), far below what a wrong rate would give.
constexpr Duration error_bound = 2us;

class TscClockTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    clock_ = best_clock(&why);
    if (clock_->name() != "tsc") {
      GTEST_SKIP() << why;
    }
  }
  std::unique_ptr<Clock> clock_;
};

TEST_F(TscClockTest, AgreesWithTheKernelsClockAcrossRenewals) {
  const MonotonicClock kernel;
  const Instant end = kernel.now() + 1s;
  Instant renewed_at = kernel.now();
  Duration worst{0};

  while (kernel.now() < end) {
    const Instant before = kernel.now();
    const Instant told = clock_->now();
    const Instant after = kernel.now();
    worst = std::max({worst, before - told, told - after});
    if (after - renewed_at > 50ms) {
      clock_->renew();
      renewed_at = after;
    }
  }

  EXPECT_LT(worst.count(), error_bound.count());
}

TEST_F(TscClockTest, GoesOnByItselfWhenNobodyRenewsIt) {
  const MonotonicClock kernel;
  const Instant end = kernel.now() + 700ms;
  Duration worst{0};

  while (kernel.now() < end) {
    std::this_thread::sleep_for(70ms);  // readings far apart: whole lines are missed
    const Instant before = kernel.now();
    const Instant told = clock_->now();
    const Instant after = kernel.now();
    worst = std::max({worst, before - told, told - after});
  }

  EXPECT_LT(worst.count(), error_bound.count());
}

TEST_F(TscClockTest, NeverRunsBackwardsOnOneThread) {
  Instant previous = clock_->now();
  for (int reading = 0; reading < 2'000'000; ++reading) {
    if (reading % 1000 == 0) {
      clock_->renew();
    }
    const Instant now = clock_->now();
    ASSERT_LE(previous, now);
    previous = now;
  }
}

/// Each thread publishes its reading, the other must not read an earlier time after seeing it,
/// while a third renews the clock as fast as it can.
TEST_F(TscClockTest, NeverRunsBackwardsBetweenThreads) {
  constexpr int rounds = 200'000;
  std::atomic<std::int64_t> ball{to_nanoseconds(clock_->now())};
  std::atomic<bool> done{false};
  std::atomic<int> turn{0};
  std::atomic<std::int64_t> backwards{0};
  std::jthread renewing{[&] {
    while (!done.load()) {
      clock_->renew();
      std::this_thread::yield();
    }
  }};

  const auto play = [&](int me) {
    for (int round = 0; round < rounds / 2; ++round) {
      while (turn.load(std::memory_order_acquire) != me) {
        std::this_thread::yield();
      }
      const std::int64_t before = ball.load(std::memory_order_relaxed);
      order_clock_readings();
      const std::int64_t now = to_nanoseconds(clock_->now());
      backwards += now < before ? 1 : 0;
      ball.store(now, std::memory_order_relaxed);
      turn.store(1 - me, std::memory_order_release);
    }
  };
  std::jthread other{[&] { play(1); }};
  play(0);
  other.join();
  done = true;

  EXPECT_EQ(backwards.load(), 0);
}

TEST_F(TscClockTest, KnowsItsOwnError) {
  auto* const clock = dynamic_cast<TscClock*>(clock_.get());
  ASSERT_NE(clock, nullptr);

  for (int renewal = 0; renewal < 10; ++renewal) {
    std::this_thread::sleep_for(60ms);
    clock->renew();
  }

  EXPECT_LT(clock->worst_error().count(), error_bound.count());
}

TEST(DistrustOfTsc, NamesWhatIsMissing) {
  using testing::HasSubstr;
  using testing::Optional;

  EXPECT_EQ(distrust_of_tsc("tsc", "fpu tsc constant_tsc rep_good nonstop_tsc"), std::nullopt);
  EXPECT_THAT(distrust_of_tsc("kvm-clock", "constant_tsc nonstop_tsc"),
              Optional(HasSubstr("kvm-clock")));
  EXPECT_THAT(distrust_of_tsc("", "constant_tsc nonstop_tsc"), Optional(HasSubstr("unknown")));
  EXPECT_THAT(distrust_of_tsc("tsc", "tsc nonstop_tsc"), Optional(HasSubstr("constant_tsc")));
  EXPECT_THAT(distrust_of_tsc("tsc", "constant_tsc nonstop_tsc_s3"),
              Optional(HasSubstr("nonstop_tsc")));
}

TEST(BestClock, SaysWhichOneItIsAndWhy) {
  std::string why;
  const std::unique_ptr<Clock> clock = best_clock(&why);

  EXPECT_THAT(why, testing::HasSubstr(clock->name() == "tsc" ? "trusts" : "CLOCK_MONOTONIC: "));
  EXPECT_NE(best_clock(), nullptr);
}

}  // namespace
}  // namespace queuemeter
