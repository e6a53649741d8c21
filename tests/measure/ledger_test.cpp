// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/ledger.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

namespace queuemeter {
namespace {

/// Sanitizers make a call ten times as dear; the claims do not need so many.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t many_calls = 1'000'000;
#else
constexpr std::uint64_t many_calls = 10'000'000;
#endif

class LedgerTest : public testing::Test {
 protected:
  bool complete(std::uint64_t sequence) { return complete(first_, sequence); }
  static bool complete(Ledger::Settler& settler, std::uint64_t sequence) {
    return settler.settle(sequence, Phase::measure, Outcome::completed, Reason::none);
  }
  LedgerCounts measured() { return ledger_.merge()[static_cast<std::size_t>(Phase::measure)]; }
  /// Merges, and lets the settlers read their mail, as settling in another block does. The calls
  /// that it takes for that are of the warm-up, from `spare` on.
  void merge_until_quiet(std::uint64_t spare) {
    for (int round = 0; round < 4; ++round, ++spare) {
      (void)ledger_.merge();
      for (Ledger::Settler* const settler : {&first_, &second_}) {
        settler->settle(spare, Phase::warm_up, Outcome::completed, Reason::none);
        settler->settle(spare + LedgerBlock::calls, Phase::warm_up, Outcome::completed,
                        Reason::none);
      }
    }
    (void)ledger_.merge();
  }

