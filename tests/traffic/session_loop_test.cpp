// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/session_loop.hpp"

#include "tests/traffic/echo_entry.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr Instant start = Instant{1h};

struct World {
  World(ArrivalProcess process, double sessions_per_second, SessionLoop::Sessions sessions,
        Distribution service, Duration measure, std::uint32_t threads = 1)
      : plan{process, RateProfile{Rate::per_second(sessions_per_second)}, 7},
        window{start, start, start + measure} {
    for (std::uint32_t thread = 0; thread < threads; ++thread) {
      entries.push_back(std::make_unique<EchoEntry>(service));
      loops.push_back(std::make_unique<SessionLoop>(plan, sessions, classes, Share{thread, threads},
                                                    window, *entries.back(), ledger.add_planner()));
    }
  }
  void run() {
    std::vector<TrafficSource*> sources;
    for (const auto& loop : loops) {
      sources.push_back(loop.get());
    }
    play(sources, start);
  }

  ArrivalPlan plan;
  std::array<double, 3> weights{5.0, 3.0, 2.0};
  ClassDraw classes{7, weights};
  RunWindow window;
  Ledger ledger;
  std::vector<std::unique_ptr<EchoEntry>> entries;
  std::vector<std::unique_ptr<SessionLoop>> loops;
};

SessionLoop::Sessions sessions(std::uint32_t calls, std::size_t limit, Distribution think) {
  return {.calls = calls, .limit = limit, .habits = {.think = think, .seed = 7}};
}

TEST(SessionLoop, ASessionMakesItsCallsOneAfterTheOther) {
  World world{ArrivalProcess::constant, 1.0, sessions(3, 10, Distribution::constant(100ms)),
              Distribution::constant(50ms), 1s};

  world.run();

  const auto& calls = world.entries.front()->calls;
  ASSERT_EQ(calls.size(), 3U);
  for (std::size_t call = 0; call < 3; ++call) {
    EXPECT_EQ(calls[call].caller, 0U);
    EXPECT_EQ(calls[call].planned_at, start + static_cast<int>(call) * 150ms);
    EXPECT_EQ(calls[call].draw_key, caller_draw_key(0, call));
  }
}

TEST(SessionLoop, SessionsArriveWhateverHappensToEarlierOnes) {
  World world{ArrivalProcess::constant, 100.0, sessions(5, 10'000, Distribution::constant(1ms)),
              Distribution::constant(10s), 1s};

  world.run();

  EXPECT_EQ(world.entries.front()->calls.size(), 100U) << "none has come to its second call";
  EXPECT_EQ(world.entries.front()->most_outstanding, 100U);
}

TEST(SessionLoop, ASessionTooManyIsOverWithItsFirstCall) {
  World world{ArrivalProcess::constant, 10.0, sessions(2, 4, Distribution::constant(1ms)),
              Distribution::constant(10s), 1s};

  world.run();

  EXPECT_EQ(world.entries.front()->calls.size(), 4U);
  EXPECT_EQ(world.entries.front()->refused.size(), 6U);
  EXPECT_EQ(world.ledger.merge()[1].planned, 10);
}

TEST(SessionLoop, AFinishedSessionMakesRoom) {
  World world{ArrivalProcess::constant, 10.0, sessions(2, 1, Distribution::constant(10ms)),
              Distribution::constant(10ms), 1s};

  world.run();

  EXPECT_EQ(world.entries.front()->calls.size(), 20U);
  EXPECT_TRUE(world.entries.front()->refused.empty());
}

TEST(SessionLoop, PlansAreIdenticalOnOneTwoAndEightThreads) {
  using What = std::tuple<std::uint32_t, std::uint64_t, Instant, std::uint16_t>;
  const auto plan_on = [](std::uint32_t threads) {
    World world{ArrivalProcess::poisson,
                200.0,
                sessions(4, 100'000, Distribution::exponential(20ms)),
                Distribution::exponential(5ms),
                3s,
                threads};
    world.run();
    std::set<What> plan;
    for (const auto& entry : world.entries) {
      for (const PlannedCall& call : entry->calls) {
        plan.emplace(call.caller, call.draw_key, call.planned_at, call.class_index);
      }
    }
    return plan;
  };

  const std::set<What> whole = plan_on(1);

  EXPECT_GT(whole.size(), 2000U);
  EXPECT_EQ(plan_on(2), whole);
  EXPECT_EQ(plan_on(8), whole);
}

}  // namespace
}  // namespace queuemeter
