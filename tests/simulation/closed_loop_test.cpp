// SPDX-License-Identifier: Apache-2.0
// Callers who wait, through the parts of a run, in virtual time.
#include "harness/simulation/simulation.hpp"
#include "queue_impls/catalogue.hpp"
#include "tests/simulation/faulty_queue.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

Scenario closed(PathKind path, std::size_t callers, Distribution think) {
  Scenario scenario;
  scenario.run.warm_up = 2s;
  scenario.run.measure = 60s;
  scenario.path.kind = path;
  scenario.traffic.model = TrafficModel::closed;
  scenario.traffic.callers = callers;
  scenario.traffic.think = think;
  scenario.traffic.ramp = 1s;
  scenario.backend.service_time = Distribution::exponential(10ms);
  scenario.workers.count = 8;
  return scenario;
}

SimulationResult run(const Scenario& scenario) {
  return simulate(scenario, queues::open_queue).value();
}

double seconds_of(const SimulationResult& result, Span span) {
  return to_seconds(result.spans[static_cast<std::size_t>(span)].mean());
}

std::vector<std::uint64_t> counters_of(const SimulationResult& result, Span span) {
  const Histogram& histogram = result.spans[static_cast<std::size_t>(span)];
  std::vector<std::uint64_t> counters;
  for (std::size_t index = 0; index < Histogram::counter_count; ++index) {
    counters.push_back(histogram.counter(index));
  }
  return counters;
}

class ResponseTimeLaw : public testing::TestWithParam<PathKind> {};

/// N = X · (R + Z), light and overloaded: R is then mostly waiting.
TEST_P(ResponseTimeLaw, HoldsWithinOnePerCent) {
  for (const std::size_t callers : {20U, 200U}) {
    const Scenario scenario = closed(GetParam(), callers, Distribution::exponential(100ms));

    const SimulationResult result = run(scenario);

    const double rate = static_cast<double>(result.counts[1].of(Outcome::completed)) / 60.0;
    const double response = seconds_of(result, Span::completion);
    EXPECT_NEAR(rate * (response + 0.100), static_cast<double>(callers),
                0.01 * static_cast<double>(callers))
        << rate << "/s, " << response << " s";
    EXPECT_EQ(result.counts[1].in_flight(), 0);
    EXPECT_TRUE(result.balanced_throughout);
  }
}

INSTANTIATE_TEST_SUITE_P(Paths, ResponseTimeLaw,
                         testing::Values(PathKind::direct, PathKind::queued),
                         [](const testing::TestParamInfo<PathKind>& path) {
                           return std::string{to_string(path.param)};
                         });

TEST(ClosedLoop, EightWorkersAreBusyAndTheRestOfTheCallersWait) {
  Scenario scenario = closed(PathKind::queued, 200, Distribution::constant(0s));

  const SimulationResult result = run(scenario);

  EXPECT_NEAR(static_cast<double>(result.counts[1].of(Outcome::completed)) / 60.0, 800.0, 16.0);
  EXPECT_NEAR(seconds_of(result, Span::completion), 0.250, 0.005) << "200 callers ÷ 800/s";
  EXPECT_EQ(result.spans[static_cast<std::size_t>(Span::lateness)].max(), 0ns);
}

TEST(ClosedLoop, TheAnswerIsTheReply) {
  const SimulationResult result =
      run(closed(PathKind::queued, 20, Distribution::exponential(100ms)));

  EXPECT_EQ(seconds_of(result, Span::answer), seconds_of(result, Span::completion));
}

TEST(ClosedLoop, GivesTheSameNumbersOnOneTwoAndEightOfferers) {
  for (const PathKind path : {PathKind::direct, PathKind::queued}) {
    Scenario scenario = closed(path, 40, Distribution::exponential(50ms));
    scenario.traffic.classes.resize(2);
    scenario.traffic.classes[0].weight = 3.0;
    scenario.traffic.classes[1].payload = SizeDistribution::uniform(10, 1000);
    scenario.traffic.classes[1].deadline = Distribution::exponential(30ms);
    const SimulationResult one = run(scenario);
    for (const std::size_t offerers : {2U, 8U}) {
      scenario.traffic.offerers = offerers;
      const SimulationResult many = run(scenario);
      EXPECT_EQ(many.counts, one.counts) << offerers;
      for (const Span span : all_spans) {
        EXPECT_EQ(counters_of(many, span), counters_of(one, span)) << to_string(span) << offerers;
      }
    }
    EXPECT_GT(one.counts[1].late, 100);
  }
}

