// SPDX-License-Identifier: Apache-2.0
// What a call costs from the offer to the ledger when nothing else is in the way. An iteration is a
// chunk of 64 calls; `items_per_second` are calls.
#include "benchmarks/path/parts.hpp"
#include "benchmarks/path/saturated_path.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <pthread.h>
#include <sched.h>
#include <thread>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t calls_per_tick = 1U << 20U;
constexpr auto window_length = 10ms;
constexpr std::size_t window_count = 60;

SaturatedRow row(const char* queue, std::size_t batch, Stamps stamps, bool four_stamps,
                 Settlement::Detail detail) {
  SaturatedRow made;
  made.queue.use = queue;
  made.queue.batch = batch;
  made.queue.stamps = stamps;
  made.queue.wait = WaitPolicyKind::spin_yield;
  if (made.queue.use != "moodycamel") {
    made.queue.bound = 1024;
  }
  made.four_stamps = four_stamps;
  made.detail = detail;
  return made;
}

/// Both sides on one thread, a chunk each in turn: what queuemeter costs without a second core.
void one_core(benchmark::State& state, const SaturatedRow& what) {
  SaturatedPath path{what};
  path.source().connect();
  path.consumer().connect();
  std::uint64_t calls = 0;
  for ([[maybe_unused]] const auto& iteration : state) {
    path.source().step(path.clock().now());
    path.consumer().step(unobserved);
    calls += path.consumer().moved();
    if (calls % calls_per_tick < saturation_chunk) {
      path.clock().renew();
      benchmark::DoNotOptimize(path.ledger().merge());
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(calls));
  if (path.recorders().negative_spans() > 0) {
    state.SkipWithError("a span was negative");
  }
}

/// A source and a consumer on a core each. One iteration is a run of many short windows: other
/// tenants of the machine take a core away for milliseconds, so the best window is what repeats.
void two_cores(benchmark::State& state, const SaturatedRow& what) {
  SaturatedPath path{what};
  std::atomic<bool> running{true};
  std::thread consuming{[&] {
    pin_to(1);
    path.consumer().connect();
    path.consumer().run(running);
    path.consumer().disconnect();
  }};
  std::thread offering{[&] {
    pin_to(0);
    path.source().connect();
    path.source().run(running);
    path.source().disconnect();
  }};
  std::this_thread::sleep_for(50ms);
  std::vector<double> rates;
  for ([[maybe_unused]] const auto& iteration : state) {
    for (std::size_t window = 0; window < window_count; ++window) {
      const Instant began = path.clock().now();
      const std::uint64_t before = path.consumer().taken();
      std::this_thread::sleep_for(window_length);
      const std::uint64_t calls = path.consumer().taken() - before;
      rates.push_back(static_cast<double>(calls) / to_seconds(path.clock().now() - began));
      path.clock().renew();
      benchmark::DoNotOptimize(path.ledger().merge());
    }
  }
  running = false;
  offering.join();
  path.queue().interrupt();
  consuming.join();
  std::ranges::sort(rates);
  state.counters["calls_per_s_best"] = rates.back();
  state.counters["calls_per_s_median"] = rates[rates.size() / 2];
  if (path.recorders().negative_spans() > 0) {
    state.SkipWithError("a span was negative");
  }
}

constexpr auto few = Settlement::Detail::completion_and_queueing;
constexpr auto all = Settlement::Detail::every_span;

#define QUEUEMETER_ONE_CORE(name, ...) BENCHMARK_CAPTURE(one_core, name, row(__VA_ARGS__))
#define QUEUEMETER_TWO_CORES(name, ...)                \
  BENCHMARK_CAPTURE(two_cores, name, row(__VA_ARGS__)) \
      ->UseRealTime()                                  \
      ->Iterations(1)                                  \
      ->Unit(benchmark::kMillisecond)

QUEUEMETER_ONE_CORE(null_4_stamps, "null", 1, Stamps::own, true, few);
QUEUEMETER_ONE_CORE(null_4_stamps_every_span, "null", 1, Stamps::own, true, all);
QUEUEMETER_ONE_CORE(null_2_stamps, "null", 1, Stamps::own, false, few);
QUEUEMETER_ONE_CORE(null_4_stamps_batch_64, "null", 64, Stamps::own, true, few);
QUEUEMETER_ONE_CORE(null_4_stamps_batch_64_every_span, "null", 64, Stamps::own, true, all);
QUEUEMETER_ONE_CORE(null_2_stamps_batch_64, "null", 64, Stamps::own, false, few);
QUEUEMETER_ONE_CORE(null_shared_stamps, "null", 64, Stamps::shared, true, few);
QUEUEMETER_ONE_CORE(spsc_ring_4_stamps, "spsc_ring", 1, Stamps::own, true, few);
QUEUEMETER_ONE_CORE(spsc_ring_2_stamps, "spsc_ring", 1, Stamps::own, false, few);
QUEUEMETER_ONE_CORE(spsc_ring_shared_stamps, "spsc_ring", 64, Stamps::shared, true, few);

QUEUEMETER_TWO_CORES(spsc_ring_batch_1, "spsc_ring", 1, Stamps::own, true, few);
QUEUEMETER_TWO_CORES(spsc_ring_batch_32, "spsc_ring", 32, Stamps::own, true, few);
QUEUEMETER_TWO_CORES(spsc_ring_shared_stamps, "spsc_ring", 32, Stamps::shared, true, few);
QUEUEMETER_TWO_CORES(boost_spsc_batch_1, "boost_spsc", 1, Stamps::own, true, few);
QUEUEMETER_TWO_CORES(boost_queue_batch_1, "boost_queue", 1, Stamps::own, true, few);
QUEUEMETER_TWO_CORES(moodycamel_batch_1, "moodycamel", 1, Stamps::own, true, few);
QUEUEMETER_TWO_CORES(moodycamel_batch_32, "moodycamel", 32, Stamps::own, true, few);
QUEUEMETER_TWO_CORES(mutex_deque_batch_1, "mutex_deque", 1, Stamps::own, true, few);
QUEUEMETER_TWO_CORES(mutex_deque_batch_32, "mutex_deque", 32, Stamps::own, true, few);

}  // namespace
}  // namespace queuemeter
