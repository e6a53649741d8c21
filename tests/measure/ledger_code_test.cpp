// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/ledger_code.hpp"

#include "harness/measure/ledger_block.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <set>
#include <vector>

namespace queuemeter {
namespace {

TEST(LedgerCode, EveryWayToSettleACallHasAByteOfItsOwn) {
  std::set<std::uint8_t> bytes;
  for (std::size_t phase = 0; phase < phase_count; ++phase) {
    for (const Outcome outcome : all_outcomes) {
      for (std::size_t reason = 0; reason < reason_count; ++reason) {
        if (!is_possible(outcome, static_cast<Reason>(reason))) {
          continue;
        }
        const LedgerCode code{static_cast<Phase>(phase), outcome, static_cast<Reason>(reason),
                              false};
        bytes.insert(code.byte());
        ASSERT_TRUE(code.is_settled());
        EXPECT_EQ(code.phase(), static_cast<Phase>(phase));
        EXPECT_EQ(code.outcome(), outcome);
        EXPECT_EQ(code.reason(),
                  outcome == Outcome::completed ? Reason::none : static_cast<Reason>(reason));
        EXPECT_FALSE(code.late());
      }
    }
    const LedgerCode late{static_cast<Phase>(phase), Outcome::completed, Reason::none, true};
    bytes.insert(late.byte());
    EXPECT_TRUE(late.late());
    EXPECT_EQ(late.outcome(), Outcome::completed);
  }
  EXPECT_EQ(bytes.size(), LedgerCode::count - 1);
}

TEST(LedgerCode, AReasonThatTheOutcomeCannotHaveIsNotKept) {
  const LedgerCode code{Phase::measure, Outcome::rejected, Reason::worker_died, false};

  EXPECT_EQ(code.outcome(), Outcome::rejected);
  EXPECT_EQ(code.reason(), Reason::none);
}

TEST(LedgerCode, OnlyACompletedCallIsLate) {
  const LedgerCode code{Phase::measure, Outcome::failed, Reason::reply_timeout, true};

  EXPECT_FALSE(code.late());
}

TEST(LedgerBlockTable, FindsWhatIsInItThroughAnyOrderOfComingAndGoing) {
  std::mt19937_64 engine{17};
  std::vector<std::unique_ptr<LedgerBlock>> blocks;
  for (std::uint64_t number = 0; number < 300; ++number) {
    blocks.push_back(std::make_unique<LedgerBlock>());
    // Neighbours, and strangers that want the same places.
    blocks.back()->number = number % 2 == 0 ? number : number * 1024;
  }
  LedgerBlockTable table;
  std::set<LedgerBlock*> inside;
  for (int round = 0; round < 20'000; ++round) {
    LedgerBlock* const block = blocks[engine() % blocks.size()].get();
    if (inside.erase(block) == 1) {
      table.erase(*block);
    } else {
      table.insert(*block);
      inside.insert(block);
    }
    LedgerBlock* const other = blocks[engine() % blocks.size()].get();
    ASSERT_EQ(table.find(other->number), inside.contains(other) ? other : nullptr);
  }
}

TEST(FinishedBlocks, RemembersExactlyWhatWasFinished) {
  FinishedBlocks finished;
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{63}, std::uint64_t{40'000},
                                     FinishedBlocks::block_limit - 1}) {
    EXPECT_FALSE(finished.contains(number));
    finished.insert(number);
    EXPECT_TRUE(finished.contains(number));
  }
  EXPECT_FALSE(finished.contains(1));
  EXPECT_FALSE(finished.contains(64));
  EXPECT_FALSE(finished.contains(39'999));
}

}  // namespace
}  // namespace queuemeter
