// SPDX-License-Identifier: Apache-2.0
// A run whose worker processes are killed at any instruction, while the run's own ledger counts.
#include "tests/run/run_with_kills.hpp"

#include <gtest/gtest.h>

namespace queuemeter {
namespace {

TEST(RunWithKilledWorkers, LosesWhatTheDeadHeldWhereTheQueueForgetsWhatItHandsOver) {
  constexpr std::int64_t deaths = 1000;

  const RunDocument run = run_with_kills(processes_on("sysv"), deaths);

  const std::int64_t lost = run.ledger.of(Outcome::lost);
  EXPECT_GT(lost, deaths / 20) << "calls in the hands of the dead";
  EXPECT_LE(lost, deaths) << "one to each at the most";
  EXPECT_EQ(run.ledger.of(Reason::worker_died), lost);
  EXPECT_EQ(run.ledger.duplicated, 0);
  EXPECT_EQ(run.ledger.redelivered, 0);
}

}  // namespace
}  // namespace queuemeter
