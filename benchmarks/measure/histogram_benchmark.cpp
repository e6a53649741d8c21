// SPDX-License-Identifier: Apache-2.0
// What recording a sample costs the engine thread, and what a tick costs the tick thread.
#include "harness/measure/coarse_histogram.hpp"
#include "harness/measure/histogram.hpp"
#include "harness/measure/histogram_log.hpp"
#include "harness/measure/recorder.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <random>

namespace queuemeter {
namespace {

/// 4,096 latencies around 1 ms, drawn beforehand: a draw costs more than a record.
std::array<Duration, 4096> latencies() {
  std::mt19937_64 engine{1};
  std::lognormal_distribution<double> draw{std::log(1e6), 0.5};
  std::array<Duration, 4096> values{};
  for (Duration& value : values) {
    value = Duration{std::llround(draw(engine))};
  }
  return values;
}

Histogram filled() {
  Histogram histogram;
  for (const Duration value : latencies()) {
    histogram.record(value);
  }
  return histogram;
}

void BM_HistogramRecord(benchmark::State& state) {
  const std::array<Duration, 4096> values = latencies();
  Histogram histogram;
  std::size_t n = 0;
  for ([[maybe_unused]] auto _ : state) {
    histogram.record(values[n++ % values.size()]);
  }
  benchmark::DoNotOptimize(histogram.counter(0));
}
BENCHMARK(BM_HistogramRecord);

void BM_HistogramRecordOneValue(benchmark::State& state) {
  Histogram histogram;
  for ([[maybe_unused]] auto _ : state) {
    histogram.record(std::chrono::milliseconds{20});
  }
  benchmark::DoNotOptimize(histogram.counter(0));
}
BENCHMARK(BM_HistogramRecordOneValue);

void BM_RecorderRecord(benchmark::State& state) {
  const std::array<Duration, 4096> values = latencies();
  Recorder recorder{"benchmark"};
  std::size_t n = 0;
  for ([[maybe_unused]] auto _ : state) {
    const Instant from{Duration{1000}};
    recorder.record(Phase::measure, Span::completion, from, from + values[n++ % values.size()]);
  }
  benchmark::DoNotOptimize(recorder.negative_spans());
}
BENCHMARK(BM_RecorderRecord);

void BM_MergeRecorders(benchmark::State& state) {
  Recorders recorders{static_cast<std::size_t>(state.range(0))};
  const std::array<Duration, 4096> values = latencies();
  for (std::size_t n = 0; n < recorders.limit(); ++n) {
    Recorder& recorder = recorders.add("benchmark");
    for (const Duration value : values) {
      recorder.record(Phase::measure, Span::completion, Instant{}, Instant{value});
    }
  }
  Histogram sum;
  for ([[maybe_unused]] auto _ : state) {
    recorders.merge_into(sum, Phase::measure, Span::completion);
  }
  benchmark::DoNotOptimize(sum.counter(0));
}
BENCHMARK(BM_MergeRecorders)->Arg(1)->Arg(2)->Arg(8);

void BM_CoarseDelta(benchmark::State& state) {
  const Histogram previous = filled();
  Histogram now = previous;
  now.add(filled());
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(coarse_delta(now, previous));
  }
}
BENCHMARK(BM_CoarseDelta);

void BM_ValueAt(benchmark::State& state) {
  const Histogram histogram = filled();
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(histogram.value_at(0.99));
  }
}
BENCHMARK(BM_ValueAt);

void BM_EncodeHistogram(benchmark::State& state) {
  const Histogram histogram = filled();
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(encode_histogram(histogram));
  }
}
BENCHMARK(BM_EncodeHistogram);

}  // namespace
}  // namespace queuemeter
