// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/objective.hpp"
#include "harness/scenario/scenario.hpp"
#include "tests/scenario/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

/// Nothing as by default, and everything that a text could spoil.
Scenario rich_scenario() {
  Scenario scenario;
  scenario.run = {500ms, 10s, 3s, 9'223'372'036'854'775'807U, 50ms};
  scenario.traffic.arrivals = Arrivals::constant;
  scenario.traffic.rate = Rate::per_second(0.1);
  scenario.traffic.stages = {{Stage::Kind::hold, Rate::per_second(0.1), 5s},
                             {Stage::Kind::ramp, Rate::per_second(4'000), 10s},
                             {Stage::Kind::step, Rate::per_second(1.0 / 3.0), 1500ms}};
  scenario.traffic.reply_timeout = 2s;
  scenario.traffic.caller_limit = 77;
  scenario.traffic.payload_bytes = 65'536;
  scenario.traffic.deadline = 250ms;
  scenario.traffic.offerers = 2;
  scenario.path.reply = ReplyKind::none;
  scenario.queue.use = "null";
  scenario.queue.bound = 600;
  scenario.queue.wait = WaitPolicyKind::spin_yield;
  scenario.queue.options = {{"with space", "a \"quoted\" \\ text\n\u00b5"}, {"a.b", "5"}};
  scenario.workers.count = 3;
  scenario.backend.kind = BackendSettings::Kind::managed;
  scenario.backend.service_time = Distribution::lognormal(20ms, 0.5);
  scenario.backend.error_rate = 0.00001;
  scenario.backend.hang_rate = 0.125;
  scenario.backend.concurrency = 8;
  scenario.backend.queue = 0;
  scenario.backend.connections = 100;
  scenario.backend.connect_timeout = 1s;
  scenario.backend.first_byte_timeout = 3s;
  scenario.backend.whole_timeout = 4s;
  scenario.objectives = {parse_objective("drop_rate", "<= 0.1%").value(),
                         parse_objective("completion_p99", "<50ms").value(),
                         parse_objective("goodput", "> 5k/s").value()};
  scenario.faults = {{2s, 1s}, {5s, 500ms}};
  return scenario;
}

TEST(ScenarioText, IsTheGoldenFileOfVersion1) {
  const std::string golden =
      read_text_file(std::string{QUEUEMETER_SOURCE_DIR} + "/tests/scenario/golden/scenario-1.toml");
  EXPECT_EQ(to_toml(rich_scenario()), golden);
  EXPECT_EQ(to_toml(read_one(golden)), golden);
}

TEST(ScenarioText, IsReadBackToTheSameValues) {
  const Scenario wrote = rich_scenario();
  const Scenario read = read_one(to_toml(wrote));
  EXPECT_EQ(read.run.seed, wrote.run.seed);
  EXPECT_EQ(read.traffic.rate, wrote.traffic.rate);
  ASSERT_EQ(read.traffic.stages.size(), 3U);
  EXPECT_EQ(read.traffic.stages[2].rate, wrote.traffic.stages[2].rate);
  EXPECT_EQ(read.backend.error_rate, wrote.backend.error_rate);
  EXPECT_EQ(read.queue.options.back(), wrote.queue.options.front());
  EXPECT_EQ(read.objectives.size(), 3U);
  EXPECT_EQ(read.faults.size(), 2U);
  EXPECT_EQ(read.faults[1].length, 500ms);
}

TEST(ScenarioText, LeavesOutWhatHasNoDefault) {
  const std::string text = to_toml(Scenario{});
  for (const std::string key :
       {"bound", "deadline", "url", "first_byte", "whole", "stages", "[objectives]", "[[fault]]"}) {
    EXPECT_THAT(text, testing::Not(testing::HasSubstr("\n" + key)));
  }
}

TEST(ScenarioHash, IsEqualForEqualExperimentsOnly) {
  const Scenario scenario = rich_scenario();
  Scenario same = scenario;
  std::reverse(same.queue.options.begin(), same.queue.options.end());
  same.objectives[1].text = "< 50000us";
  EXPECT_EQ(scenario_hash(same), scenario_hash(scenario));
  EXPECT_EQ(scenario_hash(scenario).size(), 16U);

  std::set<std::string> hashes{scenario_hash(scenario), scenario_hash(Scenario{})};
  Scenario other = scenario;
  other.run.seed = 8;
  hashes.insert(scenario_hash(other));
  other = scenario;
  other.traffic.rate = Rate::per_second(0.1 + 1e-12);
  hashes.insert(scenario_hash(other));
  other = scenario;
  other.faults.pop_back();
  hashes.insert(scenario_hash(other));
  EXPECT_EQ(hashes.size(), 5U);
}

TEST(ScenarioHash, DoesNotChangeBetweenVersions) {
  EXPECT_EQ(scenario_hash(rich_scenario()), "63709be6561240e8");
}

}  // namespace
}  // namespace queuemeter
