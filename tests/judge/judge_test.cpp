// SPDX-License-Identifier: Apache-2.0
#include "harness/judge/judge.hpp"

#include "harness/record/result_json.hpp"
#include "tests/record/sample_runs.hpp"

#include <gtest/gtest.h>

namespace queuemeter {
namespace {

RunDocument judged(RunDocument run) {
  judge(run);
  return run;
}

RunDocument with_missed_objective() {
  RunDocument run = sample_runs::queued_at_ease();
  run.scenario.objectives = {{"completion_p99", Objective::Comparison::below, 10e6, "< 10ms"}};
  return run;
}

TEST(Judge, FillsInWhatAnOverloadedRunMeans) {
  const RunDocument run = judged(sample_runs::queued_overloaded());

  EXPECT_EQ(run.validity.verdict, Validity::Verdict::valid);
  EXPECT_TRUE(run.saturated);
  EXPECT_EQ(run.limiting_part, "backend");
  EXPECT_EQ(run.backlog->forecast, "full, will not drain at this rate of calls");
  EXPECT_EQ(run.findings.front().id, "saturated");
  EXPECT_EQ(run.exit_code, 0);
}

TEST(Judge, JudgingTwiceChangesNothing) {
  const RunDocument once = judged(sample_runs::direct_overloaded());

  EXPECT_EQ(to_json(judged(once)), to_json(once));
}

TEST(ExitCode, OneForAMissedObjective) { EXPECT_EQ(judged(with_missed_objective()).exit_code, 1); }

TEST(ExitCode, ThreeForAnInvalidRunEvenIfItMissedItsObjective) {
  RunDocument run = with_missed_objective();
  run.clock.negative_spans = 1;

  EXPECT_EQ(judged(run).exit_code, 3);
}

TEST(ExitCode, FiveForABrokenGuaranteeEvenIfInvalid) {
  RunDocument run = with_missed_objective();
  run.clock.negative_spans = 1;
  run.ledger.duplicated = 1;

  const RunDocument verdict = judged(run);

  EXPECT_TRUE(verdict.guarantee_broken);
  EXPECT_EQ(verdict.exit_code, 5);
}

TEST(ExitCode, HundredAndThirtyForAnInterruptedRunBeforeAllThat) {
  RunDocument run = with_missed_objective();
  run.clock.negative_spans = 1;
  run.ledger.duplicated = 1;
  run.complete = false;
  run.interrupted = true;

  EXPECT_EQ(judged(run).exit_code, 130);
}

TEST(ExitCode, OneForARunThatARuleStopped) {
  RunDocument run = sample_runs::queued_at_ease();
  run.complete = false;

  EXPECT_EQ(judged(run).exit_code, 1);
}

TEST(ExitCode, ZeroForASuspectRunAndForOneThatCouldNotBeDecided) {
  RunDocument run = sample_runs::queued_at_ease();
  run.clock.over_range = 1;
  run.scenario.objectives = {{"completion_p9999", Objective::Comparison::below, 10e6, "< 10ms"}};

  const RunDocument verdict = judged(run);

  EXPECT_EQ(verdict.validity.verdict, Validity::Verdict::suspect);
  EXPECT_EQ(verdict.objectives.front().met, std::nullopt);
  EXPECT_EQ(verdict.exit_code, 0);
}

}  // namespace
}  // namespace queuemeter
