// SPDX-License-Identifier: Apache-2.0
#include "harness/judge/objectives.hpp"

#include "tests/record/sample_runs.hpp"

#include <gtest/gtest.h>

namespace queuemeter {
namespace {

using Comparison = Objective::Comparison;

ObjectiveResult of(const std::string& metric, Comparison comparison, double limit,
                   const RunDocument& run) {
  return evaluate({metric, comparison, limit, "as written"}, Measured::of(run));
}

TEST(Objectives, EachComparisonKeepsItsBorder) {
  const RunDocument run = sample_runs::queued_at_ease();  // completion p99 is 38 ms

  EXPECT_EQ(of("completion_p99", Comparison::below, 38e6, run).met, false);
  EXPECT_EQ(of("completion_p99", Comparison::at_most, 38e6, run).met, true);
  EXPECT_EQ(of("completion_p99", Comparison::at_least, 38e6, run).met, true);
  EXPECT_EQ(of("completion_p99", Comparison::above, 38e6, run).met, false);
  EXPECT_EQ(of("completion_p99", Comparison::below, 38e6 + 1, run).met, true);
}

TEST(Objectives, EverySpanAndFigureHasItsValue) {
  const RunDocument run = sample_runs::queued_at_ease();

  EXPECT_EQ(of("answer_p50", Comparison::below, 1e6, run).value, 80e3);
  EXPECT_EQ(of("queueing_p99", Comparison::below, 1e6, run).value, 16e6);
  EXPECT_EQ(of("return_p50", Comparison::below, 1e6, run).value, 25e3);
  EXPECT_EQ(of("lateness_max", Comparison::below, 1e6, run).value, 216e3);
  EXPECT_EQ(of("completion_mean", Comparison::below, 1e9, run).value, 23.1e6);
}

TEST(Objectives, TheDropRateCountsCallsInDoubt) {
  RunDocument run = sample_runs::queued_at_ease();
  run.drop_rate = 0.0;
  run.drop_rate_max = 0.002;

  const ObjectiveResult result = of("drop_rate", Comparison::below, 0.001, run);

  EXPECT_EQ(result.value, 0.002);
  EXPECT_EQ(result.met, false);
}

TEST(Objectives, GoodputBacklogAgeAndDrainAreMetrics) {
  const RunDocument run = sample_runs::queued_overloaded();

  EXPECT_EQ(of("goodput", Comparison::at_least, 457.0, run).met, true);
  EXPECT_EQ(of("backlog_age", Comparison::below, 1e9, run).met, false);
  EXPECT_EQ(of("drain", Comparison::below, 2e9, run).met, true);
}

TEST(Objectives, AQueueThatNeverDrainedMissesItsObjective) {
  RunDocument run = sample_runs::queued_overloaded();
  run.backlog->drain.reset();

  const ObjectiveResult result = of("drain", Comparison::below, 2e9, run);

  EXPECT_EQ(result.met, false);
  EXPECT_EQ(result.value, std::nullopt);
  EXPECT_NE(result.note, "");
}

TEST(Objectives, WhatMayNotBePrintedCannotBeJudged) {
  const RunDocument run = sample_runs::queued_at_ease();
  RunDocument taking = run;
  taking.drop_rate_max.reset();
  for (const ObjectiveResult& result :
       {of("completion_p999", Comparison::below, 1e9, run),
        of("completion_p98", Comparison::below, 1e9, run),
        of("queueing_p99", Comparison::below, 1e9, sample_runs::direct_at_ease()),
        of("drain", Comparison::below, 1e9, sample_runs::direct_at_ease()),
        of("drop_rate", Comparison::below, 1.0, RunDocument{}),
        of("drop_rate", Comparison::below, 1.0, taking),
        of("nonsense", Comparison::below, 1.0, run)}) {
    EXPECT_EQ(result.met, std::nullopt) << result.objective.metric;
    EXPECT_NE(result.note, "") << result.objective.metric;
  }
}

TEST(Objectives, AllOfAScenarioAreEvaluatedInOrder) {
  RunDocument run = sample_runs::queued_at_ease();
  run.scenario.objectives = {{"completion_p99", Comparison::below, 50e6, "< 50ms"},
                             {"drop_rate", Comparison::below, 0.001, "< 0.1%"}};

  const std::vector<ObjectiveResult> results = evaluate_objectives(run);

  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].objective.text, "< 50ms");
  EXPECT_EQ(results[0].met, true);
  EXPECT_EQ(results[1].met, true);
}

TEST(Objectives, AClassIsHeldAgainstItsOwnNumbers) {
  RunDocument run = sample_runs::callers_at_ease();
  run.scenario.traffic.classes[0].objectives = {
      {"completion_p50", Comparison::below, 30e6, "< 30ms"}};
  run.classes[1].latency[static_cast<std::size_t>(Span::completion)]->p50 =
      std::chrono::milliseconds{80};

  EXPECT_TRUE(evaluate_objectives(run).empty());
  EXPECT_EQ(evaluate_objectives(run, run.classes[0]).at(0).met, true);
  EXPECT_EQ(evaluate_objectives(run, run.classes[1]).at(0).met, false);
  EXPECT_EQ(evaluate_objectives(run, run.classes[1]).at(0).value, 80e6);
}

TEST(Objectives, ThoseOfASingleClassAreTheRuns) {
  RunDocument run = sample_runs::callers_at_ease();
  run.scenario.traffic.classes.erase(run.scenario.traffic.classes.begin());
  run.classes.clear();

  ASSERT_EQ(evaluate_objectives(run).size(), 2u);
  EXPECT_EQ(evaluate_objectives(run)[0].met, false);
}

TEST(Objectives, AClassHasNoBacklogOfItsOwn) {
  const RunDocument run = sample_runs::callers_at_ease();

  EXPECT_EQ(evaluate({"drain", Comparison::below, 1e9, "< 1s"}, Measured::of(run.classes[0])).met,
            std::nullopt);
}

}  // namespace
}  // namespace queuemeter
