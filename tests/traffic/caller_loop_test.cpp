// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/caller_loop.hpp"

#include "tests/traffic/echo_entry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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

CallerLoop::Callers callers(std::size_t count, Distribution think, Duration ramp = 0s) {
  return {.count = count, .ramp = ramp, .habits = {.think = think, .seed = 7}};
}

/// One thread, or several, with a path each that answers every call after its own time.
struct World {
  World(const CallerLoop::Callers& who, Distribution service, Duration measure,
        std::uint32_t threads = 1, std::uint64_t limit = TrafficSource::no_limit)
      : window{start, start, start + measure} {
    for (std::uint32_t thread = 0; thread < threads; ++thread) {
      entries.push_back(std::make_unique<EchoEntry>(service));
      loops.push_back(std::make_unique<CallerLoop>(who, classes, Share{thread, threads}, window,
                                                   *entries.back(), ledger.add_planner(), limit));
    }
  }
  void run() {
    std::vector<TrafficSource*> sources;
    for (const auto& loop : loops) {
      sources.push_back(loop.get());
    }
    play(sources, start);
  }
  [[nodiscard]] const std::vector<PlannedCall>& calls() const { return entries.front()->calls; }

  std::array<double, 3> weights{5.0, 3.0, 2.0};
  ClassDraw classes{7, weights};
  RunWindow window;
  Ledger ledger;
  std::vector<std::unique_ptr<EchoEntry>> entries;
  std::vector<std::unique_ptr<CallerLoop>> loops;
};

TEST(CallerLoop, ACallIsPlannedWhenThePreviousOneEndedPlusTheTimeToThink) {
  World world{callers(1, Distribution::constant(30ms)), Distribution::constant(20ms), 1s};

  world.run();

  ASSERT_EQ(world.calls().size(), 20U) << "one every 50 ms";
  for (std::size_t call = 0; call < 20; ++call) {
    EXPECT_EQ(world.calls()[call].planned_at, start + static_cast<int>(call) * 50ms);
    EXPECT_EQ(world.calls()[call].draw_key, caller_draw_key(0, call));
  }
  EXPECT_TRUE(world.loops.front()->finished());
}

TEST(CallerLoop, CallersStartEvenlySpreadOverTheRamp) {
  World world{callers(4, Distribution::constant(10s), 200ms), Distribution::constant(1ms), 1s};

  world.run();

  ASSERT_EQ(world.calls().size(), 4U);
  for (std::size_t caller = 0; caller < 4; ++caller) {
    EXPECT_EQ(world.calls()[caller].caller, caller);
    EXPECT_EQ(world.calls()[caller].planned_at, start + static_cast<int>(caller) * 50ms);
  }
}

