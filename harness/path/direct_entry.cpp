// SPDX-License-Identifier: Apache-2.0
#include "harness/path/direct_entry.hpp"

#include <algorithm>

namespace queuemeter {

DirectEntry::DirectEntry(const Clock& clock, const CallTemplate& common, std::uint32_t caller,
                         CallPool& pool, Duration reply_timeout, Settlement& settlement)
    : clock_{clock},
      common_{common},
      caller_{caller},
      pool_{pool},
      reply_timeout_{reply_timeout},
      settlement_{settlement},
      patience_{pool.capacity()} {}

void DirectEntry::offer(std::span<const PlannedCall> due, Instant now) {
  for (const PlannedCall& call : due) {
    CallRecord* const record = pool_.acquire();
    if (record == nullptr) {
      settle_rejected(settlement_, common_, caller_, call, Reason::caller_limit, now);
      continue;
    }
    fill_record(*record, common_, caller_, call);
    const Instant offered_at = clock_.now();
    record->at.offered_at = offered_at;
    settlement_.offered(call.planned_at, offered_at);
    record->publish(call.sequence);
    ++in_flight_;
    patience_.add(pool_.index_of(*record), call.planned_at + reply_timeout_);
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
  settlement_.settle(record, now);
  pool_.give_back(record);
  --in_flight_;
}

}  // namespace queuemeter
