// SPDX-License-Identifier: Apache-2.0
#include "harness/run/preload.hpp"

#include "harness/path/event_loop.hpp"
#include "harness/run/assembly.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <span>
#include <string_view>

namespace queuemeter {
namespace {

constexpr std::size_t chunk_calls = 64;
/// Without any call being taken over or confirmed.
constexpr Duration patience = std::chrono::seconds{10};
constexpr Duration longest_turn = std::chrono::milliseconds{10};

/// Offers all records in order and counts what the queue says to it.
class Preloader final : private Stepper, private ConfirmationSink {
 public:
  Preloader(std::span<CallRecord> records, Queue& queue, const Clock& clock)
      : records_{records},
        clock_{clock},
        loop_{clock},
        producer_{queue.make_producer(clock, this, &loop_.sockets())} {
    loop_.add(*this);
  }

  Result<void> run(std::string_view queue_name) {
    Instant give_up_at = clock_.now() + patience;
    std::uint64_t before = 0;
    while (accepted_ < records_.size() && refused_ == QueueResult::ok) {
      loop_.turn(clock_.now() + longest_turn);
      if (accepted_ + next_ > before) {
        before = accepted_ + next_;
        give_up_at = clock_.now() + patience;
      } else if (clock_.now() > give_up_at) {
        refused_ = QueueResult::timed_out;
      }
    }
    if (refused_ == QueueResult::ok) {
      return {};
    }
    if (refused_ == QueueResult::full) {
      return Error::usage(
          fmt::format("run.calls: {} calls are to be taken, and {} holds {} of them; use that or "
                      "less, or a larger queue.bound",
                      records_.size(), queue_name, accepted_));
    }
    return Error::unavailable(fmt::format(
        "queue.use: {} took {} of the {} calls that are to be taken from it, and then answered {}",
        queue_name, accepted_, records_.size(), to_string(refused_)));
  }

 private:
  Instant step(Instant now) override {
    const Instant wake_at = producer_->step(now);
    if (next_ == records_.size() || refused_ != QueueResult::ok) {
      return wake_at;
    }
    std::array<CallHandle, chunk_calls> calls;
    std::array<Instant, chunk_calls> accepted_at{};
    const std::size_t count = std::min({chunk_calls, records_.size() - next_, producer_->room()});
    for (std::size_t index = 0; index < count; ++index) {
      CallRecord& record = records_[next_ + index];
      calls[index] = {&record, record.call.sequence};
    }
    const ChunkResult chunk = producer_->offer(std::span{calls}.first(count), accepted_at);
    for (std::size_t index = 0; index < chunk.done; ++index) {
      accepted_ += is_observed(accepted_at[index]) ? 1U : 0U;
    }
    next_ += chunk.done;
    if (chunk.done < count) {
      refused_ = chunk.result;
    }
    return count > 0 ? now : wake_at;
  }

  void confirmed(CallHandle /*call*/, QueueResult result, Instant /*at*/) noexcept override {
    if (result == QueueResult::ok) {
      ++accepted_;
    } else {
      refused_ = result;
    }
  }

  std::span<CallRecord> records_;
  const Clock& clock_;
  EventLoop loop_;
  std::unique_ptr<QueueProducer> producer_;
  std::size_t next_ = 0;
  std::uint64_t accepted_ = 0;
  QueueResult refused_ = QueueResult::ok;
};

}  // namespace

Result<void> preload(const Scenario& scenario, const ClassDraw& classes, RecordTable& records,
                     Queue& queue, const Clock& clock) {
  const std::uint64_t calls = scenario.run.calls.value_or(0);
  records.make_room(calls);
  const CallMaker maker = make_call_maker(scenario, records.run_id(), 0);
  const Instant now = clock.now();
  for (std::uint64_t sequence = 0; sequence < calls; ++sequence) {
    CallRecord& record = records.records()[sequence];
    maker.fill(record, {.sequence = sequence,
                        .planned_at = now,
                        .draw_key = sequence,
                        .class_index = classes.of(sequence)});
    record.publish(sequence);
  }
  return Preloader{records.records(), queue, clock}.run(queue.traits().name);
}

void plan_preloaded(RecordTable& records, Instant planned_at) noexcept {
  for (CallRecord& record : records.records()) {
    record.call.planned_at = planned_at;
    record.at = Instants{};
  }
}

PreloadedCalls::PreloadedCalls(std::uint64_t calls, const RunWindow& window, CallEntry& entry,
                               Ledger::Planner& ledger)
    : TrafficSource{window, entry, ledger, 0} {
  ledger.planned(Phase::measure, calls);
  ledger.offered(Phase::measure, calls);
}

}  // namespace queuemeter
