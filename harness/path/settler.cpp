// SPDX-License-Identifier: Apache-2.0
#include "harness/path/settler.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

namespace queuemeter {
namespace {

/// How long the inbox may stay unread while the settler waits for a reply queue: nothing in it has
/// a caller who waits for the answer.
constexpr Duration inbox_slice = std::chrono::milliseconds{5};

void count_retries(Settlement& settlement, Instant planned_at, std::uint16_t retries) noexcept {
  if (retries > 0) {
    settlement.retried(planned_at, retries);
  }
}

/// The record is in flight with this very call. Only the settler frees a record that was handed
/// over, so what is true here stays true. The stage first: a record that is free may hold another
/// call the next moment, but never this one again.
bool is_in_flight(CallHandle call) noexcept {
  return call.record->stage() != CallRecord::Stage::free &&
         call.record->sequence() == call.sequence;
}

/// Asks for a record that comes from another core, or that nobody has looked at for long.
void fetch(const CallRecord* record) noexcept {
  const auto* const bytes = reinterpret_cast<const char*>(record);
  for (std::size_t line = 0; line < sizeof(CallRecord); line += 64) {
    __builtin_prefetch(bytes + line, 1);
  }
}

void write_result(const Returned& what, Instant returned_at, CallRecord& record) noexcept {
  record.at.taken_at = what.taken_at;
  record.at.called_at = what.called_at;
  record.at.replied_at = what.replied_at;
  record.at.returned_at = returned_at;
  record.outcome = what.outcome;
  record.reason = what.reason;
}

}  // namespace

Settler::Settler(Parts parts) : parts_{std::move(parts)}, to_wake_(parts_.pools.size(), false) {}

void Settler::connect() {
  if (parts_.replies != nullptr) {
    replies_ = parts_.replies->make_consumer(parts_.clock);
  }
}

Instant Settler::step(Instant now) {
  drain_inbox();
  if (replies_ != nullptr) {
    drain_replies();
  }
  count_redeliveries(now);
  for (std::size_t index = 0; index < to_wake_.size(); ++index) {
    if (to_wake_[index]) {
      to_wake_[index] = false;
      parts_.pools[index]->wake_offerer();
    }
  }
  return never;
}

void Settler::wait(Instant until) {
  if (replies_ == nullptr) {
    parts_.inbox.wait(until);
  } else {
    replies_->wait(std::min(until, parts_.clock.now() + inbox_slice));
  }
}

void Settler::interrupt() noexcept {
  parts_.inbox.interrupt();
  if (parts_.replies != nullptr) {
    parts_.replies->interrupt();
  }
}

void Settler::drain_inbox() {
  std::size_t count = 0;
  do {
    for (count = 0; count < inbox_.size() && parts_.inbox.take(inbox_[count]); ++count) {
      fetch(inbox_[count].call.record);
    }
    for (const Returned& what : std::span{inbox_}.first(count)) {
      if (what.kind == Returned::Kind::reply) {
        settle(what, stamp(what));
      } else {
        settle_note(what);
      }
    }
  } while (count == inbox_.size());
}

void Settler::settle_note(const Returned& what) noexcept {
  Settlement& settlement = parts_.settlements.of(what.class_index);
  count_retries(settlement, what.at, what.retries);
  if (what.reordered) {
    settlement.reordered(what.at);
  }
}

void Settler::drain_replies() {
  for (;;) {
    const ChunkResult chunk = replies_->take(calls_, returned_at_);
    for (std::size_t index = 0; index < chunk.done; ++index) {
      const CallHandle call = calls_[index];
      Returned what{.call = call, .at = returned_at_[index], .holds_record = true};
      if (is_in_flight(call)) {
        const CallRecord& record = *call.record;
        what.taken_at = record.at.taken_at;
        what.called_at = record.at.called_at;
        what.replied_at = record.at.replied_at;
        what.outcome = record.outcome;
        what.reason = record.reason;
      }
      settle(what, parts_.reply_returns ? returned_at_[index] : unobserved);
    }
    if (chunk.done > 0) {
      static_cast<void>(replies_->acknowledge({calls_.data(), chunk.done}));
    }
    if (chunk.done < calls_.size()) {
      return;
    }
  }
}

void Settler::count_redeliveries(Instant now) {
  if (parts_.calls == nullptr) {
    return;
  }
  const std::uint64_t total = parts_.calls->redelivered();
  if (total != redelivered_) {
    // Which call it was, the queue does not say.
    parts_.settlements.of(std::uint16_t{0}).redelivered(now, total - redelivered_);
    redelivered_ = total;
  }
}

Instant Settler::stamp(const Returned& what) const noexcept {
  return parts_.reply_returns && what.outcome == Outcome::completed ? parts_.clock.now()
                                                                    : unobserved;
}

void Settler::settle(const Returned& what, Instant returned_at) noexcept {
  if (!is_in_flight(what.call)) {
    Settlement& settlement = parts_.settlements.of(what.class_index);
    settlement.duplicated(what.at);
    count_retries(settlement, what.at, what.retries);
    return;
  }
  CallRecord& record = *what.call.record;
  if (!what.holds_record && record.stage() == CallRecord::Stage::working) {
    settle_early(what, returned_at);
    return;
  }
  Settlement& settlement = parts_.settlements.of(record);
  if (what.reordered) {
    settlement.reordered(record.call.planned_at);
  }
  count_retries(settlement, record.call.planned_at, what.retries);
  if (was_settled_early(what.call)) {
    settlement.duplicated(what.at);
    give_back(record);
    return;
  }
  write_result(what, returned_at, record);
  if (!parts_.pools[record.call.offerer]->is_contested() || record.decide()) {
    settlement.settle(record, is_observed(returned_at) ? returned_at : what.at);
  }
  give_back(record);
}

void Settler::settle_early(const Returned& what, Instant returned_at) noexcept {
  // The holder's stamps are not ours to read or to overwrite; a copy says how this delivery went.
  const CallRecord& record = *what.call.record;
  Settlement& settlement = parts_.settlements.of(record);
  count_retries(settlement, record.call.planned_at, what.retries);
  const bool is_reply = what.outcome == Outcome::completed || what.outcome == Outcome::failed;
  if (!is_reply || std::ranges::any_of(early_, [&](CallHandle call) {
        return call.record == what.call.record && call.sequence == what.call.sequence;
      })) {
    settlement.duplicated(what.at);
    return;
  }
  if (!parts_.pools[record.call.offerer]->is_contested() || what.call.record->decide()) {
    CallRecord copy;
    copy.call = record.call;
    copy.at.offered_at = record.at.offered_at;
    write_result(what, returned_at, copy);
    settlement.settle(copy, is_observed(returned_at) ? returned_at : what.at);
    early_.push_back(what.call);
  }
}

bool Settler::was_settled_early(CallHandle call) noexcept {
  const auto found = std::ranges::find_if(early_, [call](CallHandle early) {
    return early.record == call.record && early.sequence == call.sequence;
  });
  if (found == early_.end()) {
    return false;
  }
  *found = early_.back();
  early_.pop_back();
  return true;
}

void Settler::give_back(CallRecord& record) noexcept {
  const std::size_t offerer = record.call.offerer;
  parts_.pools[offerer]->return_from(0, record);
  to_wake_[offerer] = true;
}

}  // namespace queuemeter
