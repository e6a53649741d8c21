// SPDX-License-Identifier: Apache-2.0
// What a reading of the clock costs: four of them are most of what a call costs.
#include "harness/call/tsc_clock.hpp"

#include <benchmark/benchmark.h>

#include <memory>

namespace queuemeter {
namespace {

void BM_MonotonicClock(benchmark::State& state) {
  const MonotonicClock clock;
  for ([[maybe_unused]] const auto& iteration : state) {
    benchmark::DoNotOptimize(clock.now());
  }
}
BENCHMARK(BM_MonotonicClock);

/// The best clock here, through its interface.
void BM_BestClock(benchmark::State& state) {
  const std::unique_ptr<Clock> clock = best_clock();
  for ([[maybe_unused]] const auto& iteration : state) {
    benchmark::DoNotOptimize(clock->now());
  }
  state.SetLabel(std::string{clock->name()});
}
BENCHMARK(BM_BestClock);

/// As the loops of in-process queues read it, with the reading inlined.
void BM_TscClock(benchmark::State& state) {
  const std::unique_ptr<Clock> clock = best_clock();
  const auto* const tsc = dynamic_cast<const TscClock*>(clock.get());
  if (tsc == nullptr) {
    state.SkipWithError("the time stamp counter is not to be trusted here");
    return;
  }
  for ([[maybe_unused]] const auto& iteration : state) {
    benchmark::DoNotOptimize(tsc->now());
  }
}
BENCHMARK(BM_TscClock);

/// A reading that must not come before the loads in front of it, as when a call is taken.
void BM_TscClockInOrder(benchmark::State& state) {
  const std::unique_ptr<Clock> clock = best_clock();
  const auto* const tsc = dynamic_cast<const TscClock*>(clock.get());
  if (tsc == nullptr) {
    state.SkipWithError("the time stamp counter is not to be trusted here");
    return;
  }
  for ([[maybe_unused]] const auto& iteration : state) {
    order_clock_readings();
    benchmark::DoNotOptimize(tsc->now());
  }
}
BENCHMARK(BM_TscClockInOrder);

/// What keeps the clock near the kernel's, ten times a second.
void BM_RenewBestClock(benchmark::State& state) {
  const std::unique_ptr<Clock> clock = best_clock();
  for ([[maybe_unused]] const auto& iteration : state) {
    clock->renew();
  }
}
BENCHMARK(BM_RenewBestClock);

}  // namespace
}  // namespace queuemeter
