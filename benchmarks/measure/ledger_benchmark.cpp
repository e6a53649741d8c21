// SPDX-License-Identifier: Apache-2.0
// What accounting for a call costs. A merge every 65,536 calls is part of it, so that blocks are
// dropped and used again as in a run.
#include "harness/measure/ledger.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

namespace queuemeter {
namespace {

constexpr std::uint64_t calls_per_tick = 65'536;

void BM_LedgerSettleInOrder(benchmark::State& state) {
  Ledger ledger;
  Ledger::Settler& settler = ledger.add_settler();
  std::uint64_t sequence = 0;
  for ([[maybe_unused]] auto _ : state) {
    settler.settle(sequence, Phase::measure, Outcome::completed, Reason::none);
    if (++sequence % calls_per_tick == 0) {
      benchmark::DoNotOptimize(ledger.merge());
    }
  }
}
BENCHMARK(BM_LedgerSettleInOrder);

void BM_LedgerPlanOfferAndSettleInOrder(benchmark::State& state) {
  Ledger ledger;
  Ledger::Planner& planner = ledger.add_planner();
  Ledger::Settler& settler = ledger.add_settler();
  std::uint64_t sequence = 0;
  for ([[maybe_unused]] auto _ : state) {
    planner.planned(Phase::measure);
    planner.offered(Phase::measure);
    settler.settle(sequence, Phase::measure, Outcome::completed, Reason::none);
    if (++sequence % calls_per_tick == 0) {
      benchmark::DoNotOptimize(ledger.merge());
    }
  }
}
BENCHMARK(BM_LedgerPlanOfferAndSettleInOrder);

/// Calls finish in any order among `range` in flight.
void BM_LedgerSettleShuffled(benchmark::State& state) {
  std::vector<std::uint64_t> order(static_cast<std::size_t>(state.range(0)));
  std::iota(order.begin(), order.end(), 0);
  std::mt19937_64 engine{1};
  std::shuffle(order.begin(), order.end(), engine);
  Ledger ledger;
  Ledger::Settler& settler = ledger.add_settler();
  std::uint64_t base = 0;
  std::size_t n = 0;
  std::uint64_t settled = 0;
  for ([[maybe_unused]] auto _ : state) {
    settler.settle(base + order[n], Phase::measure, Outcome::completed, Reason::none);
    if (++n == order.size()) {
      n = 0;
      base += order.size();
    }
    if (++settled % calls_per_tick == 0) {
      benchmark::DoNotOptimize(ledger.merge());
    }
  }
}
BENCHMARK(BM_LedgerSettleShuffled)->Arg(64)->Arg(4096)->Arg(65'536)->Arg(1'048'576);

/// A tick with `range` blocks in flight, held by two settlers.
void BM_LedgerMerge(benchmark::State& state) {
  Ledger ledger;
  Ledger::Settler& first = ledger.add_settler();
  Ledger::Settler& second = ledger.add_settler();
  const auto blocks = static_cast<std::uint64_t>(state.range(0));
  for (std::uint64_t sequence = 1; sequence < blocks * LedgerBlock::calls; ++sequence) {
    if (sequence % LedgerBlock::calls != 0) {
      (sequence % 2 == 0 ? first : second)
          .settle(sequence, Phase::measure, Outcome::completed, Reason::none);
    }
  }
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(ledger.merge());
  }
}
BENCHMARK(BM_LedgerMerge)->Arg(1)->Arg(16)->Arg(256);

}  // namespace
}  // namespace queuemeter
