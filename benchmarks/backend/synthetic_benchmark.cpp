// SPDX-License-Identifier: Apache-2.0
// What the synthetic backend costs the thread that calls it: one iteration is one call, begun and
// answered, while as many as the argument says are in flight. Time is virtual, so nothing waits.
#include "harness/backend/synthetic_backend.hpp"
#include "harness/backend/time_queue.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/draw.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace queuemeter {
namespace {

constexpr Duration service_time = std::chrono::milliseconds{20};

/// Begins the next call of a record as soon as the last one is answered.
class ClosedLoop final : public ReplySink {
 public:
  explicit ClosedLoop(SyntheticSettings settings)
      : backend_{make_synthetic_backend(std::move(settings))},
        client_{backend_->make_client(clock_, *this, nullptr)} {}

  /// Callers come one by one within the time that a call takes, or constant service times would
  /// make all of them due at the same instant for ever.
  void start(std::size_t callers) {
    records_ = std::vector<CallRecord>(callers);
    for (CallRecord& record : records_) {
      clock_.advance_by(service_time / callers);
      begin({&record, next_++});
    }
  }
  void run(std::uint64_t calls) {
    for (const std::uint64_t wanted = answered_ + calls; answered_ < wanted;) {
      clock_.advance_to(client_->next_wake());
      client_->step(clock_.now());
    }
  }
  void replied(CallHandle call, const Reply&) override {
    ++answered_;
    begin({call.record, next_++});
  }

 private:
  void begin(CallHandle call) {
    call.record->call.draw_key = call.sequence;
    client_->begin(call, clock_.now());
  }

  VirtualClock clock_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<BackendClient> client_;
  std::vector<CallRecord> records_;
  std::uint64_t next_ = 0;
  std::uint64_t answered_ = 0;
};

void synthetic_call(benchmark::State& state, const std::string& service) {
  const auto in_flight = static_cast<std::size_t>(state.range(0));
  ClosedLoop loop{
      {.model = {.service_time = Distribution::parse(service).value(), .concurrency = in_flight}}};
  loop.start(in_flight);
  loop.run(20 * in_flight);
  constexpr std::uint64_t chunk = 1000;
  while (state.KeepRunningBatch(chunk)) {
    loop.run(chunk);
  }
}
BENCHMARK_CAPTURE(synthetic_call, constant, "20ms")->Arg(64)->Arg(10'000)->Arg(100'000);
BENCHMARK_CAPTURE(synthetic_call, exponential, "exponential(20ms)")
    ->Arg(64)
    ->Arg(10'000)
    ->Arg(100'000);
BENCHMARK_CAPTURE(synthetic_call, lognormal, "lognormal(20ms, 0.5)")->Arg(10'000);

/// The queue by time alone, against the heap it replaced.
template <class Queue>
void push_and_pop(benchmark::State& state) {
  const auto held = static_cast<std::size_t>(state.range(0));
  const KeyedDraws draws{1, DrawUse::service};
  const Distribution ahead = Distribution::exponential(service_time);
  std::vector<Duration> drawn(1U << 16U);
  for (std::size_t n = 0; n < drawn.size(); ++n) {
    drawn[n] = ahead.sample(draws.uniform(n));
  }
  Queue queue;
  std::size_t n = 0;
  for (std::size_t item = 0; item < held; ++item) {
    queue.push(Instant{} + drawn[n++ % drawn.size()], 0);
  }
  for (auto _ : state) {
    const Instant now = queue.front_at();
    queue.pop();
    queue.push(now + drawn[n++ % drawn.size()], 0);
  }
}

class Heap {
 public:
  [[nodiscard]] Instant front_at() const { return items_.front().at; }
  void push(Instant at, std::uint32_t item) {
    items_.push_back({at, ++pushed_, item});
    std::push_heap(items_.begin(), items_.end(), is_later);
  }
  void pop() {
    std::pop_heap(items_.begin(), items_.end(), is_later);
    items_.pop_back();
  }

 private:
  struct Item {
    Instant at;
    std::uint64_t order;
    std::uint32_t item;
  };
  static bool is_later(const Item& left, const Item& right) noexcept {
    return left.at != right.at ? left.at > right.at : left.order > right.order;
  }
  std::vector<Item> items_;
  std::uint64_t pushed_ = 0;
};
BENCHMARK_TEMPLATE(push_and_pop, TimeQueue<std::uint32_t>)->Arg(64)->Arg(10'000)->Arg(100'000);
BENCHMARK_TEMPLATE(push_and_pop, Heap)->Arg(64)->Arg(10'000)->Arg(100'000);

}  // namespace
}  // namespace queuemeter
