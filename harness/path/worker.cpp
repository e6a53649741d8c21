// SPDX-License-Identifier: Apache-2.0
#include "harness/path/worker.hpp"

#include <array>

namespace queuemeter {

Instant Worker::step(Instant now) {
  client_->step(now);
  while (!busy()) {
    std::array<CallHandle, 1> call;
    std::array<Instant, 1> taken_at;
    const ChunkResult chunk = consumer_->take(call, taken_at);
    queue_state_ = chunk.result;
    if (chunk.done == 0) {
      break;
    }
    work_on(call.front(), taken_at.front());
  }
  return client_->next_wake();
}

void Worker::work_on(CallHandle call, Instant taken_at) {
  busy_since_.store(to_nanoseconds(taken_at), std::memory_order_relaxed);
  current_is_duplicate_ = !call.record->claim(call.sequence);
  current_is_reordered_ = false;
  if (current_is_duplicate_) {
    duplicate_.call.sequence = call.sequence;
    duplicate_.call.planned_at = taken_at;
    call.record = &duplicate_;
  } else {
    front_.taken(call.record->at.offered_at);
    current_is_reordered_ = overtaken(*call.record);
    call.record->at.taken_at = taken_at;
  }
  current_ = call;
  if (call.record->call.deadline <= taken_at && !current_is_duplicate_) {
    call.record->outcome = Outcome::expired;
    call.record->reason = Reason::deadline;
    hand_back(taken_at);
    return;
  }
  client_->begin(call, taken_at);
}

bool Worker::overtaken(const CallRecord& record) noexcept {
  std::uint64_t& latest = latest_taken_[record.call.offerer];
  if (latest != no_sequence && record.call.sequence < latest) {
    return true;
  }
  latest = record.call.sequence;
  return false;
}

void Worker::replied(CallHandle call, const Reply& reply) {
  CallRecord& record = *call.record;
  record.at.called_at = reply.called_at;
  record.at.replied_at = reply.replied_at;
  record.outcome = reply.reason == Reason::none ? Outcome::completed : Outcome::failed;
  record.reason = reply.reason;
  hand_back(reply.replied_at);
}

void Worker::hand_back(Instant now) noexcept {
  const std::int64_t since = busy_since_.load(std::memory_order_relaxed);
  busy_nanoseconds_.store(
      busy_nanoseconds_.load(std::memory_order_relaxed) + to_nanoseconds(now) - since,
      std::memory_order_relaxed);
  busy_since_.store(idle, std::memory_order_relaxed);
  returns_.returned(
      {.record = current_is_duplicate_ ? nullptr : current_.record,
       .at = now,
       .kind = current_is_duplicate_ ? Returned::Kind::duplicate : Returned::Kind::settled,
       .reordered = current_is_reordered_});
}

void Worker::abandon(Instant now) {
  if (!busy()) {
    return;
  }
  client_->abandon(current_);
  if (!current_is_duplicate_) {
    current_.record->outcome = Outcome::unfinished;
    current_.record->reason = Reason::drain_ended;
  }
  hand_back(now);
}

Duration Worker::busy_time(Instant now) const noexcept {
  const std::int64_t since = busy_since_.load(std::memory_order_relaxed);
  const Duration finished{busy_nanoseconds_.load(std::memory_order_relaxed)};
  return since == idle ? finished : finished + (now - instant_from_nanoseconds(since));
}

}  // namespace queuemeter
