// SPDX-License-Identifier: Apache-2.0
// How long a call is on its way through a queue at a fixed rate, from the offer on one core to the
// take on another: the real offerer and entry, spinning. The counters are the result.
#include "benchmarks/path/parts.hpp"
#include "harness/call/tsc_clock.hpp"
#include "harness/measure/ledger.hpp"
#include "harness/measure/recorder.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/queued_entry.hpp"
#include "harness/path/record_table.hpp"
#include "harness/path/saturation.hpp"
#include "harness/traffic/arrival_plan.hpp"
#include "harness/traffic/offerer.hpp"
#include "queue_impls/catalogue.hpp"

#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t record_count = 4096;
constexpr Duration window_length = 500ms;

double nanoseconds(Duration span) { return static_cast<double>(span.count()); }

void hop(benchmark::State& state, const char* queue_name) {
  const auto rate = static_cast<double>(state.range(0));
  for ([[maybe_unused]] const auto& iteration : state) {
    const std::unique_ptr<Clock> clock = best_clock();
    const Instant start = clock->now() + 20ms;
    const RunWindow window{start, start + 50ms, start + 50ms + window_length};
    RecordTable table{1};
    table.make_room(record_count);
    CallPool pool{table.records()};
    Ledger ledger;
    Recorders recorders{2};
    const auto offering = make_settlements(window, ledger, recorders, "offerer");
    const auto draining = make_settlements(window, ledger, recorders, "consumer");
    QueueSettings settings;
    settings.use = queue_name;
    settings.wait = WaitPolicyKind::spin;
    const auto queue = std::move(queues::open_queue(settings, QueueContext{}).value());
    QueuedEntry entry{*clock,    CallMaker{1, 7, 0, {ClassTemplate{}}},  pool, *queue,
                      *offering, {.reply_timeout = 5s, .held_limit = 64}};
    const ArrivalPlan plan{ArrivalProcess::constant, RateProfile{Rate::per_second(rate)}, 7};
    const ClassDraw one_class;
    Offerer offerer{plan, one_class, {}, window, entry, ledger.add_planner()};
    DrainingConsumer consumer{{.clock = *clock,
                               .queue = *queue,
                               .settlements = *draining,
                               .pools = {&pool},
                               .is_alone = true,
                               .wait = WaitPolicyKind::spin}};
    std::atomic<bool> running{true};
    std::thread consuming{[&] {
      pin_to(1);
      consumer.connect();
      consumer.run(running);
    }};
    std::thread traffic{[&] {
      pin_to(0);
      entry.connect(nullptr);
      while (!offerer.finished()) {
        offerer.step(clock->now());
      }
      entry.disconnect();
    }};
    traffic.join();
    queue->close();
    consuming.join();

    const Histogram queueing = recorders.merged(Phase::measure, Span::queueing);
    const Histogram lateness = recorders.merged(Phase::measure, Span::lateness);
    state.counters["hop_p50_ns"] = nanoseconds(queueing.value_at(0.5));
    state.counters["hop_p99_ns"] = nanoseconds(queueing.value_at(0.99));
    state.counters["lateness_p50_ns"] = nanoseconds(lateness.value_at(0.5));
    state.counters["delivered"] =
        static_cast<double>(queueing.count()) / (rate * to_seconds(window_length));
    if (recorders.negative_spans() > 0) {
      state.SkipWithError("a span was negative");
    }
  }
}

void all_rates(benchmark::internal::Benchmark* rates) {
  rates->Arg(100'000)->Arg(1'000'000)->Arg(2'000'000)->Arg(5'000'000);
  rates->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(hop, spsc_ring, "spsc_ring")->Apply(all_rates);
BENCHMARK_CAPTURE(hop, moodycamel, "moodycamel")->Arg(100'000)->Iterations(1)->UseRealTime();
BENCHMARK_CAPTURE(hop, mutex_deque, "mutex_deque")->Arg(100'000)->Iterations(1)->UseRealTime();

}  // namespace
}  // namespace queuemeter
