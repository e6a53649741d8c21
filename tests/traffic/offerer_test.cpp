// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/offerer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr Instant start = Instant{1h};

/// Remembers what it is offered, and when.
class NotingEntry final : public CallEntry {
 public:
  void offer(std::span<const PlannedCall> due, Instant now) override {
    for (const PlannedCall& call : due) {
      calls.push_back(call);
      offered_at.push_back(now);
    }
  }
  Instant step(Instant /*now*/) override { return never; }
  [[nodiscard]] std::size_t in_flight() const noexcept override { return 0; }
  void never_offered(const PlannedCall& call) override { unsent.push_back(call); }
  void refuse(const PlannedCall& /*call*/, Reason /*reason*/, Instant /*now*/) override {}
  void abandon_rest(Instant /*now*/) override {}

  std::vector<PlannedCall> calls;
  std::vector<PlannedCall> unsent;
  std::vector<Instant> offered_at;
};

struct Fixture {
  explicit Fixture(double rate, Duration warm_up = 0s, Duration measure = 10s)
      : plan{ArrivalProcess::constant, RateProfile{Rate::per_second(rate)}, 7},
        window{start, start + warm_up, start + warm_up + measure},
        offerer{plan, classes, Share{}, window, entry, ledger.add_planner()} {}

  ArrivalPlan plan;
  ClassDraw classes;
  RunWindow window;
  Ledger ledger;
  NotingEntry entry;
  Offerer offerer;
};

TEST(Offerer, SaysWhenTheNextCallIsDue) {
  Fixture run{100};

  EXPECT_EQ(run.offerer.step(start - 1ms), start);
  EXPECT_EQ(run.offerer.step(start), start + 10ms);
  EXPECT_EQ(run.offerer.step(start + 1ms), start + 10ms) << "an early step is harmless";
  EXPECT_EQ(run.entry.calls.size(), 1U);
}

TEST(Offerer, AfterAStallEveryCallKeepsItsOwnPlannedInstant) {
  Fixture run{1000};
  run.offerer.step(start);

  run.offerer.step(start + 2s);

  ASSERT_EQ(run.entry.calls.size(), 2001U);
  for (std::size_t call = 0; call < run.entry.calls.size(); ++call) {
    ASSERT_EQ(run.entry.calls[call].sequence, call);
    ASSERT_EQ(run.entry.calls[call].planned_at, start + static_cast<int>(call) * 1ms);
  }
  EXPECT_EQ(run.offerer.step(start + 2s), start + 2001ms) << "the schedule is not reset";
}

TEST(Offerer, TrafficEndsWithTheWindowAndWhatWasDueIsStillOffered) {
  Fixture run{10, 1s, 2s};

  EXPECT_EQ(run.offerer.step(start + 60s), never);

  EXPECT_TRUE(run.offerer.finished());
  EXPECT_EQ(run.entry.calls.size(), 30U) << "due before 3 s: the call at 3 s is not planned";
  const auto counts = run.ledger.merge();
  EXPECT_EQ(counts[0].planned, 10);
  EXPECT_EQ(counts[1].planned, 20);
  EXPECT_EQ(counts[1].offered, 20);
  EXPECT_EQ(run.offerer.offered_in_window(), 0U) << "offered long after the window closed";
}

TEST(Offerer, AStoppedRunPlansOnlyWhatWasDueBefore) {
  Fixture run{10};
  run.offerer.step(start + 1s);

  run.offerer.stop_at(start + 1500ms);
  run.offerer.step(start + 5s);

  EXPECT_TRUE(run.offerer.finished());
  EXPECT_EQ(run.entry.calls.size(), 15U);
}

TEST(Offerer, WhatWasDueAndNeverOfferedIsPlannedAndUnsent) {
  Fixture run{10, 1s, 2s};
  run.offerer.step(start + 1s);

  run.offerer.give_up();
  run.offerer.give_up();

  EXPECT_EQ(run.entry.calls.size(), 11U);
  ASSERT_EQ(run.entry.unsent.size(), 19U);
  EXPECT_EQ(run.entry.unsent.front().sequence, 11U);
  const auto counts = run.ledger.merge();
  EXPECT_EQ(counts[1].planned, 20);
  EXPECT_EQ(counts[1].offered, 1);
  EXPECT_TRUE(run.offerer.finished());
}

TEST(Offerer, KeepsTheGapsOfTheWindowInUnitsOfThePlan) {
  Fixture run{100, 1s, 5s};
  for (Instant now = start; now < start + 6s; now += 1ms) {
    run.offerer.step(now);
  }

  ASSERT_EQ(run.offerer.gaps()->planned.size(), 499U);
  for (std::size_t gap = 0; gap < 499; ++gap) {
    EXPECT_DOUBLE_EQ(run.offerer.gaps()->planned[gap], 1.0);
    EXPECT_NEAR(run.offerer.gaps()->offered[gap], 1.0, 1e-6);
  }
  EXPECT_EQ(run.offerer.offered_in_window(), 500U);
}

TEST(Offerer, CallsHaveTheClassOfTheirNumberOnAnyNumberOfThreads) {
  const ArrivalPlan plan{ArrivalProcess::constant, RateProfile{Rate::per_second(100)}, 7};
  const std::array<double, 2> weights{1.0, 1.0};
  const ClassDraw classes{7, weights};
  const RunWindow window{start, start, start + 10s};
  for (const std::uint32_t threads : {1U, 3U}) {
    for (std::uint32_t thread = 0; thread < threads; ++thread) {
      Ledger ledger;
      NotingEntry entry;
      Offerer offerer{plan, classes, Share{thread, threads}, window, entry, ledger.add_planner()};
      offerer.step(start + 20s);
      ASSERT_GE(entry.calls.size(), 333U);
      for (const PlannedCall& call : entry.calls) {
        ASSERT_EQ(call.class_index, classes.of(call.sequence));
        ASSERT_EQ(call.planned_at, start + static_cast<int>(call.sequence) * 10ms);
      }
    }
  }
}

TEST(Offerer, GapsInsideABurstAreNoEvidenceOfArrivals) {
  const Rate rate = Rate::per_second(100);
  const ArrivalPlan plan{
      ArrivalProcess::constant,
      RateProfile{rate, {{rate, rate, 2s}, {.from = rate, .to = rate, .burst = 50.0}}}, 7};
  const ClassDraw classes;
  const RunWindow window{start, start, start + 4s};
  Ledger ledger;
  NotingEntry entry;
  Offerer offerer{plan, classes, Share{}, window, entry, ledger.add_planner()};

  for (Instant now = start; now < start + 5s; now += 1ms) {
    offerer.step(now);
  }

  EXPECT_EQ(entry.calls.size(), 450U);
  for (const double gap : offerer.gaps()->offered) {
    EXPECT_NEAR(gap, 1.0, 1e-6);
  }
}

}  // namespace
}  // namespace queuemeter
