// SPDX-License-Identifier: Apache-2.0
#include "harness/study/study.hpp"

#include "tests/run/short_run.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

namespace queuemeter {
namespace {

using std::chrono::milliseconds;

struct Fixture {
  Fixture() {
    plan.kind = "matrix";
    plan.runs = {{"direct", short_scenario(PathKind::direct)},
                 {"queued", short_scenario(PathKind::queued)}};
    for (LabelledScenario& run : plan.runs) {
      run.scenario.run.measure = milliseconds{100};
    }
    plan.folder_of = [this](std::size_t number) { return folder.of(std::to_string(number + 1)); };
    plan.announce = [this](std::size_t number) { announced.push_back(number); };
  }
  RunsFolder folder;
  StudyPlan plan;
  std::vector<std::size_t> announced;
};

TEST(Study, ExecutesItsRunsInOrderAndKeepsThemAll) {
  Fixture study;

  const StudyOutcome outcome = conduct(study.plan, plain_environment());

  ASSERT_EQ(outcome.document.runs.size(), 2U);
  EXPECT_FALSE(outcome.stopped.has_value());
  EXPECT_EQ(outcome.document.runs[0].document.label, "direct");
  EXPECT_EQ(outcome.document.runs[1].document.label, "queued");
  EXPECT_EQ(outcome.document.runs[1].folder, study.folder.of("2"));
  EXPECT_EQ(study.announced, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(outcome.document.started_at, outcome.document.runs[0].document.started_at);
}

TEST(Study, StopsAtARunThatCannotBeMeasuredAndKeepsWhatWas) {
  Fixture study;
  study.plan.runs[1].scenario.queue.use = "no_such_queue";

  const StudyOutcome outcome = conduct(study.plan, plain_environment());

  EXPECT_EQ(outcome.document.runs.size(), 1U);
  ASSERT_TRUE(outcome.stopped.has_value());
  EXPECT_EQ(outcome.stopped->kind, Error::Kind::usage);
}

TEST(Study, AMissedObjectiveOfOneRunIsTheStudysExitCode) {
  Fixture study;
  // Every call takes 1 ms at the least.
  study.plan.runs[0].scenario.objectives = {
      {"service_p50", Objective::Comparison::below, 1e3, "< 1us"}};

  const StudyOutcome outcome = conduct(study.plan, plain_environment());

  EXPECT_NE(outcome.document.exit_code, 0);
}

TEST(Study, AnInterruptBeginsNoFurtherRun) {
  Fixture study;
  const std::atomic<bool> interrupted{true};
  RunEnvironment environment = plain_environment();
  environment.interrupted = &interrupted;

  const StudyOutcome outcome = conduct(study.plan, environment);

  EXPECT_TRUE(outcome.document.runs.empty());
  EXPECT_EQ(outcome.document.exit_code, 130);
}

TEST(Study, RepetitionsOfAllScenariosTakeTurnsWithTheNextSeed) {
  std::vector<LabelledScenario> scenarios{{"a", short_scenario(PathKind::direct)},
                                          {"b", short_scenario(PathKind::direct)}};
  scenarios[0].scenario.run.repeat = 3;
  scenarios[0].scenario.run.seed = 40;

  const std::vector<PlannedRun> runs = runs_in_order(scenarios);

  ASSERT_EQ(runs.size(), 4U);
  const std::vector<std::string> labels{"a", "b", "a", "a"};
  const std::vector<std::size_t> repetitions{1, 0, 2, 3};
  for (std::size_t number = 0; number < runs.size(); ++number) {
    EXPECT_EQ(runs[number].run.label, labels[number]);
    EXPECT_EQ(runs[number].repetition, repetitions[number]);
    EXPECT_EQ(runs[number].run.scenario.run.repeat, 1U);
  }
  EXPECT_EQ(runs[0].run.scenario.run.seed, 40U);
  EXPECT_EQ(runs[2].run.scenario.run.seed, 41U);
  EXPECT_EQ(runs[3].run.scenario.run.seed, 42U);
}

TEST(Study, ARepetitionIsNumberedInItsResult) {
  Fixture study;
  study.plan.runs.resize(1);
  study.plan.runs[0].scenario.run.repeat = 2;

  const StudyOutcome outcome = conduct(study.plan, plain_environment());

  ASSERT_EQ(outcome.document.runs.size(), 2U);
  EXPECT_EQ(outcome.document.runs[0].document.repetition, 1U);
  EXPECT_EQ(outcome.document.runs[1].document.repetition, 2U);
  EXPECT_EQ(outcome.document.runs[1].document.scenario.run.seed,
            outcome.document.runs[0].document.scenario.run.seed + 1);
}

}  // namespace
}  // namespace queuemeter
