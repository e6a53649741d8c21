// SPDX-License-Identifier: Apache-2.0
// The ledger as a run uses it: a planning, two settling and a tick thread at once.
#include "harness/measure/ledger.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace queuemeter {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t calls = 400'000;
#else
constexpr std::uint64_t calls = 4'000'000;
#endif
constexpr std::uint64_t correction_delay = 5000;

/// What the settler of the even (0) or the odd (1) calls does with its part of the plan.
class HalfOfThePlan {
 public:
  HalfOfThePlan(Ledger::Settler& settler, std::uint64_t parity)
      : settler_{settler}, parity_{parity} {}

  void settle(std::uint64_t sequence) {
    const bool mine = sequence % 2 == parity_;
    const bool settled_by_both = sequence % 100 == 50;
    if (!mine && !settled_by_both) {
      return;
    }
    const bool in_doubt = sequence % 1000 == 200 + parity_;
    EXPECT_TRUE(settler_.settle(sequence, Phase::measure,
                                in_doubt ? Outcome::unknown : Outcome::completed, Reason::none));
    if (in_doubt && sequence >= correction_delay) {
      EXPECT_TRUE(settler_.correct(sequence - correction_delay, Outcome::completed, Reason::none));
    }
    if (sequence % 64 == 10 + parity_) {
      EXPECT_FALSE(settler_.settle(sequence, Phase::measure, Outcome::lost, Reason::none));
    }
  }

 private:
  Ledger::Settler& settler_;
  std::uint64_t parity_;
};
constexpr std::int64_t left_in_doubt = 2 * correction_delay / 1000;
constexpr std::int64_t corrected = 2 * calls / 1000 - left_in_doubt;
constexpr std::int64_t settled_twice = calls / 100 + 2 * calls / 64;

TEST(LedgerThreads, TheAccountBalancesOnEveryTickAndIsExactAtTheEnd) {
  Ledger ledger;
  Ledger::Planner& planner = ledger.add_planner();
  std::atomic<std::uint64_t> planned{0};
  std::atomic<int> settling{2};

  const auto settle_half = [&](std::uint64_t parity) {
    HalfOfThePlan half{ledger.add_settler(), parity};
    for (std::uint64_t sequence = 0; sequence < calls; ++sequence) {
      while (planned.load(std::memory_order_acquire) <= sequence) {
        std::this_thread::yield();
      }
      half.settle(sequence);
    }
    settling.fetch_sub(1);
  };
  const std::jthread even{settle_half, 0};
  const std::jthread odd{settle_half, 1};
  const std::jthread offerer{[&] {
    for (std::uint64_t sequence = 0; sequence < calls; ++sequence) {
      planner.planned(Phase::measure);
      planner.offered(Phase::measure);
      planned.store(sequence + 1, std::memory_order_release);
    }
  }};
  const auto measured = [&] { return ledger.merge()[static_cast<std::size_t>(Phase::measure)]; };
  while (settling.load() > 0) {
    const LedgerCounts counts = measured();
    EXPECT_GE(counts.in_flight(), 0);
    EXPECT_LE(counts.planned, static_cast<std::int64_t>(calls));
    std::this_thread::yield();
  }

  const LedgerCounts counts = measured();
  EXPECT_EQ(counts.planned, static_cast<std::int64_t>(calls));
  EXPECT_EQ(counts.in_flight(), 0);
  EXPECT_EQ(counts.of(Outcome::lost), 0);
  EXPECT_EQ(counts.of(Outcome::unknown), left_in_doubt);
  EXPECT_EQ(counts.of(Outcome::completed), static_cast<std::int64_t>(calls) - left_in_doubt);
  EXPECT_EQ(counts.phantom, corrected);
  EXPECT_EQ(counts.duplicated, settled_twice);
  EXPECT_EQ(ledger.no_longer_correctable(), 0U);
}

}  // namespace
}  // namespace queuemeter