TEST(ClosedLoop, ALostReplyFreesItsCallerAfterTheReplyTimeoutAndIsCounted) {
  Scenario scenario = closed(PathKind::queued, 10, Distribution::constant(10ms));
  scenario.run.warm_up = 0s;
  scenario.run.measure = 10s;
  scenario.traffic.reply_timeout = 1s;
  scenario.backend.service_time = Distribution::constant(10ms);
  std::int64_t lost = 0;
  const auto open = [&](const QueueSettings&,
                        const QueueContext&) -> Result<std::unique_ptr<Queue>> {
    return std::unique_ptr<Queue>{
        std::make_unique<FaultyQueue>(FaultyQueue::Fault::drops, 10, 0s, lost)};
  };

  const LedgerCounts counts = simulate(scenario, open).value().counts[1];

  EXPECT_GT(lost, 50);
  // A caller loses one call in ten: nine take 20 ms each, and then it waits for a second.
  EXPECT_NEAR(static_cast<double>(counts.planned), 10 * 10 / 0.1190, 60.0);
  EXPECT_EQ(
      counts.reasons[static_cast<std::size_t>(Reason::reply_timeout)] + counts.of(Outcome::lost),
      lost);
  EXPECT_LE(counts.of(Outcome::lost), 10) << "only those whose callers still waited at the end";
  EXPECT_EQ(counts.duplicated, 0);
  EXPECT_EQ(counts.in_flight(), 0);
}

TEST(ClosedLoop, RepliesThatComeTooLateAreWasted) {
  Scenario scenario = closed(PathKind::queued, 100, Distribution::constant(0s));
  scenario.run.measure = 20s;
  scenario.traffic.reply_timeout = 60ms;  // 100 callers ÷ 800/s would take 125 ms

  const LedgerCounts counts = run(scenario).counts[1];

  EXPECT_GT(counts.reasons[static_cast<std::size_t>(Reason::reply_timeout)], 1000);
  EXPECT_GT(counts.wasted, 1000);
  EXPECT_EQ(counts.in_flight(), 0);
  EXPECT_EQ(counts.duplicated, 0);
}

TEST(HalfOpenLoop, SessionsMakeAllTheirCalls) {
  Scenario scenario = closed(PathKind::queued, 1, Distribution::exponential(50ms));
  scenario.traffic.model = TrafficModel::half_open;
  scenario.traffic.session = 4;
  scenario.traffic.arrivals = Arrivals::constant;
  scenario.traffic.rate = Rate::per_second(100);

  const SimulationResult result = run(scenario);

  EXPECT_NEAR(static_cast<double>(result.counts[1].planned), 60 * 100 * 4, 200.0);
  EXPECT_EQ(result.counts[1].of(Outcome::completed), result.counts[1].planned);
}

TEST(BackPressure, HeldOffersKeepTheScheduleAndTheirWaitIsAdmission) {
  Scenario scenario;
  scenario.run.warm_up = 0s;
  scenario.run.measure = 10s;
  scenario.run.drain = 60s;
  scenario.traffic.arrivals = Arrivals::constant;
  scenario.traffic.rate = Rate::per_second(1000);
  scenario.traffic.reply_timeout = 60s;
  scenario.traffic.caller_limit = 3000;
  scenario.queue.bound = 100;
  scenario.queue.when_full = WhenFull::block;
  scenario.backend.service_time = Distribution::constant(10ms);
  scenario.workers.count = 8;

  const SimulationResult result = run(scenario);

  // 200/s more come than go: after 10 s 2,000 are there, 108 of them in the queue and in work.
  const LedgerCounts& counts = result.counts[1];
  EXPECT_EQ(counts.planned, 10'000);
  EXPECT_EQ(counts.of(Outcome::completed), 10'000);
  EXPECT_EQ(result.spans[static_cast<std::size_t>(Span::lateness)].max(), 0ns);
  EXPECT_NEAR(to_seconds(result.spans[static_cast<std::size_t>(Span::admission)].max()),
              (2000 - 108) / 800.0, 0.02);

  scenario.traffic.caller_limit = 500;
  const LedgerCounts limited = run(scenario).counts[1];
  EXPECT_EQ(limited.reasons[static_cast<std::size_t>(Reason::caller_limit)],
            limited.of(Outcome::rejected));
  // What fits: 800/s for 10 s, 108 and 500.
  EXPECT_NEAR(static_cast<double>(limited.of(Outcome::completed)), 8608.0, 10.0);
}

TEST(RunCalls, EndsAfterSoManyMeasuredCallsInEveryModel) {
  Scenario scenario = closed(PathKind::direct, 10, Distribution::exponential(10ms));
  scenario.traffic.offerers = 3;
  scenario.run.calls = 1000;
  EXPECT_EQ(run(scenario).counts[1].planned, 1000);

  scenario.traffic.model = TrafficModel::half_open;
  EXPECT_EQ(run(scenario).counts[1].planned, 1000);

  scenario.traffic.model = TrafficModel::open;
  EXPECT_EQ(run(scenario).counts[1].planned, 1000);
}

}  // namespace
}  // namespace queuemeter
