// SPDX-License-Identifier: Apache-2.0
#include "harness/path/queued_entry.hpp"

#include <algorithm>

namespace queuemeter {
namespace {

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

}  // namespace

void QueuedEntry::offer(std::span<const PlannedCall> due, Instant now) {
  while (!due.empty()) {
    const std::size_t count = std::min(due.size(), chunk_calls);
    offer_chunk(due.first(count), now);
    due = due.subspan(count);
  }
}

void QueuedEntry::offer_chunk(std::span<const PlannedCall> due, Instant now) {
  std::size_t next = 0;
  const std::size_t ready = prepare(due, now);
  while (next < ready) {
    const std::span<const CallHandle> rest{handles_.data() + next, ready - next};
    const std::span<Instant> accepted_at{accepted_at_.data(), rest.size()};
    const ChunkResult chunk = producer_->offer(rest, accepted_at);
    for (std::size_t index = 0; index < chunk.done; ++index) {
      // The record is a worker's by now, but nobody writes offered_at while it is in flight, and
      // it cannot come back to us before we ask the pool for it.
      const Instant planned_at = due[next + index].planned_at;
      const Instant offered_at = rest[index].record->at.offered_at;
      Settlement& settlement = settlements_.of(due[next + index].class_index);
      settlement.offered(planned_at, offered_at);
      settlement.accepted(planned_at, offered_at, accepted_at[index]);
    }
    next += chunk.done;
    if (next < ready) {
      settle_refused(due[next], handles_[next], chunk.result);
      ++next;
    }
  }
  for (const PlannedCall& call : due.subspan(ready)) {
    maker_.settle_rejected(settlements_, call, Reason::caller_limit, now);
  }
}

std::size_t QueuedEntry::prepare(std::span<const PlannedCall> due, Instant now) {
  std::size_t ready = 0;
  for (const PlannedCall& call : due) {
    CallRecord* const record = pool_.acquire();
    if (record == nullptr) {
      break;
    }
    maker_.fill(*record, call);
    record->at.offered_at = now;  // a queue that refuses everything stamps nothing
    record->publish(call.sequence);
    handles_[ready++] = {record, call.sequence};
  }
  return ready;
}

void QueuedEntry::settle_refused(const PlannedCall& call, CallHandle handle, QueueResult result) {
  CallRecord& record = *handle.record;
  record.outcome = result == QueueResult::failed ? Outcome::failed : Outcome::rejected;
  record.reason = reason_of(result);
  Settlement& settlement = settlements_.of(record);
  settlement.offered(call.planned_at, record.at.offered_at);
  settlement.settle(record, record.at.offered_at);
  pool_.give_back(record);
}

}  // namespace queuemeter
