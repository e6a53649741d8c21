// SPDX-License-Identifier: Apache-2.0
// The account of all calls, exact, when the queue, the backend or time lets them down.
#include "harness/simulation/simulation.hpp"
#include "queue_impls/catalogue.hpp"
#include "tests/simulation/faulty_queue.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

Scenario light_load() {
  Scenario scenario;
  scenario.run.warm_up = 0s;
  scenario.run.measure = 10s;
  scenario.traffic.arrivals = Arrivals::constant;
  scenario.traffic.rate = Rate::per_second(1000);
  scenario.backend.service_time = Distribution::constant(500us);
  scenario.workers.count = 1;
  return scenario;
}

struct Account {
  LedgerCounts counts;
  std::int64_t faults = 0;
};

Account on_a_queue_that(FaultyQueue::Fault fault, const Scenario& scenario, Duration delay = 0s) {
  Account account;
  const auto open = [&](const QueueSettings&,
                        const QueueContext&) -> Result<std::unique_ptr<Queue>> {
    return std::unique_ptr<Queue>{std::make_unique<FaultyQueue>(fault, 10, delay, account.faults)};
  };
  account.counts = simulate(scenario, open).value().counts[1];
  return account;
}

LedgerCounts on_a_good_queue(const Scenario& scenario) {
  return simulate(scenario, queues::open_queue).value().counts[1];
}

TEST(Account, OfAQueueThatDropsIsExact) {
  const auto [counts, faults] = on_a_queue_that(FaultyQueue::Fault::drops, light_load());

  EXPECT_EQ(faults, 1000);
  EXPECT_EQ(counts.of(Outcome::lost), faults);
  EXPECT_EQ(counts.of(Outcome::completed), 9000);
  EXPECT_EQ(counts.in_flight(), 0);
}

