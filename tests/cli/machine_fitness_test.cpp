// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/machine_fitness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>

namespace queuemeter::cli {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using testing::HasSubstr;

/// A machine on which everything is as it should be.
MachineObservation good_machine() {
  MachineObservation seen;
  seen.facts.cpus = 8;
  seen.facts.clock_source = "tsc";
  seen.facts.governor = "performance";
  seen.build = {"0.1.0", "abc", "measure", "GNU 12"};
  seen.clock = {nanoseconds{25}, nanoseconds{1}};
  seen.wake_ups = {1000, microseconds{55}, microseconds{90}, microseconds{400}};
  seen.trusted_clock = "the time stamp counter";
  seen.counter_is_trusted = true;
  seen.strain = {.cpu_stalled = 0.01, .memory_stalled = 0.0, .io_stalled = 0.3, .steal = 0.0};
  seen.others = 0.01;
  seen.descriptors_soft = 1024;
  seen.descriptors_hard = 1'048'576;
  return seen;
}

FitnessRow row_of(const std::vector<FitnessRow>& rows, const std::string& id) {
  for (const FitnessRow& row : rows) {
    if (row.id == id) {
      return row;
    }
  }
  ADD_FAILURE() << "no row " << id;
  return {};
}

TEST(MachineFitness, AGoodMachineIsGoodInEveryRow) {
  const auto rows = judge_fitness(good_machine());

  EXPECT_EQ(overall(rows), Fitness::good);
  for (const FitnessRow& row : rows) {
    EXPECT_EQ(row.fitness, Fitness::good) << row.id;
    EXPECT_EQ(row.note, "") << row.id;
  }
}

struct Flaw {
  const char* row;
  Fitness fitness;
  std::function<void(MachineObservation&)> apply;
};
void PrintTo(const Flaw& flaw, std::ostream* out) { *out << flaw.row; }

class MachineFitnessFlaw : public testing::TestWithParam<Flaw> {};

TEST_P(MachineFitnessFlaw, ShowsInItsRowOnlyWithWhatFollows) {
  MachineObservation seen = good_machine();
  GetParam().apply(seen);

  const auto rows = judge_fitness(seen);

  EXPECT_EQ(overall(rows), GetParam().fitness);
  for (const FitnessRow& row : rows) {
    EXPECT_EQ(row.fitness, row.id == GetParam().row ? GetParam().fitness : Fitness::good) << row.id;
  }
  EXPECT_NE(row_of(rows, GetParam().row).note, "");
}

INSTANTIATE_TEST_SUITE_P(
    Each, MachineFitnessFlaw,
    testing::Values(
        Flaw{"build", Fitness::care, [](auto& seen) { seen.build.preset = "dev"; }},
        Flaw{"cpus", Fitness::care, [](auto& seen) { seen.facts.cpus = 1; }},
        Flaw{"clock", Fitness::care, [](auto& seen) { seen.clock.per_reading = nanoseconds{600}; }},
        Flaw{"clock", Fitness::bad, [](auto& seen) { seen.clock.per_reading = microseconds{3}; }},
        Flaw{"wake_ups", Fitness::care, [](auto& seen) { seen.wake_ups.p99 = microseconds{600}; }},
        Flaw{"wake_ups", Fitness::bad, [](auto& seen) { seen.wake_ups.p99 = milliseconds{4}; }},
        Flaw{"other_processes", Fitness::care, [](auto& seen) { seen.others = 0.2; }},
        Flaw{"other_processes", Fitness::bad, [](auto& seen) { seen.others = 0.9; }},
        Flaw{"pressure", Fitness::bad, [](auto& seen) { seen.strain.memory_stalled = 0.02; }},
        Flaw{"pressure", Fitness::care, [](auto& seen) { seen.strain.cpu_stalled = 0.2; }},
        Flaw{"steal", Fitness::bad, [](auto& seen) { seen.strain.steal = 0.1; }},
        Flaw{"governor", Fitness::care, [](auto& seen) { seen.facts.governor = "powersave"; }},
        Flaw{"descriptors", Fitness::care, [](auto& seen) { seen.descriptors_hard = 4096; }}));

TEST(MachineFitness, WhatNobodyCanTellIsNoFault) {
  MachineObservation seen = good_machine();
  seen.facts.governor.reset();
  seen.facts.clock_source.reset();
  seen.strain = {};
  seen.others.reset();

  const auto rows = judge_fitness(seen);

  EXPECT_EQ(overall(rows), Fitness::good);
  EXPECT_EQ(row_of(rows, "steal").fitness, Fitness::unknown);
  EXPECT_EQ(row_of(rows, "pressure").fitness, Fitness::unknown);
  EXPECT_EQ(row_of(rows, "governor").seen, "not told");
}

TEST(MachineFitness, LateWakeUpsNameTheRunsThatWillBeInvalid) {
  MachineObservation seen = good_machine();
  seen.wake_ups.p99 = milliseconds{4};

  EXPECT_THAT(row_of(judge_fitness(seen), "wake_ups").note, HasSubstr("below 20 ms are invalid"));
}

TEST(MachineFitness, WakeUpsAreMeasuredOnThisMachine) {
  const WakeUps seen = measure_wake_ups(milliseconds{50}, milliseconds{1});

  EXPECT_EQ(seen.count, 50u);
  EXPECT_GE(seen.p50, nanoseconds{0});
  EXPECT_LE(seen.p50, seen.p99);
  EXPECT_LE(seen.p99, seen.max);
  EXPECT_EQ(measure_wake_ups(nanoseconds{0}, milliseconds{1}).count, 0u);
}

}  // namespace
}  // namespace queuemeter::cli
