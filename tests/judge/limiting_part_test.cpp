// SPDX-License-Identifier: Apache-2.0
#include "harness/judge/limiting_part.hpp"

#include "tests/record/sample_runs.hpp"

#include <gtest/gtest.h>

namespace queuemeter {
namespace {

RunDocument limited(RunDocument run) {
  run.busy = busy_parts(run);
  run.limiting_part = limiting_part_of(run.busy);
  return run;
}

TEST(LimitingPart, NobodyBelowNineTenths) {
  EXPECT_EQ(limiting_part_of({{"backend", 0.89, ""}, {"workers", 0.5, ""}}), "");
  EXPECT_EQ(limiting_part_of({}), "");
}

TEST(LimitingPart, WorkersThatWaitForAFullBackendAreNotTheLimit) {
  EXPECT_EQ(limiting_part_of({{"workers", 0.999, ""}, {"backend", 0.91, ""}}), "backend");
  EXPECT_EQ(limiting_part_of({{"workers", 0.999, ""}, {"backend", 0.4, ""}}), "workers");
}

TEST(LimitingPart, APartOfAnUnknownNameCanBeTheLimit) {
  EXPECT_EQ(limiting_part_of({{"broker", 0.95, ""}, {"workers", 0.2, ""}}), "broker");
}

TEST(LimitingPart, WhatTheRunListedIsNotReplaced) {
  RunDocument run = sample_runs::queued_at_ease();
  run.busy = {{"backend", 0.123, "as listed"}};

  const std::vector<PartBusy> parts = busy_parts(run);

  EXPECT_EQ(parts.front().text, "as listed");
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[1].part, "workers");
  EXPECT_EQ(parts[1].text, "6 of 8");
  EXPECT_EQ(parts[2].part, "generator");
}

TEST(LimitingPart, TheSentenceSaysWhatHelps) {
  EXPECT_EQ(limiting_sentence(limited(sample_runs::queued_overloaded())),
            "Limit: the backend (8 of 8 slots busy). More workers will not help.");
  EXPECT_EQ(limiting_sentence(limited(sample_runs::direct_overloaded())),
            "Limit: the backend (8 of 8 slots busy).");

  RunDocument few_workers = sample_runs::queued_overloaded();
  few_workers.worker_count = 2;
  few_workers.workers_busy = 2.0;
  few_workers.backend_busy = 2.0;
  EXPECT_EQ(limiting_sentence(limited(few_workers)),
            "Limit: the workers (2 of 2 busy). More workers will help: the backend is only 25 % "
            "busy.");

  EXPECT_EQ(limiting_sentence(limited(sample_runs::queued_at_ease())),
            "Limit: none reached; the busiest part was the backend (75 % busy).");
  EXPECT_EQ(limiting_sentence(RunDocument{}), "Limit: not seen; no part told how busy it was.");
}

TEST(LimitingPart, QueuemeterItselfIsNamedWhenItIsTheLimit) {
  RunDocument run = sample_runs::queued_at_ease();
  run.roles.front().busiest_thread_cpu = 0.97;

  EXPECT_EQ(limiting_sentence(limited(run)),
            "Limit: the generator (97 % busy). That is queuemeter itself: lower the rate "
            "or use more offerers.");
}

}  // namespace
}  // namespace queuemeter
