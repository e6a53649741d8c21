// SPDX-License-Identifier: Apache-2.0
// How punctual the open loop is: the real offerer on the real event loop, with a path that only
// looks at its clock. One repetition is two seconds of traffic; the counters are the result, not
// the time per iteration.
#include "harness/call/tsc_clock.hpp"
#include "harness/measure/histogram.hpp"
#include "harness/measure/ledger.hpp"
#include "harness/path/event_loop.hpp"
#include "harness/traffic/arrival_plan.hpp"
#include "harness/traffic/offerer.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <string>
#include <sys/prctl.h>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr Duration window_length = 2s;

/// Notes how late each call is offered, and nothing else.
class LatenessEntry final : public CallEntry {
 public:
  explicit LatenessEntry(const Clock& clock) : clock_{clock} {}
  void offer(std::span<const PlannedCall> due, Instant /*now*/) override {
    for (const PlannedCall& call : due) {
      lateness.record(std::max(Duration{0}, clock_.now() - call.planned_at));
    }
  }
  Instant step(Instant /*now*/) override { return never; }
  [[nodiscard]] std::size_t in_flight() const noexcept override { return 0; }
  void never_offered(const PlannedCall& /*call*/) override {}
  void refuse(const PlannedCall& /*call*/, Reason /*reason*/, Instant /*now*/) override {}
  void abandon_rest(Instant /*now*/) override {}

  Histogram lateness;

 private:
  const Clock& clock_;
};

double thread_cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double microseconds(Duration span) { return static_cast<double>(span.count()) * 1e-3; }

void pacing(benchmark::State& state, Punctuality punctuality) {
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  const std::unique_ptr<Clock> clock = best_clock();
  const ArrivalPlan plan{ArrivalProcess::poisson,
                         RateProfile{Rate::per_second(static_cast<double>(state.range(0)))}, 7};
  const ClassDraw one_class;
  Histogram lateness;
  double cpu_seconds = 0.0;
  double planned = 0.0;
  double offered_in_window = 0.0;
  for ([[maybe_unused]] const auto& iteration : state) {
    Ledger ledger;
    LatenessEntry entry{*clock};
    const Instant start = clock->now() + 10ms;
    const RunWindow window{start, start, start + window_length};
    Offerer offerer{plan, one_class, {}, window, entry, ledger.add_planner()};
    EventLoop loop{*clock, punctuality};
    loop.add(offerer);
    const double cpu_before = thread_cpu_seconds();
    while (!offerer.finished()) {
      loop.turn(clock->now() + 100ms);
      clock->renew();
    }
    cpu_seconds += thread_cpu_seconds() - cpu_before;
    planned += static_cast<double>(ledger.merge()[1].planned);
    offered_in_window += static_cast<double>(offerer.offered_in_window());
    lateness.add(entry.lateness);
  }
  state.SetLabel(std::string{clock->name()});
  state.counters["lateness_p50_us"] = microseconds(lateness.value_at(0.5));
  state.counters["lateness_p99_us"] = microseconds(lateness.value_at(0.99));
  state.counters["delivered"] = offered_in_window / planned;
  state.counters["cpu_us_per_call"] = cpu_seconds * 1e6 / planned;
}

void rates(benchmark::internal::Benchmark* pacing) {
  pacing->Arg(1'000)->Arg(10'000)->Arg(30'000);
  pacing->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(pacing, timer, Punctuality{})->Apply(rates);
BENCHMARK_CAPTURE(pacing, spin_50us, Punctuality{.spin = 50us})->Apply(rates);
BENCHMARK_CAPTURE(pacing, coalesce_1ms, Punctuality{.grid = 1ms})->Apply(rates);

/// What planning alone costs: one call of a Poisson plan on a ramp.
void BM_PlanNextCall(benchmark::State& state) {
  const ArrivalPlan plan{
      ArrivalProcess::poisson,
      RateProfile{Rate::per_second(1e6), {{Rate::per_second(1e5), Rate::per_second(1e6), 1h}}}, 7};
  ArrivalStream stream{plan};
  for ([[maybe_unused]] const auto& iteration : state) {
    stream.advance();
    benchmark::DoNotOptimize(stream.due());
  }
}
BENCHMARK(BM_PlanNextCall);

}  // namespace
}  // namespace queuemeter
