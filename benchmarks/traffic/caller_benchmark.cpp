// SPDX-License-Identifier: Apache-2.0
// What callers who wait cost: a closed loop on the direct path with a backend in memory. The
// callers think so long that all of them together make 2,000,000 calls/s, however many they are;
// virtual time passes in steps of 20 us, so forty calls are due at once. An iteration is such a
// step; CPU time per call and bytes per caller are the result.
#include "benchmarks/path/parts.hpp"
#include "harness/backend/synthetic_backend.hpp"
#include "harness/call/clock.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/direct_entry.hpp"
#include "harness/path/record_table.hpp"
#include "harness/traffic/caller_loop.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <malloc.h>
#include <memory>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr double calls_per_second = 2e6;
constexpr Duration step = 20us;
constexpr Duration service_time = 100us;

std::size_t bytes_in_use() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

void BM_Callers(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const Duration cycle = from_seconds(static_cast<double>(count) / calls_per_second);
  VirtualClock clock{Instant{1h}};
  const RunWindow window{clock.now(), clock.now(), clock.now() + 1000h};
  Ledger ledger;
  Recorders recorders{1};
  const auto settlements =
      make_settlements(window, ledger, recorders, "callers", Settlement::AnswerIs::result);
  const std::size_t bytes_before = bytes_in_use();

  RecordTable table{1};
  table.make_room(count);
  CallPool pool{table.records(), 0};
  SyntheticSettings settings;
  settings.model.service_time = Distribution::constant(service_time);
  settings.model.concurrency = count;
  const auto backend = make_synthetic_backend(settings);
  DirectEntry entry{clock, CallMaker{1, 7, 0, {ClassTemplate{}}}, pool, *backend, 5s, *settlements};
  const ClassDraw one_class;
  CallerLoop callers{
      {.count = count,
       .ramp = cycle,
       .habits = {.think = Distribution::exponential(cycle - service_time), .seed = 7}},
      one_class,
      {},
      window,
      entry,
      ledger.add_planner()};
  entry.connect(nullptr);
  const auto planned = [&ledger] { return static_cast<double>(ledger.merge()[1].planned); };
  for (Duration warm{0}; warm < 2 * cycle; warm += step) {
    callers.step(clock.now());
    clock.advance_by(step);
  }

  const double before = planned();
  std::uint64_t steps = 0;
  for ([[maybe_unused]] const auto& iteration : state) {
    callers.step(clock.now());
    clock.advance_by(step);
    if (++steps % 5000 == 0) {
      benchmark::DoNotOptimize(ledger.merge());
    }
  }
  const double calls = planned() - before;
  state.counters["cpu_ns_per_call"] =
      benchmark::Counter{calls * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert};
  state.counters["timer_bytes_per_caller"] =
      static_cast<double>(callers.timer_bytes()) / static_cast<double>(count);
  state.counters["bytes_per_caller"] =
      static_cast<double>(bytes_in_use() - bytes_before) / static_cast<double>(count);
  entry.disconnect();
}
BENCHMARK(BM_Callers)->Arg(1'000)->Arg(100'000)->Arg(200'000)->Arg(1'000'000);

}  // namespace
}  // namespace queuemeter
