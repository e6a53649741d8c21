// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/objective.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace queuemeter {
namespace {

using testing::HasSubstr;

TEST(Objective, HasTheUnitOfItsMetric) {
  EXPECT_DOUBLE_EQ(parse_objective("completion_p99", "< 50ms").value().limit, 50e6);
  EXPECT_DOUBLE_EQ(parse_objective("drop_rate", "<= 0.1%").value().limit, 0.001);
  EXPECT_DOUBLE_EQ(parse_objective("goodput", "> 5k/s").value().limit, 5'000.0);
  EXPECT_DOUBLE_EQ(parse_objective("backlog_age", "< 2s").value().limit, 2e9);
  EXPECT_DOUBLE_EQ(parse_objective("drain", "<1s").value().limit, 1e9);
}

TEST(Objective, ReadsEveryComparison) {
  using Comparison = Objective::Comparison;
  EXPECT_EQ(parse_objective("goodput", "< 1/s").value().comparison, Comparison::below);
  EXPECT_EQ(parse_objective("goodput", "<= 1/s").value().comparison, Comparison::at_most);
  EXPECT_EQ(parse_objective("goodput", " > 1/s").value().comparison, Comparison::above);
  EXPECT_EQ(parse_objective("goodput", ">=1/s").value().comparison, Comparison::at_least);
}

TEST(Objective, KnowsEverySpanWithEveryStatistic) {
  EXPECT_EQ(objective_metrics().size(), 4U + 8U * 8U);
  for (const std::string metric :
       {"completion_p50", "answer_p90", "lateness_p95", "admission_p99", "queueing_p999",
        "handoff_p9999", "service_mean", "return_max"}) {
    EXPECT_TRUE(parse_objective(metric, "< 1ms").has_value()) << metric;
    EXPECT_TRUE(is_latency_metric(metric));
  }
  EXPECT_FALSE(is_latency_metric("drop_rate"));
  EXPECT_FALSE(is_latency_metric("goodput"));
}

TEST(Objective, IsReadBackFromItsText) {
  for (const auto& [metric, text] :
       {std::pair{"completion_p99", "< 50ms"}, std::pair{"drop_rate", "<= 0.00001"},
        std::pair{"goodput", ">= 500/s"}, std::pair{"drain", "> 1500us"}}) {
    EXPECT_EQ(to_scenario_text(parse_objective(metric, text).value()), text);
  }
}

TEST(Objective, RefusesNonsense) {
  const auto refused = [](std::string_view metric, std::string_view text) {
    const Result<Objective> objective = parse_objective(metric, text);
    return objective.has_error() ? objective.error().what : std::string{};
  };
  EXPECT_THAT(refused("completion_p98", "< 50ms"), HasSubstr("did you mean completion_p9"));
  EXPECT_THAT(refused("droprate", "< 1%"), HasSubstr("did you mean drop_rate?"));
  EXPECT_THAT(refused("completion_p99", "50ms"), HasSubstr("does not begin with <"));
  EXPECT_THAT(refused("completion_p99", ""), HasSubstr("does not begin with <"));
  EXPECT_THAT(refused("completion_p99", "< 1%"), HasSubstr("not a time span"));
  EXPECT_THAT(refused("drop_rate", "< 50ms"), HasSubstr("not a fraction"));
  EXPECT_THAT(refused("goodput", "> 500"), HasSubstr("not a rate"));
  EXPECT_THAT(refused("goodput", "= 500/s"), HasSubstr("does not begin with <"));
}

}  // namespace
}  // namespace queuemeter