TEST(CallerLoop, ACallerHasOneCallOutstanding) {
  World world{callers(50, Distribution::exponential(1ms)), Distribution::exponential(5ms), 2s};

  world.run();

  EXPECT_EQ(world.entries.front()->most_outstanding, 50U) << "at the start, and never more";
  EXPECT_GT(world.calls().size(), 10'000U);
}

/// N = X · (R + Z): what a closed loop's rate must be, whatever the distributions.
TEST(CallerLoop, KeepsTheResponseTimeLaw) {
  for (const auto& think : {Distribution::exponential(80ms), Distribution::uniform(10ms, 50ms)}) {
    constexpr double count = 200;
    World world{callers(200, think, 100ms), Distribution::exponential(20ms), 100s};

    world.run();

    const double rate = static_cast<double>(world.calls().size()) / 100.0;
    EXPECT_NEAR(rate * (0.020 + to_seconds(think.mean())), count, 0.01 * count) << think.to_text();
  }
}

/// What the law misses over a window of its own is what cycles across its edges explain.
TEST(CallerLoop, SumsTheCyclesAtTheEdgesOfTheWindow) {
  const RunWindow window{start, start + 1s, start + 3s};
  const ClassDraw classes;
  Ledger ledger;
  EchoEntry entry{Distribution::exponential(200ms)};
  CallerLoop loop{callers(10, Distribution::exponential(300ms)),
                  classes,
                  Share{},
                  window,
                  entry,
                  ledger.add_planner()};

  play({&loop}, start);

  const CallerCycles& cycles = *loop.cycles();
  const Duration counted = cycles.response + cycles.think;
  const Duration callers_time = 10 * 2s;
  EXPECT_EQ(cycles.out, 0U);
  EXPECT_GT(std::chrono::abs(callers_time - counted), 100ms) << "there is something to explain";
  EXPECT_LE(std::chrono::abs(callers_time - counted), cycles.edge);
  EXPECT_LT(cycles.edge, callers_time / 2) << "it explains what is at the edges, and no more";
}

TEST(CallerLoop, ACallAcrossAnEdgeCountsOnTheSideOnWhichItEnds) {
  const RunWindow window{start, start + 1s, start + 2s};
  CallerCycles cycles{.out = 4};

  cycles.add(start + 900ms, start + 1100ms, start + 1200ms, window);   // 100 ms before
  cycles.add(start + 1900ms, start + 1950ms, start + 2300ms, window);  // 300 ms after
  cycles.add(start + 700ms, start + 800ms, start + 1050ms, window);    // 50 ms inside
  cycles.add(start + 1980ms, start + 2100ms, start + 2200ms, window);  // 20 ms inside

  EXPECT_EQ(cycles.count, 2U);
  EXPECT_EQ(cycles.response, 250ms);
  EXPECT_EQ(cycles.think, 450ms);
  EXPECT_EQ(cycles.edge, 470ms);
  EXPECT_EQ(cycles.out, 0U);
}

TEST(CallerLoop, PlansAreIdenticalOnOneTwoAndEightThreads) {
  using What = std::tuple<std::uint32_t, std::uint64_t, Instant, std::uint16_t>;
  const auto plan_on = [](std::uint32_t threads) {
    World world{callers(37, Distribution::exponential(10ms), 7ms),
                Distribution::lognormal(3ms, 1.0), 3s, threads};
    world.run();
    std::set<What> plan;
    std::set<std::uint64_t> sequences;
    for (const auto& entry : world.entries) {
      for (const PlannedCall& call : entry->calls) {
        plan.emplace(call.caller, call.draw_key, call.planned_at, call.class_index);
        EXPECT_TRUE(sequences.insert(call.sequence).second) << "numbered twice";
      }
    }
    return plan;
  };

  const std::set<What> whole = plan_on(1);

  EXPECT_GT(whole.size(), 5000U);
  EXPECT_EQ(plan_on(2), whole);
  EXPECT_EQ(plan_on(8), whole);
}

TEST(CallerLoop, ThreadsNumberTheirCallsInTurn) {
  World world{callers(8, Distribution::constant(5ms)), Distribution::constant(5ms), 1s, 4};

  world.run();

  for (std::uint32_t thread = 0; thread < 4; ++thread) {
    const auto& calls = world.entries[thread]->calls;
    ASSERT_EQ(calls.size(), 200U);
    for (std::size_t call = 0; call < calls.size(); ++call) {
      ASSERT_EQ(calls[call].sequence, thread + 4 * call);
      ASSERT_EQ(calls[call].caller % 4, thread);
    }
  }
}

TEST(CallerLoop, TwoHundredThousandCallersWhoThinkATenthOfASecondAllProgress) {
  World world{callers(200'000, Distribution::exponential(100ms), 100ms),
              Distribution::constant(1ms), 1s};

  world.run();

  std::vector<int> made(200'000, 0);
  for (const PlannedCall& call : world.calls()) {
    ++made[call.caller];
  }
  const auto [least, most] = std::minmax_element(made.begin(), made.end());
  EXPECT_GE(*least, 1);
  EXPECT_LE(*most, 40) << "ten a second in the mean";
  EXPECT_NEAR(static_cast<double>(world.calls().size()), 200'000 * (0.95 / 0.101 + 1), 2e4);
  EXPECT_LE(world.loops.front()->timer_bytes() / 200'000, 32U);
}

TEST(CallerLoop, CallersWhoDoNotThinkCallAgainAtOnce) {
  World world{callers(3, Distribution::constant(0s)), Distribution::constant(2ms), 1s};

  world.run();

  EXPECT_EQ(world.calls().size(), 1500U);
}

TEST(CallerLoop, TimePassesEvenWhereNothingTakesAny) {
  World world{callers(2, Distribution::constant(0s)), Distribution::constant(0s), 10ms};

  world.run();

  EXPECT_EQ(world.calls().size(), 2U * 10'000U) << "a microsecond each";
}

/// A path that turns every call away.
struct RefusingEntry final : CallEntry {
  void offer(std::span<const PlannedCall> due, Instant now) override {
    for (const PlannedCall& call : due) {
      refuse(call, Reason::full, now);
    }
  }
  void refuse(const PlannedCall& call, Reason /*reason*/, Instant now) override {
    ++refused;
    tell_settled(call.seat, now, SettledSink::Ending::refused);
  }
  Instant step(Instant /*now*/) override { return never; }
  void never_offered(const PlannedCall& /*call*/) override {}
  [[nodiscard]] std::size_t in_flight() const noexcept override { return 0; }
  void abandon_rest(Instant /*now*/) override {}
  int refused = 0;
};

TEST(CallerLoop, ARefusedCallerWhoDoesNotThinkComesBackAMillisecondLater) {
  const RunWindow window{start, start, start + 1s};
  const ClassDraw classes;
  Ledger ledger;
  RefusingEntry entry;
  CallerLoop loop{callers(2, Distribution::constant(0s)),
                  classes,
                  Share{},
                  window,
                  entry,
                  ledger.add_planner()};

  play({&loop}, start);

  EXPECT_EQ(entry.refused, 2000);
}

TEST(CallerLoop, TrafficEndsAfterSoManyMeasuredCalls) {
  World world{callers(10, Distribution::exponential(1ms)), Distribution::constant(1ms), 100s, 1,
              777};

  world.run();

  EXPECT_EQ(world.calls().size(), 777U);
  EXPECT_EQ(world.ledger.merge()[1].planned, 777);
}

TEST(CallerLoop, WhatWasDueAndNeverOfferedIsUnsent) {
  World world{callers(5, Distribution::constant(1s)), Distribution::constant(1ms), 10s};
  world.loops.front()->step(start);        // five calls
  world.loops.front()->step(start + 1ms);  // settled; due again at 1.001 s

  world.loops.front()->stop_at(start + 2s);
  world.loops.front()->give_up();

  EXPECT_EQ(world.entries.front()->unsent.size(), 5U);
  EXPECT_EQ(world.ledger.merge()[1].planned, 10);
  EXPECT_EQ(world.ledger.merge()[1].offered, 5);
}

TEST(CallerLoop, AStallHoldsUpCallersAndMovesNoPlannedInstant) {
  World world{callers(2, Distribution::constant(10ms)), Distribution::constant(1ms), 1s};
  world.loops.front()->step(start);
  world.loops.front()->step(start + 500ms);  // nobody looked for half a second

  ASSERT_EQ(world.calls().size(), 4U);
  EXPECT_EQ(world.calls()[2].planned_at, start + 11ms);
}

}  // namespace
}  // namespace queuemeter
