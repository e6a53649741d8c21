// SPDX-License-Identifier: Apache-2.0
#include "harness/run/queue_sweep.hpp"

#include <array>
#include <memory>

namespace queuemeter {
namespace {

constexpr std::size_t chunk_calls = 64;

void mark_found_calls(const QueueSweep& what) {
  const std::unique_ptr<QueueConsumer> consumer = what.queue.make_consumer(what.clock);
  std::array<CallHandle, chunk_calls> calls;
  std::array<Instant, chunk_calls> taken_at;
  for (;;) {
    const ChunkResult chunk = consumer->take(calls, taken_at);
    for (std::size_t index = 0; index < chunk.done; ++index) {
      const CallHandle call = calls[index];
      if (call.record->claim(call.sequence)) {
        call.record->mark(call.sequence, CallRecord::Stage::found);
      } else if (what.counts_duplicates) {
        what.settlements.of(std::uint16_t{0}).duplicated(taken_at[index]);
      }
    }
    if (chunk.done == 0) {
      return;
    }
    static_cast<void>(consumer->acknowledge({calls.data(), chunk.done}));
  }
}

/// Settles the calls whose records are at `stage`; `reason` is asked for each of them.
template <class WhyNext>
void settle_leftovers(const QueueSweep& what, Outcome outcome, CallRecord::Stage stage,
                      WhyNext&& reason) {
  for (CallPool* const pool : what.pools) {
    for (CallRecord& record : pool->records()) {
      if (record.stage() != stage) {
        continue;
      }
      // A caller that gave up has settled its call.
      if (!pool->is_contested() || record.decide()) {
        record.outcome = outcome;
        record.reason = reason();
        what.settlements.of(record).settle(record, what.clock.now());
      }
      record.mark(record.sequence(), CallRecord::Stage::free);
    }
  }
}

}  // namespace

void sweep(const QueueSweep& what) {
  what.queue.close();
  mark_found_calls(what);
  const auto drain_ended = [] { return Reason::drain_ended; };
  settle_leftovers(what, Outcome::unfinished, CallRecord::Stage::found, drain_ended);
  if (!what.queue.can_be_swept()) {
    settle_leftovers(what, Outcome::unknown, CallRecord::Stage::offered, drain_ended);
    return;
  }
  std::uint64_t lost = 0;
  settle_leftovers(what, Outcome::lost, CallRecord::Stage::offered, [&] {
    const std::uint64_t nth = lost++;
    return nth < what.given_to_the_dead ? Reason::worker_died
                                        : what.queue.loss_reason(nth - what.given_to_the_dead);
  });
}

}  // namespace queuemeter
