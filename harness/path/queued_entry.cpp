// SPDX-License-Identifier: Apache-2.0
#include "harness/path/queued_entry.hpp"

#include <algorithm>
#include <utility>

namespace queuemeter {
namespace {

/// How soon a full queue is tried again with what is held for it: queues in memory do not say when
/// they have room.
constexpr Duration full_queue_retry = std::chrono::microseconds{100};

Reason reason_of(QueueResult result) noexcept {
  switch (result) {
    case QueueResult::full:
      return Reason::full;
    case QueueResult::closed:
      return Reason::closed;
    case QueueResult::rejected:
    case QueueResult::failed:
    case QueueResult::timed_out:
    case QueueResult::empty:
    case QueueResult::ok:
      return Reason::queue_failure;
  }
  return Reason::queue_failure;
}

/// When the caller learned how its call ended: the last thing that happened to it.
Instant ended_at(const Instants& at) noexcept {
  return std::max({at.offered_at, at.taken_at, at.called_at, at.replied_at, at.returned_at});
}

}  // namespace

QueuedEntry::QueuedEntry(const Clock& clock, CallMaker maker, CallPool& pool, Queue& queue,
                         Settlements& settlements, const Rules& rules)
    : clock_{clock},
      maker_{std::move(maker)},
      pool_{pool},
      queue_{queue},
      settlements_{settlements},
      rules_{rules},
      seats_(pool.capacity()),
      patience_{pool.capacity()},
      held_{rules.held_limit} {}

void QueuedEntry::connect(boost::asio::io_context* loop) {
  producer_ = queue_.make_producer(clock_, this, loop);
}

void QueuedEntry::offer(std::span<const PlannedCall> due, Instant now) {
  while (!due.empty()) {
    const std::size_t count = std::min(due.size(), chunk_calls);
    const std::size_t ready = prepare(due.first(count), now);
    std::span<const CallHandle> calls{handles_.data(), ready};
    if (held_.empty()) {
      calls = calls.subspan(send(calls));
    }
    for (const CallHandle call : calls) {
      hold(call, now);
    }
    for (const PlannedCall& call : due.subspan(ready, count - ready)) {
      refuse(call, Reason::caller_limit, now);
    }
    due = due.subspan(count);
  }
}

std::size_t QueuedEntry::prepare(std::span<const PlannedCall> due, Instant now) {
  std::size_t ready = 0;
  for (const PlannedCall& call : due) {
    CallRecord* const record = free_record();
    if (record == nullptr) {
      break;
    }
    maker_.fill(*record, call);
    const std::size_t index = pool_.index_of(*record);
    seats_[index] = {.caller = call.seat, .state = Seat::State::ready};
    if (callers_wait()) {
      // A call that is due after a stall may be given up at once, but not before it was offered.
      patience_.add(index, std::max(now, call.planned_at + rules_.reply_timeout));
    }
    handles_[ready++] = {record, call.sequence};
  }
  return ready;
}

CallRecord* QueuedEntry::free_record() {
  if (CallRecord* const record = pool_.acquire(); record != nullptr) {
    return record;
  }
  collect_returned();
  if (CallRecord* const record = pool_.acquire(); record != nullptr) {
    return record;
  }
  return oldest_in_doubt();
}

std::size_t QueuedEntry::send(std::span<const CallHandle> calls) {
  std::size_t next = 0;
  while (next < calls.size()) {
    const std::size_t count = std::min(calls.size() - next, producer_->room());
    if (count == 0) {
      return next;
    }
    const std::span<const CallHandle> chunk_of = calls.subspan(next, count);
    for (const CallHandle call : chunk_of) {
      call.record->publish(call.sequence);
    }
    const ChunkResult chunk = producer_->offer(chunk_of, {accepted_at_.data(), count});
    for (std::size_t index = 0; index < chunk.done; ++index) {
      sent(chunk_of[index], accepted_at_[index]);
    }
    next += chunk.done;
    if (chunk.done == count) {
      continue;
    }
    if (chunk.result == QueueResult::full && rules_.holds_when_full) {
      found_full_ = true;
      return next;
    }
    settle_refused(calls[next], chunk.result);
    ++next;
  }
  return next;
}

void QueuedEntry::sent(CallHandle call, Instant accepted_at) {
  // The record is a worker's by now, but nobody writes what we filled in while it is in flight, and
  // it cannot come back to us before we ask the pool for it.
  CallRecord& record = *call.record;
  Seat& seat = seat_of(record);
  if (seat.state == Seat::State::held) {
    if (!callers_wait()) {
      patience_.remove(pool_.index_of(record));
    }
  } else {
    settlements_.of(record).offered(record.call.planned_at, record.at.offered_at);
  }
  seat.state = Seat::State::out;
  seat.unconfirmed = !is_observed(accepted_at);
  if (!seat.unconfirmed) {
    accepted(record, seat, accepted_at);
  }
}

void QueuedEntry::accepted(CallRecord& record, Seat& seat, Instant accepted_at) {
  Settlement& settlement = settlements_.of(record);
  settlement.accepted(record.call.planned_at, record.at.offered_at, accepted_at);
  if (rules_.done_when_accepted && seat.state == Seat::State::out) {
    record.outcome = Outcome::completed;
    settlement.settle(record, accepted_at);
    const std::uint32_t caller = seat.caller;
    release(record, seat);
    tell_settled(caller, accepted_at);
  }
}

void QueuedEntry::hold(CallHandle call, Instant now) {
  CallRecord& record = *call.record;
  Seat& seat = seat_of(record);
  if (!is_observed(record.at.offered_at)) {
    record.at.offered_at = now;
  }
  settlements_.of(record).offered(record.call.planned_at, record.at.offered_at);
  if (held_.push(call)) {
    seat.state = Seat::State::held;
    if (!callers_wait()) {
      patience_.add(pool_.index_of(record),
                    std::max(now, record.call.planned_at + rules_.reply_timeout));
    }
    return;
  }
  settle_from_here(record, Outcome::rejected, Reason::caller_limit, record.at.offered_at);
  const std::uint32_t caller = seat.caller;
  const Instant at = record.at.offered_at;
  release(record, seat);
  tell_settled(caller, at, SettledSink::Ending::refused);
}

void QueuedEntry::settle_refused(CallHandle call, QueueResult result) {
  CallRecord& record = *call.record;
  Seat& seat = seat_of(record);
  if (!is_observed(record.at.offered_at)) {
    record.at.offered_at = clock_.now();  // a queue that refuses everything stamps nothing
  }
  const Instant at = record.at.offered_at;
  if (seat.state != Seat::State::held) {
    settlements_.of(record).offered(record.call.planned_at, at);
  }
  const bool failed = result == QueueResult::failed || result == QueueResult::timed_out;
  const std::uint32_t caller = seat.caller;
  settle_from_here(record, failed ? Outcome::failed : Outcome::rejected, reason_of(result), at);
  release(record, seat);
  tell_settled(caller, at, SettledSink::Ending::refused);
}

Instant QueuedEntry::step(Instant now) {
  Instant wake_at = producer_->step(now);
  collect_returned();
  while (patience_.first_expiry() <= now) {
    give_up(patience_.first(), now);
  }
  found_full_ = false;
  send_held();
  if (found_full_ && !held_.empty()) {
    wake_at = std::min(wake_at, now + full_queue_retry);
  }
  return std::min(wake_at, patience_.first_expiry());
}

void QueuedEntry::send_held() {
  while (!held_.empty()) {
    std::span<const CallHandle> calls = held_.oldest(chunk_calls);
    Seat& front = seat_of(*calls.front().record);
    if (front.state == Seat::State::withdrawn) {
      release(*calls.front().record, front);
      held_.pop();
      continue;
    }
    const auto stop = std::ranges::find_if(calls, [this](const CallHandle& call) {
      return seat_of(*call.record).state == Seat::State::withdrawn;
    });
    calls = calls.first(static_cast<std::size_t>(stop - calls.begin()));
    const std::size_t dealt_with = send(calls);
    held_.pop(dealt_with);
    if (dealt_with < calls.size()) {
      return;
    }
  }
}

void QueuedEntry::collect_returned() {
  pool_.collect([this](CallRecord& record) { return take_back(record); });
}

bool QueuedEntry::take_back(CallRecord& record) {
  const std::size_t index = pool_.index_of(record);
  Seat& seat = seats_[index];
  switch (seat.state) {
    case Seat::State::out:
      if (callers_wait()) {
        patience_.remove(index);
        tell_settled(seat.caller, ended_at(record.at));
      }
      break;
    case Seat::State::given_up:
      settlements_.of(record).wasted(record);
      break;
    case Seat::State::in_doubt:
      settlements_.of(record).correct(record, ended_at(record.at));
      break;
    case Seat::State::idle:
    case Seat::State::ready:
    case Seat::State::held:
    case Seat::State::withdrawn:
      break;  // not out: cannot come back
  }
  if (seat.unconfirmed) {
    seat.returned = true;
    return false;
  }
  seat.state = Seat::State::idle;
  return true;
}

void QueuedEntry::give_up(std::size_t index, Instant now) {
  patience_.remove(index);
  CallRecord& record = pool_.records()[index];
  Seat& seat = seats_[index];
  if (seat.state == Seat::State::held) {
    seat.state = Seat::State::withdrawn;
  } else if (record.decide()) {
    seat.state = Seat::State::given_up;
  } else {
    // Its reply is on the way back and was settled: as a call that nobody waits for any more it
    // would be settled twice. Its caller goes on when the record arrives.
    patience_.add(index, never);
    return;
  }
  settle_from_here(record, Outcome::failed, Reason::reply_timeout, now);
  tell_settled(seat.caller, now);
}

void QueuedEntry::confirmed(CallHandle call, QueueResult result, Instant at) noexcept {
  CallRecord& record = *call.record;
  Seat& seat = seat_of(record);
  if (!seat.unconfirmed || record.call.sequence != call.sequence) {
    return;
  }
  seat.unconfirmed = false;
  if (result == QueueResult::ok) {
    const bool is_free = seat.returned;
    accepted(record, seat, at);
    if (is_free) {
      release(record, seat);
    }
    return;
  }
  if (seat.returned) {
    release(record, seat);  // it was delivered and settled: whatever the queue says, it had it
    return;
  }
  const bool refused = result == QueueResult::full || result == QueueResult::rejected ||
                       result == QueueResult::closed;
  keep_in_doubt(record, seat, refused ? Outcome::rejected : Outcome::unknown,
                refused ? reason_of(result) : Reason::unconfirmed, at);
}

void QueuedEntry::keep_in_doubt(CallRecord& record, Seat& seat, Outcome outcome, Reason reason,
                                Instant at) {
  if (seat.state == Seat::State::out) {
    if (!record.decide()) {
      return;  // its reply is on the way back
    }
    if (callers_wait()) {
      patience_.remove(pool_.index_of(record));
    }
    settle_from_here(record, outcome, reason, at);
    seat.state = Seat::State::in_doubt;
    tell_settled(
        seat.caller, at,
        outcome == Outcome::rejected ? SettledSink::Ending::refused : SettledSink::Ending::over);
  }
  if (doubts_.size() == seats_.size()) {
    if (CallRecord* const oldest = oldest_in_doubt(); oldest != nullptr) {
      release(*oldest, seat_of(*oldest));
    }
  }
  doubts_.push_back({&record, record.call.sequence});
}

CallRecord* QueuedEntry::oldest_in_doubt() {
  while (!doubts_.empty()) {
    const CallHandle call = doubts_.front();
    doubts_.pop_front();
    // Whoever claims the record owns it: us, or a worker whose reply will bring it back.
    if (call.record->claim(call.sequence)) {
      call.record->mark(call.sequence, CallRecord::Stage::free);
      return call.record;
    }
  }
  return nullptr;
}

void QueuedEntry::abandon_rest(Instant now) {
  for (; !held_.empty(); held_.pop()) {
    CallRecord& record = *held_.front().record;
    Seat& seat = seat_of(record);
    if (seat.state == Seat::State::held) {
      settle_from_here(record, Outcome::unfinished, Reason::drain_ended, now);
    }
    release(record, seat);
  }
  collect_returned();
  for (std::size_t index = 0; index < seats_.size(); ++index) {
    CallRecord& record = pool_.records()[index];
    if (seats_[index].unconfirmed && !seats_[index].returned && record.decide()) {
      settle_from_here(record, Outcome::unknown, Reason::unconfirmed, now);
    }
  }
}

void QueuedEntry::settle_from_here(const CallRecord& record, Outcome outcome, Reason reason,
                                   Instant now) {
  CallRecord as_we_know_it;
  as_we_know_it.call = record.call;
  as_we_know_it.at.offered_at = record.at.offered_at;
  as_we_know_it.outcome = outcome;
  as_we_know_it.reason = reason;
  settlements_.of(record).settle(as_we_know_it, now);
}

void QueuedEntry::release(CallRecord& record, Seat& seat) {
  const std::size_t index = pool_.index_of(record);
  if (patience_.is_listed(index)) {
    patience_.remove(index);
  }
  seat = {};
  pool_.give_back(record);
}

}  // namespace queuemeter