TEST(Account, OfAQueueThatDuplicatesIsExact) {
  const auto [counts, faults] = on_a_queue_that(FaultyQueue::Fault::duplicates, light_load());

  EXPECT_EQ(faults, 1000);
  EXPECT_EQ(counts.duplicated, faults);
  EXPECT_EQ(counts.of(Outcome::completed), 10'000) << "each call once, however often it came";
  EXPECT_EQ(counts.in_flight(), 0);
}

TEST(Account, OfAQueueThatReordersIsExact) {
  Scenario scenario = light_load();
  scenario.backend.service_time = Distribution::constant(2ms);  // so that calls wait
  scenario.run.drain = 60s;

  const auto [counts, faults] = on_a_queue_that(FaultyQueue::Fault::reorders, scenario);

  EXPECT_GT(faults, 900);
  EXPECT_EQ(counts.reordered, faults);
  EXPECT_EQ(counts.of(Outcome::completed), 10'000);
}

TEST(Account, OfAQueueThatDelaysSettlesEveryCall) {
  Scenario scenario = light_load();
  scenario.run.measure = 10'005ms;  // so that the last call is not a delayed one: arrivals wake

  const auto [counts, faults] = on_a_queue_that(FaultyQueue::Fault::delays, scenario, 3ms);

  EXPECT_EQ(faults, 1000);
  EXPECT_EQ(counts.of(Outcome::completed), 10'005);
  EXPECT_EQ(counts.of(Outcome::lost), 0);
}

TEST(Account, ABacklogThatOutlivesTheDrainIsUnfinishedNotLost) {
  Scenario scenario = light_load();
  scenario.backend.service_time = Distribution::constant(2ms);
  scenario.run.drain = 1s;

  const LedgerCounts counts = on_a_good_queue(scenario);

  EXPECT_EQ(counts.planned, 10'000);
  EXPECT_NEAR(static_cast<double>(counts.of(Outcome::completed)), 5500.0, 2.0);
  EXPECT_EQ(counts.of(Outcome::unfinished), 10'000 - counts.of(Outcome::completed));
  EXPECT_EQ(counts.of(Outcome::lost), 0);
  EXPECT_EQ(counts.in_flight(), 0);
}

TEST(Account, ACallPastItsDeadlineIsNotServed) {
  Scenario scenario = light_load();
  scenario.backend.service_time = Distribution::constant(2ms);
  scenario.traffic.deadline = Distribution::constant(100ms);

  const LedgerCounts counts = on_a_good_queue(scenario);

  EXPECT_GT(counts.of(Outcome::expired), 4000);
  EXPECT_EQ(counts.of(Reason::deadline), counts.of(Outcome::expired));
  EXPECT_NEAR(static_cast<double>(counts.of(Outcome::completed)), 5050.0, 60.0);
  EXPECT_GT(counts.late, 4000) << "begun just before the deadline, done just after";
  EXPECT_EQ(counts.in_flight(), 0);
}

TEST(Account, AFullQueueRejectsAtTheDoor) {
  Scenario scenario = light_load();
  scenario.backend.service_time = Distribution::constant(2ms);
  scenario.queue.bound = 50;

  const LedgerCounts counts = on_a_good_queue(scenario);

  EXPECT_NEAR(static_cast<double>(counts.of(Reason::full)), 5000.0 - 51.0, 5.0);
  EXPECT_EQ(counts.of(Outcome::completed) + counts.of(Outcome::rejected), 10'000);
}

TEST(Account, DirectCallersGiveUpAndTheBackendWorksForNobody) {
  Scenario scenario = light_load();
  scenario.path.kind = PathKind::direct;
  scenario.backend.concurrency = 1;
  scenario.backend.service_time = Distribution::constant(2ms);
  scenario.backend.queue = 100'000;
  scenario.traffic.reply_timeout = 200ms;
  scenario.run.drain = 60s;

  const auto result = std::move(simulate(scenario, queues::open_queue).value());

  const LedgerCounts& counts = result.counts[1];
  EXPECT_EQ(counts.of(Reason::reply_timeout), counts.of(Outcome::failed));
  // The wait grows by 1 ms per call, so the first 200 get their answer and nobody after them.
  EXPECT_NEAR(static_cast<double>(counts.of(Outcome::completed)), 199.0, 2.0);
  EXPECT_EQ(counts.in_flight(), 0);
  EXPECT_GT(result.backend.wasted, 4000U);
}

TEST(Account, TheCallerLimitRejectsWhatIsTooMuch) {
  Scenario scenario = light_load();
  scenario.path.kind = PathKind::direct;
  scenario.backend.concurrency = 1;
  scenario.backend.service_time = Distribution::constant(2ms);
  scenario.traffic.caller_limit = 10;

  const LedgerCounts counts = on_a_good_queue(scenario);

  EXPECT_EQ(counts.of(Reason::caller_limit), counts.of(Outcome::rejected));
  EXPECT_NEAR(static_cast<double>(counts.of(Outcome::completed)), 5000.0, 15.0);
  EXPECT_EQ(counts.in_flight(), 0);
}

TEST(Account, ErrorsRefusalsAndHangsOfTheBackendHaveTheirReasons) {
  Scenario scenario = light_load();
  scenario.path.kind = PathKind::direct;
  scenario.backend.concurrency = 10;
  scenario.backend.error_rate = 0.1;
  scenario.backend.hang_rate = 0.001;
  scenario.backend.queue = 5;
  scenario.traffic.reply_timeout = 1s;

  const LedgerCounts counts = on_a_good_queue(scenario);

  EXPECT_GT(counts.of(Reason::backend_error), 0);
  EXPECT_GT(counts.of(Reason::reply_timeout), 0) << "calls that hung";
  EXPECT_GT(counts.of(Reason::backend_refused), 0) << "all slots hang in the end";
  EXPECT_EQ(counts.in_flight(), 0);
}

TEST(Account, ACallThatHangsInAWorkersHandsIsUnfinished) {
  Scenario scenario = light_load();
  scenario.workers.count = 4;
  scenario.backend.hang_rate = 0.01;

  const LedgerCounts counts = on_a_good_queue(scenario);

  EXPECT_GT(counts.of(Outcome::unfinished), 4) << "four in hand, the rest in the queue";
  EXPECT_EQ(counts.of(Outcome::lost), 0);
  EXPECT_EQ(counts.in_flight(), 0);
}

}  // namespace
}  // namespace queuemeter
