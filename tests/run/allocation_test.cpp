// SPDX-License-Identifier: Apache-2.0
// After warm-up the measuring path allocates nothing: not the offerers, not the settler, not the
// consumers that settle.
#include "harness/measure/allocation_count.hpp"
#include "harness/measure/ledger_block.hpp"
#include "tests/run/short_run.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

RunDocument measured(Scenario scenario) {
  const RunsFolder folder;
  scenario.run.warm_up = 500ms;
  scenario.run.measure = 500ms;
  scenario.run.tick = 100ms;
  return run_scenario(scenario, "", folder.of("1"), plain_environment()).value();
}

/// One kind of traffic over a path; what it is, beside the usual.
struct Kind {
  std::string name;
  std::function<void(Scenario&)> make;
};
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

/// `null` or a ring, because what the queue under test allocates is its own business.
void over_a_ring(Scenario& scenario) {
  scenario.queue.use = "spsc_ring";
  scenario.workers.count = 1;
}

void make_two_classes(Scenario& scenario) {
  scenario.traffic.classes.resize(2);
  scenario.traffic.classes[0].name = "small";
  scenario.traffic.classes[1].name = "large";
  scenario.traffic.classes[1].payload = SizeDistribution::uniform(10, 1000);
  scenario.traffic.classes[1].deadline = Distribution::exponential(30ms);
}

void make_callers_wait(Scenario& scenario, TrafficModel model) {
  scenario.traffic.model = model;
  scenario.traffic.callers = 20;
  scenario.traffic.session = 4;
  scenario.traffic.rate = Rate::per_second(250);  // of sessions
  scenario.traffic.think = Distribution::exponential(10ms);
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"Open", [](Scenario&) {}},
      {"Direct", [](Scenario& scenario) { scenario.path.kind = PathKind::direct; }},
      {"Closed", [](Scenario& scenario) { make_callers_wait(scenario, TrafficModel::closed); }},
      {"ClosedAndDirect",
       [](Scenario& scenario) {
         make_callers_wait(scenario, TrafficModel::closed);
         scenario.path.kind = PathKind::direct;
       }},
      {"HalfOpen",
       [](Scenario& scenario) { make_callers_wait(scenario, TrafficModel::half_open); }},
      {"Blocking",
       [](Scenario& scenario) {
         over_a_ring(scenario);
         scenario.queue.bound = 4;
         scenario.queue.when_full = WhenFull::block;
         scenario.traffic.rate = Rate::per_second(1500);  // one worker makes fewer
       }},
      {"WithAReplyQueue",
       [](Scenario& scenario) {
         over_a_ring(scenario);
         scenario.path.reply = ReplyKind::queue;
         scenario.traffic.rate = Rate::per_second(500);
       }},
      {"WithTwoClasses", make_two_classes},
      {"PacedBySpinning",
       [](Scenario& scenario) {
         scenario.run.pacing = {.kind = Pacing::Kind::spin, .span = 50us};
       }},
      {"SettledByConsumers",
       [](Scenario& scenario) {
         scenario.path.reply = ReplyKind::none;
         scenario.backend.kind = BackendSettings::Kind::none;
       }},
  };
  return all;
}

class Allocations : public testing::TestWithParam<Kind> {};

TEST_P(Allocations, AreNoneOnTheMeasuringPathAfterWarmUp) {
  ASSERT_TRUE(allocations_are_counted());
  Scenario scenario = short_scenario(PathKind::queued);
  scenario.queue.use = "null";
  GetParam().make(scenario);

  const RunDocument run = measured(scenario);

  EXPECT_EQ(run.allocations, 0U);
  EXPECT_GT(run.ledger.planned, 200);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Allocations, testing::ValuesIn(kinds()),
                         [](const testing::TestParamInfo<Kind>& kind) { return kind.param.name; });

/// As fast as it can is not always equally fast: when it has never been faster, the ledger takes a
/// further block for calls that no tick has looked at.
TEST(AllocationsAtSaturation, AreFewerThanTheBlocksOfTheLedger) {
  Scenario scenario = short_scenario(PathKind::queued);
  over_a_ring(scenario);
  scenario.traffic.model = TrafficModel::saturate;
  scenario.path.reply = ReplyKind::none;
  scenario.backend.kind = BackendSettings::Kind::none;

  const RunDocument run = measured(scenario);

  EXPECT_GT(run.ledger.planned, 100'000);
  EXPECT_LT(run.allocations * LedgerBlock::calls, static_cast<std::uint64_t>(run.ledger.planned));
}

TEST(AllocationsOverHttp, AreNoneAfterWarmUp) {
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
