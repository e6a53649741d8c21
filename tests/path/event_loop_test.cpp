// SPDX-License-Identifier: Apache-2.0
#include "harness/path/event_loop.hpp"

#include <gtest/gtest.h>

#include <atomic>
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
    loop.turn(start + 100ms);
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

TEST(EventLoop, AWakeWhileItIsAwakeKeepsTheNextSleepFromBeginning) {
  const MonotonicClock clock;
  EventLoop loop{clock};
  const Instant start = clock.now();
  // Another thread's news come while everybody is being stepped.
  struct Waking final : Stepper {
    explicit Waking(EventLoop& which) : loop{which} {}
    Instant step(Instant) override {
      std::jthread{[this] { loop.wake(); }}.join();
      return never;
    }
    EventLoop& loop;
  } waking{loop};
  loop.add(waking);

  loop.turn(start + 60s);

  EXPECT_LT(clock.now(), start + 30s);
}

/// Takes a ball when its number is its own, and hands it to the other by waking it.
class Player final : public Stepper {
 public:
  static constexpr int rounds = 20'000;
  Player(std::atomic<int>& ball, int parity) : ball_{ball}, parity_{parity} {}
  Instant step(Instant /*now*/) override {
    const int now = ball_.load();
    if (now < rounds && now % 2 == parity_) {
      ball_.store(now + 1);
      other->wake();
    }
    return never;
  }
  [[nodiscard]] bool is_over() const { return ball_.load() >= rounds; }
  EventLoop* other = nullptr;

 private:
  std::atomic<int>& ball_;
  int parity_;
};

/// Two threads hand a ball to and fro, each waking the other: a wake-up that is lost is a sleep of
/// ten seconds.
TEST(EventLoop, NoWakeUpIsLost) {
  const MonotonicClock clock;
  std::atomic<int> ball{0};
  EventLoop loops[2]{EventLoop{clock}, EventLoop{clock}};
  Player players[2]{Player{ball, 0}, Player{ball, 1}};
  const auto play = [&](std::size_t number) {
    Player& player = players[number];
    player.other = &loops[1 - number];
    loops[number].add(player);
    while (!player.is_over()) {
      const Instant before = clock.now();
      loops[number].turn(before + 10s);
      EXPECT_LT(clock.now() - before, 9s) << "in round " << ball.load();
    }
    player.other->wake();
  };

  std::jthread first{[&] { play(0); }};
  play(1);
}

TEST(EventLoop, ASpinningLoopStillSleepsAndSeesWakeUps) {
  const MonotonicClock clock;
  EventLoop loop{clock, {.spin = 50us}};
  NotingStepper far{{clock.now() + 60s}};
  loop.add(far);
  std::jthread waking{[&] {
    std::this_thread::sleep_for(10ms);
    loop.wake();
  }};
  const Instant start = clock.now();

  loop.turn();

  EXPECT_LT(clock.now(), start + 30s);
}

TEST(EventLoop, ACoalescingLoopWakesOnItsGridOnly) {
  const MonotonicClock clock;
  EventLoop loop{clock, {.grid = 5ms}};
  const Instant start = clock.now();
  std::vector<Instant> wanted;
  for (int wish = 0; wish < 100; ++wish) {
    wanted.push_back(start + wish * 250us);
  }
  NotingStepper stepper{wanted};
  loop.add(stepper);
  int turns = 0;

  for (; stepper.woken_at.size() < wanted.size(); ++turns) {
    loop.turn(start + 50ms);
  }

  EXPECT_LE(turns, 12) << "25 ms of wishes, one wake-up each 5 ms, and each may take two turns";
  for (const Instant at : stepper.woken_at) {
    if (at > start + 1ms) {
      EXPECT_LT(to_nanoseconds(at) % 5'000'000, 4'900'000) << "woken before the grid";
    }
  }
}

}  // namespace
}  // namespace queuemeter
