// SPDX-License-Identifier: Apache-2.0
#include "harness/path/direct_entry.hpp"

#include <algorithm>
#include <utility>

namespace queuemeter {

DirectEntry::DirectEntry(const Clock& clock, CallMaker maker, CallPool& pool, Backend& backend,
                         Duration reply_timeout, Settlements& settlements)
    : clock_{clock},
      maker_{std::move(maker)},
      pool_{pool},
      backend_{backend},
      reply_timeout_{reply_timeout},
      settlements_{settlements},
      seats_(pool.capacity()),
      patience_{pool.capacity()} {}

void DirectEntry::connect(boost::asio::io_context* loop) {
  client_ = backend_.make_client(clock_, *this, loop);
}

void DirectEntry::offer(std::span<const PlannedCall> due, Instant now) {
  for (const PlannedCall& call : due) {
    CallRecord* const record = pool_.acquire();
    if (record == nullptr) {
      refuse(call, Reason::caller_limit, now);
      continue;
    }
    maker_.fill(*record, call);
    const Instant offered_at = clock_.now();
    record->at.offered_at = offered_at;
    settlements_.of(call.class_index).offered(call.planned_at, offered_at);
    record->publish(call.sequence);
    ++in_flight_;
    const std::size_t index = pool_.index_of(*record);
    seats_[index] = call.seat;
    patience_.add(index, call.planned_at + reply_timeout_);
    client_->begin({record, call.sequence}, offered_at);
  }
}

Instant DirectEntry::step(Instant now) {
  client_->step(now);
  while (patience_.first_expiry() <= now) {
    give_up(patience_.first(), Outcome::failed, Reason::reply_timeout, now);
  }
  return std::min(client_->next_wake(), patience_.first_expiry());
}

void DirectEntry::replied(CallHandle call, const Reply& reply) {
  CallRecord& record = *call.record;
  patience_.remove(pool_.index_of(record));
  record.at.called_at = reply.called_at;
  record.at.replied_at = reply.replied_at;
  record.outcome = reply.reason == Reason::none ? Outcome::completed : Outcome::failed;
  record.reason = reply.reason;
  settle(record, reply.replied_at);
}

void DirectEntry::give_up(std::size_t slot, Outcome outcome, Reason reason, Instant now) {
  CallRecord& record = pool_.records()[slot];
  client_->abandon({&record, record.call.sequence});
  patience_.remove(slot);
  record.outcome = outcome;
  record.reason = reason;
  settle(record, now);
}

void DirectEntry::abandon_rest(Instant now) {
  while (!patience_.empty()) {
    give_up(patience_.first(), Outcome::unfinished, Reason::drain_ended, now);
  }
}

void DirectEntry::settle(CallRecord& record, Instant now) {
  settlements_.of(record).settle(record, now);
  pool_.give_back(record);
  --in_flight_;
  tell_settled(seats_[pool_.index_of(record)], now);
}

}  // namespace queuemeter
