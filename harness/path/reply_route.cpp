// SPDX-License-Identifier: Apache-2.0
#include "harness/path/reply_route.hpp"

#include <array>

namespace queuemeter {
namespace {

bool is_reply(const Returned& what) noexcept {
  return what.kind == Returned::Kind::reply && what.holds_record &&
         (what.outcome == Outcome::completed || what.outcome == Outcome::failed);
}

}  // namespace

bool ReplyRoute::returned(const Returned& what) noexcept {
  if (!is_reply(what)) {
    return memory_.returned(what);
  }
  if (producer_->room() == 0) {
    return false;
  }
  CallRecord& record = *what.call.record;
  record.outcome = what.outcome;
  record.reason = what.reason;
  record.at.taken_at = what.taken_at;
  record.at.called_at = what.called_at;
  record.at.replied_at = what.replied_at;
  // Pairs with the acquire of whoever reads the reply, when the queue between them goes through the
  // kernel.
  record.mark(what.call.sequence, CallRecord::Stage::working);
  const Instant planned_at = record.call.planned_at;  // the record is the settler's afterwards

  std::array<Instant, 1> accepted_at;
  const ChunkResult chunk = producer_->offer({&what.call, 1}, accepted_at);
  if (chunk.done == 1) {
    pass_on_side_counts(what, planned_at);
    return true;
  }
  switch (chunk.result) {
    case QueueResult::ok:
    case QueueResult::full:
    case QueueResult::empty:
    case QueueResult::timed_out:
      return false;
    case QueueResult::closed:
    case QueueResult::rejected:
    case QueueResult::failed:
      break;
  }
  // The work is done, but its caller will never hear of it.
  Returned unsendable = what;
  unsendable.outcome = Outcome::failed;
  unsendable.reason = Reason::queue_failure;
  return memory_.returned(unsendable);
}

void ReplyRoute::pass_on_side_counts(const Returned& what, Instant planned_at) noexcept {
  if (what.reordered || what.retries > 0) {
    Returned note = what;
    note.kind = Returned::Kind::note;
    note.call = {};
    note.at = planned_at;
    static_cast<void>(memory_.returned(note));  // a note that finds no room is counted there
  }
}

Instant ReplyRoute::step(Instant now) {
  return producer_ == nullptr ? never : producer_->step(now);
}

void ReplyRoute::confirmed(CallHandle /*call*/, QueueResult result, Instant /*at*/) noexcept {
  // Whatever became of it: either it comes, or its caller gives up, or the sweep finds it missing.
  if (result != QueueResult::ok) {
    unconfirmed_.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace queuemeter
