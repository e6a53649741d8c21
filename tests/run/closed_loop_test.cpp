// SPDX-License-Identifier: Apache-2.0
// Callers who wait, on real threads and a real clock.
#include "tests/run/short_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

Scenario closed(PathKind path, std::size_t callers, Distribution think) {
  Scenario scenario = short_scenario(path);
  scenario.traffic.model = TrafficModel::closed;
  scenario.traffic.callers = callers;
  scenario.traffic.think = think;
  return scenario;
}

RunDocument measured(const Scenario& scenario) {
  const RunsFolder folder;
  return run_scenario(scenario, "", folder.of("1"), plain_environment()).value();
}

const Check& check_of(const RunDocument& run, std::string_view id) {
  const auto found = std::ranges::find(run.validity.checks, id, &Check::id);
  EXPECT_NE(found, run.validity.checks.end());
  return *found;
}

TEST(ClosedLoop, KeepsTheResponseTimeLawInsideItsInterval) {
  for (const PathKind path : {PathKind::direct, PathKind::queued}) {
    Scenario scenario = closed(path, 50, Distribution::exponential(40ms));
    scenario.run.warm_up = 500ms;
    scenario.run.measure = 3s;
    scenario.traffic.ramp = 100ms;
    scenario.backend.service_time = Distribution::exponential(2ms);

    const RunDocument run = measured(scenario);

    EXPECT_TRUE(run.balanced);
    ASSERT_TRUE(run.loop.has_value());
    EXPECT_EQ(run.loop->callers, 50U);
    const Check& law = check_of(run, "response_time_law");
    EXPECT_EQ(law.verdict, Check::Verdict::pass) << law.note;
  }
}

TEST(ClosedLoop, TwoHundredThousandCallersWhoThinkATenthOfASecondAllProgress) {
  Scenario scenario = closed(PathKind::direct, 200'000, Distribution::exponential(100ms));
  scenario.run.warm_up = 1s;
  scenario.run.measure = 2s;
  scenario.run.tick = 100ms;
  scenario.traffic.ramp = 500ms;
  scenario.backend.concurrency = 200'000;

  const RunDocument run = measured(scenario);

  std::cout << run.completed_per_s << " calls/s\n";
  EXPECT_TRUE(run.balanced);
  EXPECT_EQ(run.ledger.of(Outcome::rejected), 0);
  ASSERT_TRUE(run.fairness.callers.has_value());
  EXPECT_GE(run.fairness.callers->min, 1U);
}

TEST(ClosedLoop, ALostReplyFreesItsCaller) {
  Scenario scenario = closed(PathKind::direct, 10, Distribution::constant(10ms));
  scenario.traffic.reply_timeout = 100ms;
  scenario.backend.hang_rate = 0.2;
  scenario.backend.concurrency = 10'000;
  scenario.run.measure = 2s;

  const RunDocument run = measured(scenario);

  const auto timeouts = run.ledger.reasons[static_cast<std::size_t>(Reason::reply_timeout)];
  EXPECT_GT(timeouts, 50);
  EXPECT_GT(run.ledger.of(Outcome::completed), timeouts);
  EXPECT_TRUE(run.balanced);
}

TEST(RunCalls, EndTheWindowOfAClosedLoop) {
  Scenario scenario = closed(PathKind::queued, 10, Distribution::constant(1ms));
  scenario.run.measure = 60s;
  scenario.run.calls = 500;
  const auto start = std::chrono::steady_clock::now();

  const RunDocument run = measured(scenario);

  EXPECT_EQ(run.ledger.planned, 500);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
}

}  // namespace
}  // namespace queuemeter
