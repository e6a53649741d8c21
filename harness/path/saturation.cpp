// SPDX-License-Identifier: Apache-2.0
#include "harness/path/saturation.hpp"

#include "harness/call/tsc_clock.hpp"
#include "harness/measure/single_writer.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

namespace queuemeter {
namespace {

/// How long a waiting thread goes without looking whether the run is over.
constexpr Duration longest_wait = std::chrono::milliseconds{100};
/// How soon a full queue is tried again by a source that sleeps: nobody wakes it.
constexpr Duration full_queue_retry = std::chrono::microseconds{50};

}  // namespace

SaturatingSource::SaturatingSource(Parts parts)
    : parts_{std::move(parts)},
      all_alike_{parts_.maker.makes_equal_calls(0)},
      // A queue that carries bytes writes what `Call` says into its header.
      names_calls_{!parts_.is_drained || parts_.queue.traits().scope != QueueScope::threads},
      room_{parts_.wait},
      stop_at_{to_nanoseconds(parts_.window.measure_to)} {
  if (all_alike_) {
    for (CallRecord& record : parts_.pool.records()) {
      parts_.maker.fill(record, PlannedCall{});
    }
  }
}

Instant SaturatingSource::step(Instant now) {
  moved_ = 0;
  if (pending_ == 0) {
    if (to_nanoseconds(now) >= stop_at_.load(std::memory_order_acquire)) {
      finished_.store(true, std::memory_order_release);
      return never;
    }
    prepare(now);
  }
  if (pending_ > 0) {
    send(now);
  }
  return now;
}

void SaturatingSource::prepare(Instant now) {
  if (sequence_ == sequence_end_) {
    sequence_ = parts_.sequences.take();
    sequence_end_ = sequence_ + SequenceStretches::calls;
  }
  const std::size_t wanted = std::min<std::uint64_t>(saturation_chunk, sequence_end_ - sequence_);
  const std::size_t count = parts_.pool.acquire(std::span{records_}.first(wanted));
  // Before the first of them can be settled.
  parts_.ledger.planned(parts_.window.phase_of(now), count);
  parts_.ledger.offered(parts_.window.phase_of(now), count);
  for (CallRecord* const record : std::span{records_}.first(count)) {
    __builtin_prefetch(record, 1);  // it comes back from another core
    if (names_calls_) {
      __builtin_prefetch(&record->call.draw_key, 1);  // in its second line
    }
  }
  for (std::size_t index = 0; index < count; ++index) {
    CallRecord& record = *records_[index];
    if (all_alike_) {
      record.call.planned_at = now;
      record.at.offered_at = unobserved;
    } else {
      parts_.maker.fill(record, {.sequence = sequence_, .planned_at = now, .draw_key = sequence_});
    }
    record.publish(sequence_);
    if (all_alike_ && names_calls_) {
      name(record);
    }
    calls_[index] = {&record, sequence_++};
  }
  if (parts_.window.measures(now)) {
    add_alone(offered_in_window_, std::uint64_t{count});
  }
  planned_at_ = now;
  next_ = 0;
  pending_ = count;
}

void SaturatingSource::send(Instant now) {
  const std::span<const CallHandle> calls{calls_.data() + next_, pending_};
  const ChunkResult chunk = producer_->offer(calls, accepted_at_);
  moved_ = chunk.done;
  Settlement& settlement = parts_.settlements.of(std::uint16_t{0});
  if (settlement.detail() == Settlement::Detail::every_span) {
    for (std::size_t index = 0; index < chunk.done; ++index) {
      // Nobody writes offered_at before the record has come back to the pool.
      const Instant offered_at = calls[index].record->at.offered_at;
      settlement.offered(planned_at_, offered_at);
      settlement.accepted(planned_at_, offered_at, accepted_at_[index]);
    }
  }
  next_ += chunk.done;
  pending_ -= chunk.done;
  if (pending_ > 0 && chunk.result != QueueResult::full && chunk.result != QueueResult::ok) {
    give_up(now);  // closed or broken: the rest of the chunk will never be taken
  }
}

void SaturatingSource::give_up(Instant now) {
  for (; pending_ > 0; ++next_, --pending_) {
    CallRecord& record = *calls_[next_].record;
    name(record);
    record.outcome = Outcome::rejected;
    record.reason = Reason::full;
    if (!is_observed(record.at.offered_at)) {
      record.at.offered_at = now;
    }
    parts_.settlements.of(record).settle(record, now);
    record.outcome = Outcome::completed;
    record.reason = Reason::none;
    parts_.pool.give_back(record);
  }
}

void SaturatingSource::disconnect() {
  for (CallRecord& record : parts_.pool.records()) {
    name(record);
  }
  producer_.reset();
}

void SaturatingSource::name(CallRecord& record) noexcept {
  record.call.sequence = record.sequence();
  record.call.draw_key = record.call.sequence;
}

void SaturatingSource::run(const std::atomic<bool>& running) {
  while (running.load(std::memory_order_acquire) && !finished()) {
    step(parts_.clock.now());
    if (moved_ == 0 && !finished()) {
      room_.wait(parts_.clock.now() + full_queue_retry, [this] {
        step(parts_.clock.now());
        return moved_ > 0 || finished();
      });
    }
  }
}

DrainingConsumer::DrainingConsumer(Parts parts)
    : parts_{std::move(parts)},
      tsc_{dynamic_cast<const TscClock*>(&parts_.clock)},
      latest_(parts_.pools.size(), no_sequence) {}

Instant DrainingConsumer::step(Instant /*now*/) {
  const ChunkResult chunk = consumer_->take(calls_, taken_at_);
  moved_ = chunk.done;
  state_ = chunk.result;
  if (moved_ > 0) {
    if (tsc_ != nullptr) {
      settle_all(*tsc_);
    } else {
      settle_all(parts_.clock);
    }
    add_alone(taken_, std::uint64_t{moved_});
  }
  return never;
}

template <class AnyClock>
void DrainingConsumer::settle_all(const AnyClock& clock) {
  // The records come from another core: asked for all at once, they are waited for once.
  for (const CallHandle& call : std::span{calls_}.first(moved_)) {
    __builtin_prefetch(call.record, 1);
  }
  const bool own_reply = parts_.stamps_reply && parts_.stamps == Stamps::own;
  const Instant shared_reply = parts_.stamps_reply && !own_reply ? clock.now() : unobserved;
  settled_ = 0;
  for (std::size_t index = 0; index < moved_; ++index) {
    const CallHandle call = calls_[index];
    const Instant taken_at = taken_at_[index];
    if (!(parts_.is_alone ? call.record->claim_alone(call.sequence)
                          : call.record->claim(call.sequence))) {
      parts_.settlements.of(std::uint16_t{0}).duplicated(taken_at);
      continue;
    }
    Instant replied_at = is_observed(shared_reply) ? shared_reply : taken_at;
    if (own_reply) {
      replied_at = clock.now();
    }
    settle(call, taken_at, replied_at);
    records_[settled_++] = call.record;
  }
  if (settled_ > 0) {
    front_.store(to_nanoseconds(done_.at.offered_at), std::memory_order_relaxed);
    give_back();
  }
}

void DrainingConsumer::settle(CallHandle call, Instant taken_at, Instant replied_at) noexcept {
  // What is written here is in this core's cache, and what only the offerer writes may stay in
  // both.
  const CallRecord& record = *call.record;
  done_.call.sequence = call.sequence;
  done_.call.class_index = record.call.class_index;
  done_.call.planned_at = record.call.planned_at;
  done_.call.deadline = record.call.deadline;
  done_.at.offered_at = record.at.offered_at;
  done_.at.taken_at = taken_at;
  done_.at.replied_at = replied_at;
  const bool expired = record.call.deadline <= taken_at;
  done_.outcome = expired ? Outcome::expired : Outcome::completed;
  done_.reason = expired ? Reason::deadline : Reason::none;

  Settlement& settlement = parts_.settlements.of(done_);
  std::uint64_t& latest = latest_[record.call.offerer];
  if (latest != no_sequence && call.sequence < latest) {
    settlement.reordered(done_.call.planned_at);
  } else {
    latest = call.sequence;
  }
  if (!parts_.pools[record.call.offerer]->is_contested() || call.record->decide()) {
    settlement.settle(done_, replied_at);
  }
}

void DrainingConsumer::give_back() noexcept {
  const std::span<CallRecord* const> records{records_.data(), settled_};
  if (parts_.pools.size() == 1) {
    parts_.pools.front()->return_from(parts_.lane, records);
  } else {
    for (CallRecord* const record : records) {
      parts_.pools[record->call.offerer]->return_from(parts_.lane, *record);
    }
  }
  for (CallPool* const pool : parts_.pools) {
    pool->wake_offerer();
  }
}

void DrainingConsumer::run(const std::atomic<bool>& running) {
  while (running.load(std::memory_order_acquire)) {
    step(unobserved);
    if (moved_ == 0) {
      if (state_ == QueueResult::closed) {
        return;
      }
      if (parts_.wait == WaitPolicyKind::spin) {
        continue;
      }
      consumer_->wait(parts_.clock.now() + longest_wait);
    }
  }
}

}  // namespace queuemeter
