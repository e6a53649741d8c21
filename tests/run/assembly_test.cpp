// SPDX-License-Identifier: Apache-2.0
#include "harness/run/assembly.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

TEST(Assembly, StagesBecomeOneProfileAndTheLastRateIsHeld) {
  Scenario scenario;
  scenario.traffic.stages = {{Stage::Kind::hold, Rate::per_second(100), 2s},
                             {Stage::Kind::ramp, Rate::per_second(300), 4s},
                             {Stage::Kind::step, Rate::per_second(50), 1s}};
  scenario.traffic.rate = Rate::per_second(100);

  const ArrivalPlan plan = make_arrival_plan(scenario).value();

  EXPECT_EQ(plan.profile().rate_at(1s), Rate::per_second(100));
  EXPECT_EQ(plan.profile().rate_at(4s), Rate::per_second(200));
  EXPECT_EQ(plan.profile().rate_at(6s), Rate::per_second(50));
  EXPECT_EQ(plan.profile().rate_at(60s), Rate::per_second(50));
}

TEST(Assembly, AFirstRampBeginsAtTheRateOfTheTraffic) {
  Scenario scenario;
  scenario.traffic.rate = Rate::per_second(10);
  scenario.traffic.stages = {{Stage::Kind::ramp, Rate::per_second(30), 2s}};

  EXPECT_EQ(make_arrival_plan(scenario).value().profile().rate_at(1s), Rate::per_second(20));
}

TEST(Assembly, FreezesCountFromTheOpeningOfTheWindow) {
  Scenario scenario;
  scenario.run.warm_up = 3s;
  scenario.faults = {{.at = 4s, .length = 1s}};
  const RunWindow window = make_window(scenario, make_arrival_plan(scenario).value(), Instant{1h});

  const SyntheticSettings settings = make_synthetic_settings(scenario, window);

  ASSERT_EQ(settings.freezes.size(), 1U);
  EXPECT_EQ(settings.freezes[0].from, Instant{1h} + 7s);
  EXPECT_EQ(window.measure_to, Instant{1h} + 3s + scenario.run.measure);
}

TEST(Assembly, APoolHoldsTheQueueTheWorkersAndWhatWaitsToBeSettled) {
  Scenario scenario;
  scenario.workers.count = 8;
  EXPECT_EQ(pool_capacity(scenario, 10'000), 2U * 10'008U);
  EXPECT_EQ(pool_capacity(scenario, 1), 9U + 4096U);

  scenario.path.kind = PathKind::direct;
  scenario.traffic.caller_limit = 100;
  scenario.traffic.offerers = 4;
  EXPECT_EQ(pool_capacity(scenario, std::nullopt), 25U);
}

TEST(Assembly, APoolOfAClosedLoopHoldsTheCallersAndSomeThatWereGivenUp) {
  Scenario scenario;
  scenario.traffic.model = TrafficModel::closed;
  scenario.traffic.callers = 200'001;
  scenario.traffic.offerers = 2;
  EXPECT_EQ(pool_capacity(scenario, 1'000'000), 100'001U + 12'500U);
  EXPECT_EQ(pool_capacity(scenario, 92), 100'001U + 100U);

  scenario.path.kind = PathKind::direct;
  EXPECT_EQ(pool_capacity(scenario, std::nullopt), 100'001U);
}

TEST(Assembly, BurstsAndSinesAreStages) {
  Scenario scenario;
  scenario.traffic.rate = Rate::per_second(10);
  scenario.traffic.stages = {
      {.kind = Stage::Kind::hold, .rate = Rate::per_second(10), .length = 1s},
      {.kind = Stage::Kind::burst, .calls = 100},
      {.kind = Stage::Kind::sine,
       .rate = Rate::per_second(10),
       .length = 5s,
       .peak = Rate::per_second(30),
       .period = 4s},
      {.kind = Stage::Kind::ramp, .rate = Rate::per_second(0), .length = 2s}};

  const ArrivalPlan plan = make_arrival_plan(scenario).value();

  EXPECT_DOUBLE_EQ(plan.profile().calls_until(1s), 110.0);
  EXPECT_DOUBLE_EQ(plan.profile().rate_at(2s).calls_per_second(), 30.0);
  EXPECT_DOUBLE_EQ(plan.profile().rate_at(7s).calls_per_second(), 15.0)
      << "the ramp begins where the sine ended, at its peak";
}

TEST(Assembly, AnOpenRunOfSoManyCallsHasTheWindowThatHoldsThem) {
  Scenario scenario;
  scenario.run.warm_up = 1s;
  scenario.run.calls = 50;
  scenario.traffic.arrivals = Arrivals::constant;
  scenario.traffic.rate = Rate::per_second(10);

  const RunWindow window = make_window(scenario, make_arrival_plan(scenario).value(), Instant{1h});

  EXPECT_EQ(window.measure_to, Instant{1h} + 1s + 4900ms + 1ns);
}

TEST(Assembly, AWorkersCallIsBoundedAlsoWhereNobodySaysHow) {
  Scenario scenario;

  EXPECT_EQ(make_http_settings(scenario, "http://127.0.0.1/", false).client.timeouts.whole,
            std::chrono::seconds{60});
  EXPECT_EQ(make_synthetic_settings(scenario, {}).client_timeout, std::chrono::seconds{60});
  scenario.traffic.reply_timeout = std::chrono::minutes{5};
  EXPECT_EQ(longest_call(scenario), std::chrono::minutes{5}) << "a caller may wait so long";
  scenario.backend.client.timeouts.whole = std::chrono::seconds{2};
  EXPECT_EQ(longest_call(scenario), std::chrono::seconds{2});
}

}  // namespace
}  // namespace queuemeter
