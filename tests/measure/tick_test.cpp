// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/tick.hpp"

#include <gtest/gtest.h>

namespace queuemeter {
namespace {

/// Every counter different, so that one taken for another shows.
LedgerCounts counts_from(std::int64_t first) {
  LedgerCounts counts;
  std::int64_t next = first;
  counts.planned = next++;
  counts.offered = next++;
  for (std::int64_t& outcome : counts.outcomes) {
    outcome = next++;
  }
  for (std::int64_t& reason : counts.reasons) {
    reason = next++;
  }
  for (std::int64_t* const side :
       {&counts.late, &counts.duplicated, &counts.reordered, &counts.redelivered, &counts.retried,
        &counts.phantom, &counts.wasted}) {
    *side = next++;
  }
  return counts;
}

LedgerCounts one_of_each_outcome(std::int64_t planned) {
  LedgerCounts counts;
  counts.planned = planned;
  counts.outcomes.fill(1);
  return counts;
}

TEST(LedgerCounts, AddingAndTakingAwayUndoEachOther) {
  LedgerCounts counts = counts_from(100);
  counts += counts_from(1);
  EXPECT_EQ(counts.planned, 101);
  EXPECT_EQ(counts.wasted, counts_from(100).wasted + counts_from(1).wasted);
  EXPECT_NE(counts, counts_from(100));

  counts -= counts_from(1);

  EXPECT_EQ(counts, counts_from(100));
}

TEST(LedgerCounts, NineOutcomesAndWhatIsInFlightAddUpToPlanned) {
  const LedgerCounts counts = one_of_each_outcome(20);

  EXPECT_EQ(counts.settled(), 9);
  EXPECT_EQ(counts.in_flight(), 11);
}

TEST(LedgerCounts, DropRateHasFiveOutcomesAndItsMaximumSeven) {
  const LedgerCounts counts = one_of_each_outcome(10);

  EXPECT_DOUBLE_EQ(counts.drop_rate(), 0.5);
  EXPECT_DOUBLE_EQ(counts.drop_rate_max(), 0.7);
}

TEST(LedgerCounts, NothingPlannedIsNothingDropped) {
  EXPECT_EQ(LedgerCounts{}.drop_rate(), 0.0);
  EXPECT_EQ(LedgerCounts{}.drop_rate_max(), 0.0);
}

TEST(LedgerCounts, GoodputIsCompletedInTime) {
  LedgerCounts counts;
  counts.outcomes[static_cast<std::size_t>(Outcome::completed)] = 10;
  counts.late = 3;

  EXPECT_EQ(counts.goodput(), 7);
}

}  // namespace
}  // namespace queuemeter
