// SPDX-License-Identifier: Apache-2.0
#include "harness/path/process_account.hpp"

#include <utility>

namespace queuemeter {
namespace {

/// How a call that its child finished, or gave up, is handed back.
Returned to_returned(const ProcessReport& report, CallHandle call) noexcept {
  Returned what;
  what.call = call;
  what.taken_at = report.taken_at;
  what.called_at = report.called_at;
  what.replied_at = report.replied_at;
  what.at = report.at;
  what.outcome = report.outcome;
  what.reason = report.reason;
  what.retries = report.retries;
  return what;
}

}  // namespace

bool ProcessAccount::hand_back_pending() noexcept {
  while (!pending_.empty() && parts_.returns.returned(pending_.front())) {
    pending_.erase(pending_.begin());
  }
  return pending_.empty();
}

void ProcessAccount::offer_back(const Returned& what) {
  if (is_waiting() || !parts_.returns.returned(what)) {
    pending_.push_back(what);
  }
}

void ProcessAccount::hand_back(const ProcessReport& report, DeliveryDesk& desk) {
  if (report.went_by_queue) {
    parts_.front.taken(report.planned_at);
    if (report.retries > 0) {
      Returned note = to_returned(report, {});
      note.kind = Returned::Kind::note;
      note.at = report.planned_at;
      note.class_index = report.class_index;
      static_cast<void>(parts_.returns.returned(note));  // finding no room, it is counted there
    }
    return;
  }
  const std::optional<CallHandle> call = find(report.slot, report.sequence);
  if (!call.has_value()) {
    return;
  }
  desk.receive(*call, report.taken_at, report.taken_at, scratch_, report.attempt);
  Returned what = to_returned(report, *call);
  what.holds_record = scratch_.holds_record;
  what.reordered = scratch_.reordered;
  what.class_index = scratch_.call.class_index;
  offer_back(what);
}

std::optional<CallHandle> ProcessAccount::find(std::uint32_t slot,
                                               std::uint64_t sequence) noexcept {
  Call call;
  call.run_id = orders_.run_id;
  call.slot = slot;
  call.sequence = sequence;
  return parts_.intake.admit(call);
}

bool ProcessAccount::lose(CallHandle call, Outcome outcome, Reason reason, Instant now) {
  if (!call.record->claim(call.sequence)) {
    return false;  // settled by another delivery, or its caller has left
  }
  Returned what;
  what.call = call;
  what.at = now;
  what.outcome = outcome;
  what.reason = reason;
  what.holds_record = true;
  what.class_index = call.record->call.class_index;
  offer_back(what);
  return true;
}

std::size_t ProcessAccount::settle_doubts() {
  std::size_t lost = 0;
  for (const CallHandle& call : std::exchange(doubts_, {})) {
    lost += lose(call, Outcome::lost, Reason::worker_died, parts_.clock.now()) ? 1U : 0U;
  }
  return lost;
}

void ProcessAccount::close(const ProcessPlace& place, bool is_stopping, Instant now) {
  const ProcessStage stage = place.stage.load(std::memory_order_acquire);
  const bool has_told = place.filled.load(std::memory_order_acquire) >
                        place.report_number.load(std::memory_order_relaxed);
  switch (stage) {
    case ProcessStage::starting:
    case ProcessStage::failed:
    case ProcessStage::ended:
    case ProcessStage::idle:
      return;
    case ProcessStage::holding:
    case ProcessStage::replying:
    case ProcessStage::replied:
      break;
  }
  const std::optional<CallHandle> call = find(place.slot.load(std::memory_order_relaxed),
                                              place.sequence.load(std::memory_order_relaxed));
  // A queue that waits for acknowledgements delivers the call again: it is not lost.
  if (has_told || !call.has_value() || orders_.acknowledges) {
    return;
  }
  if (stage == ProcessStage::replying) {
    doubts_.push_back(*call);
  } else if (stage == ProcessStage::holding) {
    static_cast<void>(is_stopping ? lose(*call, Outcome::unfinished, Reason::drain_ended, now)
                                  : lose(*call, Outcome::lost, Reason::worker_died, now));
  }
}

}  // namespace queuemeter
