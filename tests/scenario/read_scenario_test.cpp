// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/read_scenario.hpp"

#include "tests/scenario/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;

TEST(ReadScenario, OfNothingIsTheDefault) {
  EXPECT_EQ(to_toml(read_one("")), to_toml(Scenario{}));
  EXPECT_EQ(to_toml(read_one("# a comment\n[run]\n")), to_toml(Scenario{}));
}

TEST(ReadScenario, ReadsTheRun) {
  const RunSettings run = read_one(R"(
[run]
warm_up = 0
measure = "90s"
drain = "0s"
seed = 9223372036854775807
pacing = "timer"
tick = "10ms"
)")
                              .run;
  EXPECT_EQ(run.warm_up, 0s);
  EXPECT_EQ(run.measure, 90s);
  EXPECT_EQ(run.drain, 0s);
  EXPECT_EQ(run.seed, 9223372036854775807U);
  EXPECT_EQ(run.tick, 10ms);
}

TEST(ReadScenario, ReadsTheTraffic) {
  const TrafficSettings traffic = read_one(R"(
[traffic]
model = "open"
arrivals = "constant"
rate = "5k/s"
reply_timeout = "2s"
caller_limit = "10k"
payload = "64KiB"
deadline = "250ms"
offerers = 8
)")
                                      .traffic;
  EXPECT_EQ(traffic.arrivals, Arrivals::constant);
  EXPECT_EQ(traffic.rate, Rate::per_second(5'000));
  EXPECT_TRUE(traffic.stages.empty());
  EXPECT_EQ(traffic.reply_timeout, 2s);
  EXPECT_EQ(traffic.caller_limit, 10'000U);
  EXPECT_EQ(traffic.payload, SizeDistribution::constant(65'536));
  EXPECT_EQ(traffic.deadline.value().to_text(), Distribution::constant(250ms).to_text());
  EXPECT_EQ(traffic.offerers, 8U);
}

TEST(ReadScenario, ReadsStagesAndTakesTheRateFromTheFirst) {
  const TrafficSettings traffic = read_one(R"(
[traffic]
stages = [{ rate = "1k/s", for = "5s" }, { ramp_to = "4k/s", for = "10s" },
          { step_to = "8k/s", for = "2s" }]
)")
                                      .traffic;
  ASSERT_EQ(traffic.stages.size(), 3U);
  EXPECT_EQ(traffic.rate, Rate::per_second(1'000));
  EXPECT_EQ(traffic.stages[0].kind, Stage::Kind::hold);
  EXPECT_EQ(traffic.stages[1].kind, Stage::Kind::ramp);
  EXPECT_EQ(traffic.stages[1].rate, Rate::per_second(4'000));
  EXPECT_EQ(traffic.stages[1].length, 10s);
  EXPECT_EQ(traffic.stages[2].kind, Stage::Kind::step);
}

TEST(ReadScenario, ReadsStagesWrittenAsTables) {
  EXPECT_EQ(read_one("[[traffic.stages]]\nstep_to = \"5/s\"\nfor = \"1s\"\n").traffic.rate,
            Rate::per_second(5));
}

TEST(ReadScenario, StartsAFirstRampAtTheRate) {
  const TrafficSettings traffic =
      read_one("[traffic]\nrate = \"10/s\"\nstages = [{ ramp_to = \"4k/s\", for = \"10s\" }]\n")
          .traffic;
  EXPECT_EQ(traffic.rate, Rate::per_second(10));
  EXPECT_EQ(traffic.stages[0].rate, Rate::per_second(4'000));
}

TEST(ReadScenario, ReadsPathQueueAndWorkers) {
  const Scenario scenario = read_one(R"(
[path]
kind = "queued"
reply = "none"
[queue]
use = "null"
bound = 600
when_full = "reject"
policy = "none"
wait = "spin_yield"
options = { name = "x", size = 5, fast = true, factor = 1.5 }
[workers]
kind = "thread"
count = 3
poll = "0s"
)");
  EXPECT_EQ(scenario.path.kind, PathKind::queued);
  EXPECT_EQ(scenario.path.reply, ReplyKind::none);
  EXPECT_EQ(scenario.queue.use, "null");
  EXPECT_EQ(scenario.queue.bound, 600U);
  EXPECT_EQ(scenario.queue.wait, WaitPolicyKind::spin_yield);
  EXPECT_THAT(scenario.queue.options, ElementsAre(Pair("factor", "1.5"), Pair("fast", "true"),
                                                  Pair("name", "x"), Pair("size", "5")));
  EXPECT_EQ(scenario.workers.count, 3U);
}

TEST(ReadScenario, ReadsTheBackend) {
  const BackendSettings backend = read_one(R"toml(
[backend]
kind = "http"
url = "http://127.0.0.1:8080/slow"
service_time = "lognormal(20ms, 0.5)"
error_rate = "0.1%"
hang_rate = 1
concurrency = 8
queue = 0
work = "sleep"
connections = 100
timeouts = { connect = "1s", first_byte = "2s", whole = "3s" }
rate_limit = "none"
)toml")
                                      .backend;
  EXPECT_EQ(backend.kind, BackendSettings::Kind::http);
  EXPECT_EQ(backend.url, "http://127.0.0.1:8080/slow");
  EXPECT_EQ(backend.service_time.to_text(), "lognormal(20ms, 0.5)");
  EXPECT_DOUBLE_EQ(backend.error_rate, 0.001);
  EXPECT_DOUBLE_EQ(backend.hang_rate, 1.0);
  EXPECT_EQ(backend.concurrency, 8U);
  EXPECT_EQ(backend.queue, 0U);
  EXPECT_EQ(backend.client.connections, 100U);
  EXPECT_EQ(backend.client.timeouts.connect, 1s);
  EXPECT_EQ(backend.client.timeouts.first_byte, 2s);
  EXPECT_EQ(backend.client.timeouts.whole, 3s);
  EXPECT_EQ(read_one("backend.kind = \"managed\"").backend.kind, BackendSettings::Kind::managed);
}

TEST(ReadScenario, ReadsObjectivesAndFaults) {
  const Scenario scenario = read_one(R"(
[objectives]
completion_p99 = "< 50ms"
drop_rate = "< 0.1%"
[[fault]]
at = "5s"
what = "freeze"
who = "backend"
for = "1s"
[[fault]]
at = "6s"
what = "freeze"
who = "backend"
for = "500ms"
)");
  ASSERT_EQ(scenario.objectives.size(), 2U);
  EXPECT_EQ(scenario.objectives[0].metric, "completion_p99");
  EXPECT_EQ(scenario.objectives[0].text, "< 50ms");
  EXPECT_DOUBLE_EQ(scenario.objectives[0].limit, 50e6);
  ASSERT_EQ(scenario.faults.size(), 2U);
  EXPECT_EQ(scenario.faults[1].at, 6s);
  EXPECT_EQ(scenario.faults[1].length, 500ms);
}

TEST(ReadScenario, LetsOverridesWin) {
  const Scenario scenario = read_one("[run]\nmeasure = \"20s\"\n",
                                     {{"run.measure", "5s"},
                                      {"run.measure", "6s"},
                                      {"workers.count", "2"},
                                      {"backend.service_time", "uniform(1ms, 2ms)"},
                                      {"backend.timeouts.whole", "1s"},
                                      {"queue.options", "{ a = \"b\" }"},
                                      {"traffic.stages", "[{ rate = \"5/s\", for = \"1s\" }]"}});
  EXPECT_EQ(scenario.run.measure, 6s);
  EXPECT_EQ(scenario.workers.count, 2U);
  EXPECT_EQ(scenario.backend.service_time.to_text(), "uniform(1ms, 2ms)");
  EXPECT_EQ(scenario.backend.client.timeouts.whole, 1s);
  EXPECT_THAT(scenario.queue.options, ElementsAre(Pair("a", "b")));
  EXPECT_EQ(scenario.traffic.stages.size(), 1U);
}

TEST(ReadScenario, LetsAnOverrideRepairTheFile) {
  EXPECT_EQ(read_one("[run]\nseed = -1\n", {{"run.seed", "3"}}).run.seed, 3U);
}

}  // namespace
}  // namespace queuemeter
