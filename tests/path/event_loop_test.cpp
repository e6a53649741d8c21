// SPDX-License-Identifier: Apache-2.0
#include "harness/path/event_loop.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

/// Wants to be woken at given instants, and notes when it was.
class NotingStepper final : public Stepper {
 public:
  explicit NotingStepper(std::vector<Instant> wanted) : wanted_{std::move(wanted)} {}
  Instant step(Instant now) override {
    while (next_ < wanted_.size() && wanted_[next_] <= now) {
      woken_at.push_back(now);
      ++next_;
    }
    return next_ < wanted_.size() ? wanted_[next_] : never;
  }
  std::vector<Instant> woken_at;

 private:
  std::vector<Instant> wanted_;
  std::size_t next_ = 0;
};

TEST(EventLoop, WakesForTheEarliestWishAndNeverTooEarly) {
  const MonotonicClock clock;
  const Instant start = clock.now();
  NotingStepper first{{start + 5ms, start + 20ms}};
  NotingStepper second{{start + 10ms, start + 20ms}};
  EventLoop loop{clock};
  loop.add(first);
  loop.add(second);

  while (first.woken_at.size() < 2 || second.woken_at.size() < 2) {
    loop.turn(start + 30s);
  }

  EXPECT_GE(first.woken_at[0], start + 5ms);
  EXPECT_GE(second.woken_at[0], start + 10ms);
  EXPECT_GE(first.woken_at[1], start + 20ms);
}

TEST(EventLoop, ATurnEndsAtItsLimitWhenNobodyWantsAnything) {
  const MonotonicClock clock;
  EventLoop loop{clock};
  const Instant limit = clock.now() + 10ms;

  loop.turn(limit);

  EXPECT_GE(clock.now(), limit);
}

TEST(EventLoop, AnotherThreadCanEndItsSleep) {
  const MonotonicClock clock;
  EventLoop loop{clock};
  const Instant start = clock.now();
  std::jthread waking{[&] {
    std::this_thread::sleep_for(10ms);
    loop.wake();
  }};

  loop.turn(start + 60s);

  EXPECT_LT(clock.now(), start + 30s);
}

}  // namespace
}  // namespace queuemeter
