// SPDX-License-Identifier: Apache-2.0
// Callers who wait, on real threads and a real clock.
#include "harness/record/tick_json.hpp"
#include "tests/run/short_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>

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
    ASSERT_TRUE(run.loop->edge_s.has_value()) << "every call came back, so the edges are known";
    EXPECT_LT(law.limit, 0.01 + 2.0 * 0.070 / 3.0) << "at most a cycle for each caller and edge";
  }
}

/// The backlog as the ticks of the measured window saw it.
double mean_backlog(const std::string& folder) {
  const TickReading reading = read_ticks(folder + "/ticks.jsonl").value();
  double sum = 0.0;
  double count = 0.0;
  for (const Tick& tick : reading.ticks) {
    if (tick.stage == "measure" && tick.gauges.backlog.has_value()) {
      sum += static_cast<double>(*tick.gauges.backlog);
      ++count;
    }
  }
  return count > 0.0 ? sum / count : 0.0;
}

/// L = λW for every station of a call. What it holds is seen by somebody else than who stamps the
/// calls: the queue's depth, the workers' meters, the backend's own account. Callers who do not
/// think keep all three steady.
TEST(ClosedLoop, KeepsLittlesLawInTheQueueTheWorkersAndTheBackend) {
  Scenario scenario = closed(PathKind::queued, 40, Distribution::constant(0ms));
  scenario.run.warm_up = 500ms;
  scenario.run.measure = 1500ms;
  scenario.backend.kind = BackendSettings::Kind::managed;
  scenario.backend.service_time = Distribution::constant(5ms);
  const RunsFolder folder;

  const RunDocument run = run_scenario(scenario, "", folder.of("1"), plain_environment()).value();

  const auto mean = [&run](Span span) {
    return to_seconds(run.latency[static_cast<std::size_t>(span)].value().mean);
  };
  const double rate = run.completed_per_s;
  const double working = mean(Span::handoff) + mean(Span::service);
  EXPECT_NEAR(mean_backlog(folder.of("1")) / (rate * mean(Span::queueing)), 1.0, 0.05);
  EXPECT_NEAR(run.workers_busy / (rate * working), 1.0, 0.03);
  EXPECT_NEAR(run.backend_busy.value() / (rate * run.backend_mean_service_s.value()), 1.0, 0.03);
  EXPECT_GT(run.workers_busy, 3.5) << "of four";
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
  EXPECT_EQ(check_of(run, "little").verdict, Check::Verdict::pass);
  EXPECT_EQ(check_of(run, "response_time_law").verdict, Check::Verdict::not_applicable);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
}

}  // namespace
}  // namespace queuemeter
