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

TEST(RunTable, CallersOfTwoClassesLookLikeThis) {
  RunDocument run = sample_runs::callers_at_ease();
  run.ledger.redelivered = 2;
  run.worker_troubles->crashed = 1;
  expect_golden("run_callers.txt", run_table(judged(run), "queuemeter-runs/8"));
}

TEST(RunTable, SharedStampsAreSaidAboveTheTimes) {
  RunDocument run = sample_runs::queued_at_ease();
  run.scenario.traffic.model = TrafficModel::saturate;
  EXPECT_EQ(run_table(judged(run), "").find("STAMPS SHARED"), std::string::npos);

  run.scenario.queue.stamps = Stamps::shared;
  const std::string table = run_table(judged(run), "");
  EXPECT_LT(table.find("STAMPS SHARED"), table.find("p99.9")) << table;
  expect_page(table);
}

TEST(RunTable, AOneSidedPathShowsOnlyTheClockItHas) {
  RunDocument run = sample_runs::queued_at_ease();
  run.latency[static_cast<std::size_t>(Span::completion)].reset();
  run.scenario.path.kind = PathKind::offer;
  const std::string offer = run_table(judged(run), "");
  EXPECT_EQ(offer.find("result ready"), std::string::npos) << offer;
  EXPECT_NE(offer.find("first answer"), std::string::npos) << offer;

  run.scenario.path.kind = PathKind::take;
  run.latency[static_cast<std::size_t>(Span::answer)].reset();
  const std::string take = run_table(judged(run), "");
  EXPECT_EQ(take.find("first answer"), std::string::npos) << take;
}

TEST(RunTable, AConnectionIsOnlyWaitedForWhereThereIsOne) {
  RunDocument run = sample_runs::queued_at_ease();
  EXPECT_NE(run_table(judged(run), "").find("wait for a connection"), std::string::npos);

  run.scenario.backend.kind = BackendSettings::Kind::synthetic;
  EXPECT_EQ(run_table(judged(run), "").find("wait for a connection"), std::string::npos);
}

/// The line after "next".
std::string next_of(const RunDocument& run) {
  const std::string table = run_table(judged(run), "runs/1");
  return table.substr(table.find("next  "));
}

TEST(RunTable, TheNextStepFollowsFromWhatHeldTheRunBack) {
  EXPECT_NE(next_of(sample_runs::queued_overloaded()).find("--set queue.bound="),
            std::string::npos);
  EXPECT_NE(next_of(sample_runs::direct_overloaded()).find("--set path.kind=queued"),
            std::string::npos);
  EXPECT_NE(next_of(sample_runs::queued_at_ease()).find("--rate 600/s"), std::string::npos);
  EXPECT_NE(next_of(sample_runs::callers_at_ease()).find("--callers 120"), std::string::npos);

  RunDocument few_workers = sample_runs::queued_overloaded();
  few_workers.backend_busy = 2.0;
  few_workers.workers_busy = 8.0;
  EXPECT_NE(next_of(few_workers).find("--workers 16"), std::string::npos);

  RunDocument broken = sample_runs::queued_at_ease();
  broken.clock.negative_spans = 1;
  EXPECT_NE(next_of(broken).find("queuemeter doctor"), std::string::npos);
}

TEST(RunTable, APasswordIsNeitherShownNorForgotten) {
  RunDocument run = sample_runs::queued_at_ease();
  run.scenario.queue.use = "redis://ann:secret@127.0.0.1:6379/0";
  const std::string table = run_table(judged(run), "runs/1");

  EXPECT_EQ(table.find("secret"), std::string::npos) << table;
  EXPECT_NE(next_of(run).find("--queue"), std::string::npos) << table;
}

TEST(MatrixTable, WhatRunsShareStandsAboveAndWhatDiffersStandsByThem) {
  std::vector<RunDocument> runs{judged(sample_runs::queued_at_ease()),
                                judged(sample_runs::queued_at_ease())};
  const std::string alike = matrix_table(runs, "");
  EXPECT_NE(alike.find("300 calls/s in total (poisson); queued, 8 workers; mutex_deque; "),
            std::string::npos)
      << alike;

  runs[1].scenario.traffic.rate = Rate::per_second(450);
  runs[1].scenario.backend.concurrency = 16;
  const std::string differing = matrix_table(runs, "");
  EXPECT_NE(differing.find("450 calls/s in total (poisson); backend 16 slots"), std::string::npos)
      << differing;
  expect_page(differing);
}

TEST(MatrixTable, RepetitionsAreCountedAndTheirSpreadIsTold) {
  std::vector<RunDocument> runs(3, judged(sample_runs::queued_at_ease()));
  for (std::size_t index = 0; index < runs.size(); ++index) {
    runs[index].repetition = index + 1;
  }
  runs[2].completed_per_s = 290.0;
  runs[2].latency[static_cast<std::size_t>(Span::completion)]->p99 = std::chrono::milliseconds{44};
  const std::string table = matrix_table(runs, "");

  EXPECT_NE(table.find("no. 3"), std::string::npos) << table;
  EXPECT_NE(table.find("3 runs: done 290/s to 300/s, result p99 38 ms to 44 ms"), std::string::npos)
      << table;
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
  runs[1].scenario.traffic.payload = SizeDistribution::constant(4'096);
  const std::string table = matrix_table(runs, "");
  EXPECT_NE(table.find("NOT RANKED: these runs differ in guarantee (G1/C0, G3/C0); payload (256B, "
                       "4096B)"),
            std::string::npos)
      << table;
}

TEST(MatrixTable, OfNoRunsIsAPage) { expect_page(matrix_table({}, "")); }

TEST(RunTable, HowResultsCameThroughAFrontEndIsSaid) {
  RunDocument run = sample_runs::direct_at_ease();
  run.scenario.path.kind = PathKind::front;
  run.front = FrontResult{.polls = 6'000, .mean_poll_s = 0.0005, .reports = 3'000, .forged = 2};
  const auto table_of = [&run](CompletedBy completed_by) {
    run.scenario.path.site.completion = completed_by;
    const std::string table = run_table(judged(run), "");
    expect_page(table);
    return table;
  };

  EXPECT_NE(table_of(CompletedBy::callback).find("callbacks  3,000 came; 2 forged and refused"),
            std::string::npos);
  EXPECT_NE(table_of(CompletedBy::poll)
                .find("polls      6,000 questions, 2.0 for each call done, "
                      "0.5 ms each"),
            std::string::npos);
  EXPECT_NE(table_of(CompletedBy::backend).find("watched    3,000 answers of the backend"),
            std::string::npos);
  EXPECT_NE(table_of(CompletedBy::response)
                .find("own front end, mutex_deque, 8 workers; results "
                      "by response"),
            std::string::npos);
  run.scenario.path.site.url = "http://me:secret@127.0.0.1/orders";
  const std::string foreign = table_of(CompletedBy::callback);
  EXPECT_NE(foreign.find("results by callback"), std::string::npos);
  EXPECT_NE(foreign.find("backend of its own"), std::string::npos);
  EXPECT_EQ(foreign.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace queuemeter
