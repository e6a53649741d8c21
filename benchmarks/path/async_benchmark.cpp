// SPDX-License-Identifier: Apache-2.0
// What 10,000 asynchronous slots cost: the real crew, queue and settler, in virtual time that
// passes in steps of 20 us, so that as many calls are due at once as on a loaded machine (ten, at
// the 500,000 calls/s that 10,000 slots x 20 ms make). An iteration is such a step.
#include "benchmarks/path/parts.hpp"
#include "harness/backend/synthetic_backend.hpp"
#include "harness/call/clock.hpp"
#include "harness/measure/ledger.hpp"
#include "harness/measure/recorder.hpp"
#include "harness/path/async_crew.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/record_table.hpp"
#include "harness/path/reply_inbox.hpp"
#include "harness/path/saturation.hpp"
#include "harness/path/settler.hpp"
#include "queue_impls/catalogue.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <utility>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr Duration step = 20us;

void BM_AsyncSlots(benchmark::State& state) {
  const auto slots = static_cast<std::size_t>(state.range(0));
  const std::size_t records = 2 * slots + 4096;
  VirtualClock clock{Instant{1h}};
  const RunWindow window{clock.now(), clock.now(), clock.now() + 1000h};
  RecordTable table{1};
  table.make_room(records);
  CallPool pool{table.records()};
  Ledger ledger;
  Recorders recorders{2};
  const auto offering = make_settlements(window, ledger, recorders, "source");
  const auto settling = make_settlements(window, ledger, recorders, "settler");
  QueueSettings settings;
  settings.use = "null";
  settings.bound = 1024;
  settings.wait = WaitPolicyKind::spin;
  const auto queue = std::move(queues::open_queue(settings, QueueContext{}).value());
  SyntheticSettings backend_settings;
  backend_settings.model.service_time = Distribution::exponential(20ms);
  backend_settings.model.concurrency = slots;
  const auto backend = make_synthetic_backend(backend_settings);
  ReplyInbox inbox{records + 1024};
  Settler settler{{.clock = clock,
                   .inbox = inbox,
                   .settlements = *settling,
                   .pools = {&pool},
                   .calls = queue.get()}};
  TakenFront front;
  const RetryPolicy retry;
  RetryBudget budget;
  AsyncCrew crew{{.clock = clock,
                  .queue = *queue,
                  .backend = backend.get(),
                  .returns = inbox,
                  .front = front,
                  .retry = retry,
                  .budget = budget,
                  .taking = {.batch = 64}},
                 slots,
                 1};
  SequenceStretches sequences;
  SaturatingSource source{{.clock = clock,
                           .window = window,
                           .maker = CallMaker{1, 7, 0, {ClassTemplate{}}},
                           .pool = pool,
                           .queue = *queue,
                           .settlements = *offering,
                           .ledger = ledger.add_planner(),
                           .sequences = sequences}};
  source.connect();
  crew.connect();
  const auto advance = [&] {
    do {
      source.step(clock.now());
    } while (source.moved() > 0);
    crew.step(clock.now());
    settler.step(clock.now());
    clock.advance_by(step);
  };
  for (Duration warm{0}; warm < 100ms; warm += step) {
    advance();
  }

  const std::uint64_t before = crew.counts().taken;
  std::uint64_t steps = 0;
  for ([[maybe_unused]] const auto& iteration : state) {
    advance();
    if (++steps % 5000 == 0) {
      benchmark::DoNotOptimize(ledger.merge());
    }
  }
  const auto calls = static_cast<double>(crew.counts().taken - before);
  state.counters["cpu_ns_per_call"] =
      benchmark::Counter{calls * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert};
  state.counters["calls_per_virtual_s"] = calls / (static_cast<double>(steps) * to_seconds(step));
  crew.abandon(clock.now());
  crew.disconnect();
  source.disconnect();
}
BENCHMARK(BM_AsyncSlots)->Arg(100)->Arg(10'000);

}  // namespace
}  // namespace queuemeter
