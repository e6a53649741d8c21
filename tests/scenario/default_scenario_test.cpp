// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/default_scenario.hpp"

#include "harness/call/quantity.hpp"
#include "tests/scenario/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

TEST(DefaultComparison, IsDirectAndQueuedAboveAndBelowTheCapacity) {
  std::vector<std::string> labels;
  for (const LabelledScenario& one : default_comparison()) {
    labels.push_back(one.label);
  }
  EXPECT_THAT(labels,
              testing::ElementsAre("direct 600/s", "queued 600/s", "direct 300/s", "queued 300/s"));
}

TEST(DefaultComparison, TellsBothPathsTheSameButThePath) {
  auto scenarios = default_comparison();
  for (std::size_t i = 0; i < scenarios.size(); i += 2) {
    EXPECT_EQ(scenarios[i].scenario.path.kind, PathKind::direct);
    scenarios[i].scenario.path.kind = PathKind::queued;
    EXPECT_EQ(to_toml(scenarios[i].scenario), to_toml(scenarios[i + 1].scenario));
  }
}

TEST(DefaultComparison, SurroundsWhatItsBackendCanTake) {
  const auto scenarios = default_comparison();
  const BackendSettings& backend = scenarios.front().scenario.backend;
  const double capacity =
      static_cast<double>(backend.concurrency) / to_seconds(backend.service_time.mean());
  EXPECT_DOUBLE_EQ(capacity, 400.0);
  EXPECT_GT(scenarios[0].scenario.traffic.rate, Rate::per_second(capacity));
  EXPECT_LT(scenarios[2].scenario.traffic.rate, Rate::per_second(capacity));
}

TEST(DefaultComparison, TakesAboutThirtyFiveSeconds) {
  Duration total{0};
  for (const LabelledScenario& one : default_comparison()) {
    const Scenario& scenario = one.scenario;
    EXPECT_EQ(scenario.traffic.deadline.value().mean(), scenario.traffic.reply_timeout);
    EXPECT_TRUE(scenario.traffic.deadline->is_constant());
    EXPECT_EQ(scenario.queue.bound, 600U);
    EXPECT_EQ(scenario.backend.kind, BackendSettings::Kind::managed);
    total += scenario.run.warm_up + scenario.run.measure;
  }
  EXPECT_EQ(total, 30s);
}

TEST(DefaultComparison, CouldHaveBeenWrittenAsAScenarioFile) {
  for (const LabelledScenario& one : default_comparison()) {
    EXPECT_EQ(to_toml(read_one(to_toml(one.scenario))), to_toml(one.scenario));
  }
}

}  // namespace
}  // namespace queuemeter