  Ledger ledger_;
  Ledger::Planner& planner_ = ledger_.add_planner();
  Ledger::Settler& first_ = ledger_.add_settler();
  Ledger::Settler& second_ = ledger_.add_settler();
};
using LedgerAccount = LedgerTest;

TEST_F(LedgerAccount, EveryOutcomeReasonAndPhaseIsCountedWhereItBelongs) {
  std::uint64_t sequence = 0;
  for (std::size_t phase = 0; phase < phase_count; ++phase) {
    for (const Outcome outcome : all_outcomes) {
      planner_.planned(static_cast<Phase>(phase), 2);
      planner_.offered(static_cast<Phase>(phase));
      first_.settle(sequence++, static_cast<Phase>(phase), outcome, Reason::backend_error);
      first_.settle(sequence++, static_cast<Phase>(phase), outcome, Reason::full, true);
    }
  }

  for (const LedgerCounts& counts : ledger_.merge()) {
    EXPECT_EQ(counts.planned, 18);
    EXPECT_EQ(counts.offered, 9);
    EXPECT_EQ(counts.in_flight(), 0);
    for (const Outcome outcome : all_outcomes) {
      EXPECT_EQ(counts.of(outcome), 2) << to_string(outcome);
    }
    // A call keeps a reason that its outcome can have; only a completed call is late.
    EXPECT_EQ(counts.of(Reason::backend_error), 1);
    EXPECT_EQ(counts.of(Reason::full), 1);
    EXPECT_EQ(counts.late, 1);
    EXPECT_EQ(counts.goodput(), 1);
  }
}

TEST_F(LedgerAccount, WhatEachSettlerSettledAddsUpToTheWhole) {
  planner_.planned(Phase::measure, 3);
  planner_.offered(Phase::measure, 2);
  EXPECT_TRUE(complete(first_, 0));
  EXPECT_TRUE(complete(second_, 1));
  EXPECT_TRUE(second_.settle(2, Phase::measure, Outcome::unsent, Reason::none));

  LedgerCounts sum = first_.counts()[1];
  EXPECT_EQ(sum.planned, 1);
  sum += second_.counts()[1];
  EXPECT_EQ(sum, measured());
}

TEST_F(LedgerAccount, WhatIsPlannedAndNotSettledIsInFlight) {
  planner_.planned(Phase::measure, 10);
  EXPECT_TRUE(complete(3));

  EXPECT_EQ(measured().in_flight(), 9);
}

TEST_F(LedgerAccount, ACallIsSettledByTheFirstAndLaterOnesAreDuplicated) {
  planner_.planned(Phase::measure, 2);
  EXPECT_TRUE(first_.settle(5, Phase::measure, Outcome::failed, Reason::reply_timeout));
  EXPECT_FALSE(complete(5));
  EXPECT_FALSE(complete(5));
  EXPECT_TRUE(complete(6));

  const LedgerCounts counts = measured();
  EXPECT_EQ(counts.of(Outcome::failed), 1);
  EXPECT_EQ(counts.of(Outcome::completed), 1);
  EXPECT_EQ(counts.duplicated, 2);
  EXPECT_EQ(counts.in_flight(), 0);
}

TEST_F(LedgerAccount, SideCountsDescribeCallsAndSettleNone) {
  first_.reordered(Phase::measure, 2);
  first_.redelivered(Phase::measure, 3);
  second_.retried(Phase::measure, 4);
  second_.wasted(Phase::measure, 5);
  second_.duplicated(Phase::measure, 6);

  const LedgerCounts counts = measured();
  EXPECT_EQ(counts.settled(), 0);
  EXPECT_EQ(counts.reordered, 2);
  EXPECT_EQ(counts.redelivered, 3);
  EXPECT_EQ(counts.retried, 4);
  EXPECT_EQ(counts.wasted, 5);
  EXPECT_EQ(counts.duplicated, 6);
}

TEST_F(LedgerAccount, AReplyForAnUnknownCallCorrectsItAndIsAPhantom) {
  planner_.planned(Phase::measure);
  EXPECT_TRUE(first_.settle(9, Phase::measure, Outcome::unknown, Reason::disconnected));
  EXPECT_EQ(measured().of(Outcome::unknown), 1);

  EXPECT_TRUE(first_.correct(9, Outcome::completed, Reason::none, true));

  const LedgerCounts counts = measured();
  EXPECT_EQ(counts.of(Outcome::unknown), 0);
  EXPECT_EQ(counts.of(Reason::disconnected), 0);
  EXPECT_EQ(counts.of(Outcome::completed), 1);
  EXPECT_EQ(counts.late, 1);
  EXPECT_EQ(counts.phantom, 1);
  EXPECT_EQ(counts.duplicated, 0);
}

TEST_F(LedgerAccount, AnUnknownCallThatTheSweepFindsIsNoPhantom) {
  EXPECT_TRUE(first_.settle(9, Phase::measure, Outcome::unknown, Reason::none));

  EXPECT_TRUE(first_.correct(9, Outcome::unfinished, Reason::drain_ended));

  const LedgerCounts counts = measured();
  EXPECT_EQ(counts.of(Outcome::unfinished), 1);
  EXPECT_EQ(counts.of(Reason::drain_ended), 1);
  EXPECT_EQ(counts.phantom, 0);
}

TEST_F(LedgerAccount, ThereIsNothingToCorrectInACallThatWasNotSettledHere) {
  EXPECT_TRUE(complete(second_, 2));

  EXPECT_FALSE(first_.correct(1, Outcome::completed, Reason::none));
  EXPECT_FALSE(first_.correct(2, Outcome::lost, Reason::none));

  EXPECT_EQ(measured().settled(), 1);
}

TEST_F(LedgerAccount, TwoSettlersOfOneCallCountItOnceAndTheCompletionWins) {
  planner_.planned(Phase::measure, 3);
  first_.settle(1, Phase::measure, Outcome::failed, Reason::backend_error);
  second_.settle(1, Phase::measure, Outcome::completed, Reason::none);
  first_.settle(2, Phase::measure, Outcome::completed, Reason::none, true);
  second_.settle(2, Phase::measure, Outcome::completed, Reason::none);
  first_.settle(3, Phase::measure, Outcome::expired, Reason::deadline);
  second_.settle(3, Phase::measure, Outcome::lost, Reason::none);

  for (int round = 0; round < 3; ++round) {
    const LedgerCounts counts = measured();
    EXPECT_EQ(counts.in_flight(), 0);
    EXPECT_EQ(counts.of(Outcome::completed), 2);
    EXPECT_EQ(counts.of(Outcome::failed), 0);
    EXPECT_EQ(counts.of(Reason::backend_error), 0);
    EXPECT_EQ(counts.of(Outcome::expired) + counts.of(Outcome::lost), 1);
    EXPECT_EQ(counts.duplicated, 3);
  }
}

TEST_F(LedgerAccount, ACompletionElsewhereOfWhatIsUnknownHereIsAPhantom) {
  first_.settle(1, Phase::measure, Outcome::unknown, Reason::disconnected);
  second_.settle(1, Phase::measure, Outcome::completed, Reason::none);

  const LedgerCounts counts = measured();
  EXPECT_EQ(counts.settled(), 1);
  EXPECT_EQ(counts.of(Outcome::completed), 1);
  EXPECT_EQ(counts.phantom, 1);
  EXPECT_EQ(counts.duplicated, 0);
}

TEST_F(LedgerAccount, BothCorrectingAndSettlingElsewhereStillCountsOnce) {
  first_.settle(1, Phase::measure, Outcome::unknown, Reason::disconnected);
  second_.settle(1, Phase::measure, Outcome::completed, Reason::none);
  EXPECT_TRUE(first_.correct(1, Outcome::completed, Reason::none));

  const LedgerCounts counts = measured();
  EXPECT_EQ(counts.settled(), 1);
  EXPECT_EQ(counts.of(Outcome::completed), 1);
  EXPECT_EQ(counts.phantom, 1);
  EXPECT_EQ(counts.duplicated, 1);
}

TEST_F(LedgerAccount, CallsSettledInAnyOrderByAnyoneAreExact) {
  constexpr std::uint64_t calls = 50'000;
  std::vector<std::uint64_t> order(calls);
  std::iota(order.begin(), order.end(), 0);
  std::mt19937_64 engine{5};
  std::shuffle(order.begin(), order.end(), engine);
  planner_.planned(Phase::measure, calls);

  std::int64_t duplicates = 0;
  for (std::size_t n = 0; n < order.size(); ++n) {
    EXPECT_TRUE(complete(n % 2 == 0 ? first_ : second_, order[n]));
    if (n % 10 == 0) {
      // The same call again, half of them by the other settler.
      complete(n % 20 == 0 ? first_ : second_, order[n]);
      ++duplicates;
    }
    if (n % 1000 == 0) {
      ASSERT_EQ(measured().in_flight(), static_cast<std::int64_t>(calls - n - 1));
    }
  }

  const LedgerCounts counts = measured();
  EXPECT_EQ(counts.of(Outcome::completed), static_cast<std::int64_t>(calls));
  EXPECT_EQ(counts.duplicated, duplicates);
  EXPECT_EQ(counts.in_flight(), 0);
}

using LedgerBlocks = LedgerTest;

TEST_F(LedgerBlocks, MemoryFollowsWhatIsInFlightAndNotWhatHasPassed) {
  std::size_t most = 0;
  for (std::uint64_t sequence = 0; sequence < many_calls; ++sequence) {
    planner_.planned(Phase::measure);
    ASSERT_TRUE(complete(sequence));
    if (sequence % 10'000 == 0) {
      ASSERT_EQ(measured().in_flight(), 0);
      most = std::max(most, ledger_.live_blocks());
    }
  }

  EXPECT_EQ(measured().of(Outcome::completed), static_cast<std::int64_t>(many_calls));
  EXPECT_LE(most, 8U);
  EXPECT_LE(ledger_.allocated_blocks(), 16U);
}

TEST_F(LedgerBlocks, ACallThatHangsForEverPinsOneBlock) {
  std::size_t most = 0;
  for (std::uint64_t sequence = 0; sequence < many_calls / 5; ++sequence) {
    if (sequence != 77) {
      ASSERT_TRUE(complete(sequence));
    }
    if (sequence % 10'000 == 0) {
      (void)ledger_.merge();
      most = std::max(most, ledger_.live_blocks());
    }
  }
  EXPECT_LE(most, 9U);

  EXPECT_TRUE(complete(77));
  EXPECT_FALSE(complete(77));
  EXPECT_FALSE(complete(78));
  EXPECT_EQ(measured().duplicated, 2);
}

TEST_F(LedgerBlocks, WhatArrivesForADroppedBlockIsADuplicateWhoeverBringsIt) {
  for (std::uint64_t sequence = 0; sequence < LedgerBlock::calls; ++sequence) {
    ASSERT_TRUE(complete(sequence));
  }
  merge_until_quiet(1'000'000);
  const std::size_t live = ledger_.live_blocks();

  EXPECT_FALSE(complete(first_, 5));
  EXPECT_FALSE(complete(second_, 6));

  const LedgerCounts counts = measured();
  EXPECT_EQ(counts.duplicated, 2);
  EXPECT_EQ(counts.of(Outcome::completed), static_cast<std::int64_t>(LedgerBlock::calls));
  EXPECT_EQ(ledger_.live_blocks(), live);
}

TEST_F(LedgerBlocks, ABlockSettledByTwoIsDroppedAndItsDuplicatesStayCounted) {
  for (std::uint64_t sequence = 0; sequence < LedgerBlock::calls; ++sequence) {
    ASSERT_TRUE(complete(sequence % 2 == 0 ? first_ : second_, sequence));
    if (sequence % 100 == 0) {
      ASSERT_TRUE(complete(second_, sequence));
    }
  }
  EXPECT_EQ(measured().duplicated, 41);
  EXPECT_EQ(ledger_.live_blocks(), 2U);

  merge_until_quiet(1'000'000);

  EXPECT_EQ(ledger_.live_blocks(), 4U);  // only the spare calls' blocks: two numbers, two settlers
  EXPECT_EQ(measured().duplicated, 41);
  EXPECT_EQ(measured().of(Outcome::completed), static_cast<std::int64_t>(LedgerBlock::calls));
}

TEST_F(LedgerBlocks, ASettlerThatOpensABlockJustAsItIsDroppedBringsDuplicates) {
  for (std::uint64_t sequence = 0; sequence < LedgerBlock::calls; ++sequence) {
    ASSERT_TRUE(complete(first_, sequence));
  }
  // Not announced as finished yet, so the second settler takes it for its own.
  EXPECT_TRUE(complete(second_, 10));
  EXPECT_EQ(measured().of(Outcome::completed), static_cast<std::int64_t>(LedgerBlock::calls));
  EXPECT_EQ(measured().duplicated, 1);
  // It may go on writing to it until it reads its mail.
  EXPECT_TRUE(complete(second_, 11));
  EXPECT_EQ(measured().duplicated, 2);

  merge_until_quiet(1'000'000);

  EXPECT_EQ(measured().of(Outcome::completed), static_cast<std::int64_t>(LedgerBlock::calls));
  EXPECT_EQ(measured().duplicated, 2);
}

TEST_F(LedgerBlocks, ACallInDoubtKeepsItsBlockSoThatAReplyCanCorrectIt) {
  EXPECT_TRUE(first_.settle(0, Phase::measure, Outcome::unknown, Reason::none));
  for (std::uint64_t sequence = 1; sequence < 20 * LedgerBlock::calls; ++sequence) {
    ASSERT_TRUE(complete(sequence));
    if (sequence % 1000 == 0) {
      (void)ledger_.merge();
    }
  }
  EXPECT_TRUE(first_.correct(0, Outcome::completed, Reason::none));
  merge_until_quiet(1'000'000);

  EXPECT_FALSE(first_.correct(0, Outcome::lost, Reason::none));
  EXPECT_EQ(measured().of(Outcome::completed), static_cast<std::int64_t>(20 * LedgerBlock::calls));
  EXPECT_EQ(measured().phantom, 1);
  EXPECT_EQ(ledger_.no_longer_correctable(), 0U);
}

TEST_F(LedgerBlocks, BlocksInDoubtAreKeptUpToALimitAndTheRestIsCounted) {
  constexpr std::uint64_t blocks = Ledger::in_doubt_block_limit + 10;
  for (std::uint64_t sequence = 0; sequence < blocks * LedgerBlock::calls; ++sequence) {
    const bool in_doubt = sequence % LedgerBlock::calls == 0;
    first_.settle(sequence, Phase::measure, in_doubt ? Outcome::unknown : Outcome::completed,
                  Reason::none);
  }
  (void)ledger_.merge();
  EXPECT_EQ(ledger_.no_longer_correctable(), 10U);
  merge_until_quiet(blocks * LedgerBlock::calls + 100);

  EXPECT_FALSE(first_.correct(0, Outcome::completed, Reason::none));
  EXPECT_TRUE(first_.correct(10 * LedgerBlock::calls, Outcome::completed, Reason::none));
  EXPECT_EQ(measured().of(Outcome::unknown), static_cast<std::int64_t>(blocks) - 1);
}

}  // namespace
}  // namespace queuemeter
