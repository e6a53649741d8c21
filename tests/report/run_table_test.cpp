// SPDX-License-Identifier: Apache-2.0
#include "harness/report/run_table.hpp"

#include "harness/judge/judge.hpp"
#include "tests/record/sample_runs.hpp"
#include "tests/report/golden_text.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace queuemeter {
namespace {

RunDocument judged(RunDocument run) {
  judge(run);
  return run;
}

RunDocument with_objectives(RunDocument run) {
  run.scenario.objectives = {{"completion_p99", Objective::Comparison::below, 50e6, "< 50ms"},
                             {"drop_rate", Objective::Comparison::below, 0.001, "< 0.1%"},
                             {"completion_p9999", Objective::Comparison::below, 1e9, "< 1s"},
                             {"goodput", Objective::Comparison::at_least, 250.0, ">= 250/s"}};
  return run;
}

TEST(RunTable, AnOverloadedQueuedRunLooksLikeThis) {
  expect_golden(
      "run_overloaded.txt",
      run_table(judged(with_objectives(sample_runs::queued_overloaded())), "queuemeter-runs/7"));
}

TEST(RunTable, AnEasyDirectRunLooksLikeThis) {
  expect_golden("run_at_ease.txt",
                run_table(judged(with_objectives(sample_runs::direct_at_ease())), ""));
}

TEST(RunTable, WhatWentWrongIsSaidInTheFirstLine) {
  RunDocument run = sample_runs::queued_overloaded();
  run.interrupted = true;
  run.complete = false;
  run.ledger.duplicated = 3;
  run.clock.negative_spans = 1;

  const std::string table = run_table(judged(run), "");

  EXPECT_TRUE(
      table.starts_with("INTERRUPTED. GUARANTEE BROKEN. SATURATED: 76 % of 6,000 calls "
                        "done in time at 600/s.  INVALID"))
      << table.substr(0, 120);
  EXPECT_NE(table.find("INVALID clock_sanity: "), std::string::npos);
  EXPECT_NE(table.find("SUSPECT complete: "), std::string::npos);
  expect_page(table);
}

TEST(RunTable, ARunThatMeasuredNothingIsStillAPage) {
  RunDocument empty;
  empty.balanced = true;
  const std::string table = run_table(judged(empty), "");

  expect_page(table);
  EXPECT_NE(table.find("INVALID (sample_size)"), std::string::npos) << table;
}

TEST(MatrixTable, ManyRunsAreARowEach) {
  std::vector<RunDocument> runs{sample_runs::direct_overloaded(), sample_runs::queued_overloaded(),
                                sample_runs::direct_at_ease(), sample_runs::queued_at_ease()};
  runs[1].label = "path.kind=queued queue.bound=600";
  runs[2].label = "path.kind=direct";
  runs[3].scenario.queue.bound = 50;
  runs[3].clock.over_range = 2;
  runs[3] = with_objectives(runs[3]);
  runs[3].latency[static_cast<std::size_t>(Span::completion)].value().p99 =
      std::chrono::milliseconds{60};
  for (RunDocument& run : runs) {
    judge(run);
  }

  expect_golden("matrix.txt", matrix_table(runs, "queuemeter-runs/9"));
}

TEST(MatrixTable, RunsThatDifferInWhatTheyPromiseAreNotRankedSilently) {
  std::vector<RunDocument> runs{judged(sample_runs::queued_at_ease()),
                                judged(sample_runs::queued_at_ease())};
  EXPECT_EQ(matrix_table(runs, "").find("NOT RANKED"), std::string::npos);

  runs[1].producer_guarantee = "G3";
  runs[1].scenario.traffic.payload_bytes = 4'096;
  const std::string table = matrix_table(runs, "");
  EXPECT_NE(table.find("NOT RANKED: these runs differ in guarantee (G1/C0, G3/C0); payload (256 B, "
                       "4096 B)"),
            std::string::npos)
      << table;
}

TEST(MatrixTable, OfNoRunsIsAPage) { expect_page(matrix_table({}, "")); }

}  // namespace
}  // namespace queuemeter
