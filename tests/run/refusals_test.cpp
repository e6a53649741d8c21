// SPDX-License-Identifier: Apache-2.0
#include "harness/run/refusals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace queuemeter {
namespace {

using testing::HasSubstr;

constexpr QueueTraits one_each{.name = "narrow",
                               .summary = "takes one of each",
                               .producers = QueueEnds::one,
                               .consumers = QueueEnds::one};

TEST(Refusals, ManyOfferersAreTooManyForOneProducer) {
  Scenario scenario;
  scenario.traffic.offerers = 2;
  scenario.workers.count = 1;

  const auto refused = refusal(scenario, one_each);

  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->kind, Error::Kind::usage);
  EXPECT_THAT(refused->what, HasSubstr("narrow takes one producer"));
  EXPECT_THAT(refused->what, HasSubstr("use 1"));
}

TEST(Refusals, ManyWorkersAreTooManyForOneConsumer) {
  Scenario scenario;
  scenario.workers.count = 8;

  EXPECT_THAT(refusal(scenario, one_each)->what, HasSubstr("workers.count"));
  scenario.workers.count = 1;
  EXPECT_FALSE(refusal(scenario, one_each).has_value());
}

TEST(Refusals, SpinningThreadsMustHaveACpuEach) {
  Scenario scenario;
  scenario.queue.wait = WaitPolicyKind::spin;
  scenario.workers.count = std::thread::hardware_concurrency();

  EXPECT_THAT(refusal(scenario, QueueTraits{.name = "any", .summary = ""})->what,
              HasSubstr("spin_park"));
  scenario.queue.wait = WaitPolicyKind::spin_park;
  EXPECT_FALSE(refusal(scenario, QueueTraits{.name = "any", .summary = ""}).has_value());
}

TEST(Refusals, MoreConnectionsThanDescriptorsAreRefusedWithTheNumberThatFits) {
  Scenario scenario;
  scenario.path.kind = PathKind::direct;
  scenario.backend.kind = BackendSettings::Kind::managed;
  scenario.backend.client.connections = 1'000'000'000;
  scenario.traffic.caller_limit = 1'000'000'000;

  const auto refused = refusal_of_machine(scenario);

  ASSERT_TRUE(refused.has_value());
  EXPECT_THAT(refused->what, HasSubstr("backend.connections"));
  EXPECT_THAT(refused->what, HasSubstr("ulimit -n"));
}

TEST(Refusals, ConnectionsBeforeTheTrafficNeedTheirDescriptors) {
  Scenario scenario;
  scenario.path.kind = PathKind::direct;
  scenario.backend.kind = BackendSettings::Kind::http;
  scenario.traffic.caller_limit = 10;
  scenario.backend.client.connections = 1'000'000'000;
  EXPECT_FALSE(refusal_of_machine(scenario).has_value()) << "ten callers use ten of them";
  scenario.backend.client.open = 1'000'000'000;

  const auto refused = refusal_of_machine(scenario);

  ASSERT_TRUE(refused.has_value());
  EXPECT_THAT(refused->what, HasSubstr("backend.open"));
}

TEST(Refusals, WorkersWithAnEndOfARemoteQueueEachNeedDescriptorsToo) {
  Scenario scenario;
  scenario.queue.use = "redis://127.0.0.1:6379/0";
  scenario.workers.count = 1'000'000'000;

  EXPECT_THAT(refusal_of_machine(scenario)->what,
              testing::AllOf(HasSubstr("workers.count"), HasSubstr("ulimit -n")));
  scenario.path.kind = PathKind::offer;
  EXPECT_FALSE(refusal_of_machine(scenario).has_value()) << "nobody takes";
}

TEST(Refusals, RetriesWithoutABudgetNeedAQueueThatIsAcknowledged) {
  Scenario scenario;
  scenario.workers.retry.kind = RetrySettings::Kind::fixed;
  const QueueTraits destructive{.name = "bare", .summary = ""};
  const QueueTraits acked{.name = "kind", .summary = "", .delivery = QueueDelivery::acked};

  EXPECT_THAT(refusal(scenario, destructive)->what, HasSubstr("budget = 0.1"));
  EXPECT_FALSE(refusal(scenario, acked).has_value());
  scenario.workers.retry.budget = 0.1;
  EXPECT_FALSE(refusal(scenario, destructive).has_value());
}

TEST(Refusals, ACallThatIsForgottenWhenTakenIsNotDeliveredAgain) {
  Scenario scenario;
  scenario.workers.ack_timeout = std::chrono::seconds{1};

  EXPECT_THAT(refusal(scenario, QueueTraits{.name = "bare", .summary = ""})->what,
              HasSubstr("workers.ack_timeout"));
}

TEST(Refusals, WorkerProcessesNeedAQueueThatTheyCanReach) {
  Scenario scenario;
  scenario.workers.kind = WorkerSettings::Kind::process;
  const QueueTraits shared{.name = "sysv", .summary = "", .scope = QueueScope::processes};

  EXPECT_THAT(refusal(scenario, QueueTraits{.name = "bare", .summary = ""})->what,
              HasSubstr("queue.use = \"sysv\""));
  EXPECT_FALSE(refusal(scenario, shared).has_value());
  scenario.backend.concurrency = 2;
  EXPECT_THAT(refusal(scenario, shared)->what, HasSubstr("use concurrency = 8"));
}

TEST(Refusals, AsynchronousSlotsShareOneConsumer) {
  Scenario scenario;
  scenario.workers.kind = WorkerSettings::Kind::async;
  scenario.workers.count = 1000;

  EXPECT_FALSE(refusal(scenario, one_each).has_value());
}

TEST(Refusals, CallersBeyondTheMemoryAreRefusedWithTheNumberThatFits) {
  Scenario scenario;
  scenario.traffic.model = TrafficModel::closed;
  scenario.path.kind = PathKind::direct;
  scenario.traffic.callers = 4'000'000'000;
  scenario.traffic.caller_limit = 4'000'000'000;

  const auto refused = refusal_of_machine(scenario);

  ASSERT_TRUE(refused.has_value());
  EXPECT_THAT(refused->what, HasSubstr("traffic.callers"));
  EXPECT_THAT(refused->what, HasSubstr("GiB are free"));
}

TEST(Refusals, MoreCallsThanTheLedgerNumbersAreRefusedWithTheRateThatFits) {
  Scenario scenario;
  scenario.traffic.rate = Rate::per_second(1e8);
  scenario.run.measure = std::chrono::hours{24 * 7};

  EXPECT_THAT(refusal_of_machine(scenario)->what, HasSubstr("traffic.rate"));
}

TEST(Refusals, ASessionsCallsAreNumberedToo) {
  Scenario scenario;
  scenario.traffic.model = TrafficModel::half_open;
  scenario.traffic.session = 1000;
  scenario.traffic.rate = Rate::per_second(1e5);
  scenario.run.measure = std::chrono::hours{24 * 7};

  EXPECT_THAT(refusal_of_machine(scenario)->what, HasSubstr("traffic.rate"));
  scenario.traffic.session = 1;
  EXPECT_FALSE(refusal_of_machine(scenario).has_value());
}

TEST(Refusals, AnOrdinaryScenarioIsTaken) {
  EXPECT_FALSE(refusal_of_machine(Scenario{}).has_value());
}

}  // namespace
}  // namespace queuemeter
