// SPDX-License-Identifier: Apache-2.0
#include "harness/run/failure_rule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

/// Ticks of 100 ms, one after the other.
class Ticks {
 public:
  Tick next(std::int64_t completed, std::int64_t failed) {
    Tick tick;
    tick.from = Instant{1h} + number_++ * 100ms;
    tick.to = tick.from + 100ms;
    tick.counts[1].outcomes[static_cast<std::size_t>(Outcome::completed)] = completed;
    tick.counts[1].outcomes[static_cast<std::size_t>(Outcome::failed)] = failed;
    return tick;
  }

 private:
  int number_ = 0;
};

TEST(FailureRule, FiveSecondsOfMostlyFailuresStopTheRun) {
  Ticks ticks;
  FailureRule rule;
  for (int tick = 0; tick < 49; ++tick) {
    rule.see(ticks.next(4, 6));
    ASSERT_FALSE(rule.verdict().has_value()) << tick;
  }

  rule.see(ticks.next(4, 6));

  ASSERT_TRUE(rule.verdict().has_value());
  EXPECT_THAT(*rule.verdict(), testing::HasSubstr("300 of 500 calls failed in 5 s"));
}

TEST(FailureRule, AQueueThatIsGoneCountsAndOneThatIsFullDoesNot) {
  Ticks ticks;
  FailureRule gone;
  FailureRule full;
  for (int tick = 0; tick < 60; ++tick) {
    Tick refused = ticks.next(1, 0);
    refused.counts[1].outcomes[static_cast<std::size_t>(Outcome::rejected)] = 9;
    refused.counts[1].reasons[static_cast<std::size_t>(Reason::queue_failure)] = 9;
    gone.see(refused);
    refused.counts[1].reasons = {};
    refused.counts[1].reasons[static_cast<std::size_t>(Reason::full)] = 9;
    full.see(refused);
  }

  EXPECT_TRUE(gone.verdict().has_value());
  EXPECT_FALSE(full.verdict().has_value());
}

TEST(FailureRule, HalfIsNotMost) {
  Ticks ticks;
  FailureRule rule;
  for (int tick = 0; tick < 200; ++tick) {
    rule.see(ticks.next(5, 5));
  }

  EXPECT_FALSE(rule.verdict().has_value());
}

TEST(FailureRule, OneGoodTickBeginsTheWaitAnew) {
  Ticks ticks;
  FailureRule rule;
  for (int tick = 0; tick < 200; ++tick) {
    rule.see(tick % 40 == 39 ? ticks.next(10, 0) : ticks.next(0, 10));
  }

  EXPECT_FALSE(rule.verdict().has_value());
}

TEST(FailureRule, TicksInWhichNothingEndsSayNothing) {
  Ticks ticks;
  FailureRule rule;
  for (int tick = 0; tick < 60; ++tick) {
    rule.see(tick % 2 == 0 ? ticks.next(0, 1) : ticks.next(0, 0));
  }

  EXPECT_TRUE(rule.verdict().has_value());
}

}  // namespace
}  // namespace queuemeter
