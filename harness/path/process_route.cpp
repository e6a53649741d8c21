// SPDX-License-Identifier: Apache-2.0
#include "harness/path/process_route.hpp"

#include "harness/measure/single_writer.hpp"

#include <array>
#include <signal.h>
#include <unistd.h>

namespace queuemeter {
namespace {

/// What a reply queue carries; the rest goes by memory.
bool is_reply(const Returned& what) noexcept {
  return what.outcome == Outcome::completed || what.outcome == Outcome::failed;
}

}  // namespace

void ring_process_bell(const ProcessBoard& board, int bell) noexcept {
  // Pairs with the parent's store before it looks for reports the last time.
  if (board.head().parent_sleeps.load(std::memory_order_seq_cst) != 0) {
    constexpr std::uint64_t once = 1;
    [[maybe_unused]] const ssize_t written = ::write(bell, &once, sizeof once);
  }
}

ProcessRoute::ProcessRoute(const ProcessBoard& board, ProcessPlace& place, int bell, Queue* replies,
                           const Clock& clock, boost::asio::io_context* loop)
    : board_{board}, place_{place}, bell_{bell} {
  if (replies != nullptr) {
    producer_ = replies->make_producer(clock, nullptr, loop);
  }
}

void ProcessRoute::took(CallHandle call, Instant taken_at) noexcept {
  taken_at_ = taken_at;
  place_.sequence.store(call.sequence, std::memory_order_relaxed);
  place_.slot.store(call.record->call.slot, std::memory_order_relaxed);
  place_.report_number.store(place_.filled.load(std::memory_order_relaxed),
                             std::memory_order_relaxed);
  place_.busy_since.store(to_nanoseconds(taken_at), std::memory_order_relaxed);
  stage(ProcessStage::holding);  // releases what it speaks of
}

bool ProcessRoute::returned(const Returned& what) noexcept {
  if (dies_when_done_) {
    ::raise(SIGKILL);
  }
  // Before the reply, which must not be sent twice.
  if (!place_.has_room()) {
    return false;
  }
  Returned result = what;
  const bool goes_by_queue = producer_ != nullptr && is_reply(what);
  const Sent sent = goes_by_queue ? send_reply(what) : Sent::not_possible;
  if (sent == Sent::no_room) {
    return false;
  }
  if (goes_by_queue && sent == Sent::not_possible) {
    // The work is done, but its caller will never hear of it.
    result.outcome = Outcome::failed;
    result.reason = Reason::queue_failure;
  }
  report(result, sent == Sent::yes);
  return true;
}

ProcessRoute::Sent ProcessRoute::send_reply(const Returned& what) noexcept {
  CallRecord& record = *what.call.record;
  record.outcome = what.outcome;
  record.reason = what.reason;
  record.at.taken_at = what.taken_at;
  record.at.called_at = what.called_at;
  record.at.replied_at = what.replied_at;
  if (producer_->room() == 0) {
    return Sent::no_room;
  }
  stage(ProcessStage::replying);
  std::array<Instant, 1> accepted_at;
  const ChunkResult chunk = producer_->offer({&what.call, 1}, accepted_at);
  if (chunk.done == 1) {
    stage(ProcessStage::replied);
    return Sent::yes;
  }
  stage(ProcessStage::holding);
  switch (chunk.result) {
    case QueueResult::ok:
    case QueueResult::full:
    case QueueResult::empty:
    case QueueResult::timed_out:
      return Sent::no_room;
    case QueueResult::closed:
    case QueueResult::rejected:
    case QueueResult::failed:
      break;
  }
  return Sent::not_possible;
}

void ProcessRoute::report(const Returned& what, bool went_by_queue) noexcept {
  const Call& call = what.call.record->call;
  place_.push({.sequence = what.call.sequence,
               .slot = call.slot,
               .retries = what.retries,
               .outcome = what.outcome,
               .reason = what.reason,
               .went_by_queue = went_by_queue,
               .class_index = call.class_index,
               .attempt = call.attempt,
               .planned_at = call.planned_at,
               .taken_at = what.taken_at,
               .called_at = what.called_at,
               .replied_at = what.replied_at,
               .at = what.at});
  const std::int64_t busy = to_nanoseconds(what.at) - to_nanoseconds(taken_at_);
  place_.busy_since.store(0, std::memory_order_relaxed);
  add_alone(place_.busy_nanoseconds, busy);
  stage(ProcessStage::idle);
  ring_process_bell(board_, bell_);
}

}  // namespace queuemeter
