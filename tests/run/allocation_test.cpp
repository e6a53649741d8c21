// SPDX-License-Identifier: Apache-2.0
// After warm-up the measuring path allocates nothing: not the offerers, not the settler.
#include "harness/measure/allocation_count.hpp"
#include "tests/run/short_run.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

RunDocument measured(Scenario scenario) {
  const RunsFolder folder;
  scenario.run.warm_up = 1s;
  scenario.run.measure = 1s;
  scenario.run.tick = 100ms;
  return run_scenario(scenario, "", folder.of("1"), plain_environment()).value();
}

TEST(Allocations, AreCountedHere) { ASSERT_TRUE(allocations_are_counted()); }

/// `null`, because what the queue under test allocates is its own business.
TEST(Allocations, TheQueuedPathMakesNoneAfterWarmUp) {
  Scenario scenario = short_scenario(PathKind::queued);
  scenario.queue.use = "null";

  const RunDocument run = measured(scenario);

  EXPECT_EQ(run.allocations, 0U);
  EXPECT_GT(run.ledger.planned, 500);
}

TEST(Allocations, TheDirectPathMakesNoneAfterWarmUp) {
  EXPECT_EQ(measured(short_scenario(PathKind::direct)).allocations, 0U);
}

TEST(Allocations, TheDirectPathOverHttpMakesNoneAfterWarmUp) {
  Scenario scenario = short_scenario(PathKind::direct);
  scenario.backend.kind = BackendSettings::Kind::managed;
  // One connection, which the warm-up opens: a stall in the window must not open a second.
  scenario.backend.client.connections = 1;
  scenario.traffic.arrivals = Arrivals::constant;
  scenario.traffic.rate = Rate::per_second(200);

  EXPECT_EQ(measured(scenario).allocations, 0U);
}

}  // namespace
}  // namespace queuemeter
