// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/http/figures.hpp"
#include "benchmarks/http/measured_program.hpp"
#include "benchmarks/http/wrk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <unistd.h>

namespace queuemeter::http_benchmark {
namespace {

using testing::HasSubstr;

TEST(Figures, ALimitIsHeldAgainstTheMedian) {
  Figures figures{"Closed loop"};
  for (const double ratio : {1.2, 0.9, 1.06}) {
    figures.add("ratio", "", ratio, at_least(1.05));
  }
  for (const double lateness : {30.0, 50.0}) {
    figures.add("lateness", "us", lateness, at_most(39.0));
  }

  const std::string page = figures.page();

  EXPECT_THAT(page, HasSubstr("## Closed loop\n"));
  EXPECT_THAT(page, HasSubstr("| ratio | 1.06 | 0.9 | 1.2 | ≥ 1.05, kept |\n"));
  EXPECT_THAT(page, HasSubstr("| lateness | 40 us | 30 | 50 | ≤ 39, missed |\n"));
}

TEST(Figures, EveryRoundIsKept) {
  Figures figures{"Open loop"};
  figures.add("delivered", "of the schedule", 1.0);
  figures.add("delivered", "of the schedule", 0.9995);

  EXPECT_EQ(figures.csv(),
            "\"Open loop\",\"delivered\",\"of the schedule\",1,1\n"
            "\"Open loop\",\"delivered\",\"of the schedule\",2,0.9995\n");
}

TEST(Figures, WhatIsAbsentIsALineAndNoTable) {
  Figures figures{"Open loop"};
  figures.remark("wrk2 is not installed");
  figures.remark("wrk2 is not installed");

  EXPECT_EQ(figures.page(), "## Open loop\n\n\nwrk2 is not installed\n\n");
}

TEST(Wrk, ItsAnswersAndItsSecondsAreRead) {
  const WrkRun run = read_wrk(
      "Running 5s test @ http://127.0.0.1:18099/\n"
      "  1 threads and 16 connections\n"
      "  Thread Stats   Avg      Stdev     Max   +/- Stdev\n"
      "    Latency   101.52us   50.10us   2.10ms   72.50%\n"
      "    Req/Sec   127.15k     3.20k  130.10k    68.00%\n"
      "  634561 requests in 5.05s, 82.31MB read\n"
      "Requests/sec: 125655.64\n"
      "Transfer/sec:     16.30MB\n");

  EXPECT_DOUBLE_EQ(run.requests, 634'561.0);
  EXPECT_DOUBLE_EQ(run.seconds, 5.05);
  EXPECT_FALSE(run.median_latency_us.has_value());
}

TEST(Wrk, TheMedianOfWrk2IsRead) {
  const WrkRun run = read_wrk(
      "  Latency Distribution (HdrHistogram - Recorded Latency)\n"
      " 50.000%    0.87ms\n"
      " 75.000%    1.21ms\n"
      "  49998 requests in 5.00s, 7.15MB read\n");

  EXPECT_DOUBLE_EQ(run.median_latency_us.value(), 870.0);
}

TEST(Wrk, FailedRequestsAreNoFigure) {
  EXPECT_THROW(static_cast<void>(read_wrk("  10 requests in 5.00s, 1KB read\n"
                                          "  Socket errors: connect 0, read 3, write 0\n")),
               std::runtime_error);
  EXPECT_THROW(static_cast<void>(read_wrk("  10 requests in 5.00s, 1KB read\n"
                                          "  Non-2xx or 3xx responses: 10\n")),
               std::runtime_error);
  EXPECT_THROW(static_cast<void>(read_wrk("unable to connect\n")), std::runtime_error);
}

TEST(MeasuredProgram, WhatItCostIsWhatTheKernelChargedToIt) {
  const Finished finished = run_to_end(
      {"sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; exit 3"},
      target_core);

  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_EQ(finished.out, "done\n");
  EXPECT_GT(finished.cpu_seconds, 0.01);
  EXPECT_GT(finished.max_rss_bytes, 500'000u);
}

TEST(MeasuredProgram, ARunningOneTellsItsTimeAndItsMemory) {
  EXPECT_GT(cpu_seconds_of(::getpid()), 0.0);
  EXPECT_GT(peak_resident_bytes_of(::getpid()), 1'000'000u);
}

}  // namespace
}  // namespace queuemeter::http_benchmark
