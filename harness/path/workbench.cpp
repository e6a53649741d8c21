// SPDX-License-Identifier: Apache-2.0
#include "harness/path/workbench.hpp"

#include "harness/measure/single_writer.hpp"

#include <algorithm>
#include <chrono>

namespace queuemeter {
namespace {

/// How long a full reply queue is left alone: short beside a reply, long beside a look at a queue.
constexpr Duration room_slice = std::chrono::microseconds{100};

/// What the draw key of a call grows by with each attempt, so that a backend of ours draws anew
/// whether it fails: out of reach of sequences and of callers' numbers.
constexpr std::uint64_t draw_key_step = std::uint64_t{1} << 56U;

}  // namespace

Workbench::Workbench(std::size_t slots, ReturnSink& returns, const RetryPolicy& policy,
                     RetryBudget& budget)
    : returns_{returns}, policy_{policy}, budget_{budget}, slots_(slots), held_(slots) {
  retries_.reserve(slots);
  finished_.reserve(slots);
}

void Workbench::connect(Backend* backend, const Clock& clock, boost::asio::io_context* loop) {
  if (backend != nullptr) {
    client_ = backend->make_client(clock, *this, loop);
  }
}

void Workbench::begin(std::uint32_t number, Instant now) {
  WorkSlot& slot = slots_[number];
  slot.busy = true;
  busy_.began(now);
  if (slot.outcome != Outcome::completed || client_ == nullptr) {
    finish(slot, now);
    return;
  }
  budget_.begun();
  client_->begin({&slot, slot.call.sequence}, now);
}

Instant Workbench::step(Instant now) {
  if (client_ != nullptr) {
    client_->step(now);
  }
  begin_due_retries(now);
  hand_back_held(now);
  return next_wake();
}

Instant Workbench::next_wake() const noexcept {
  Instant wake_at = client_ == nullptr ? never : client_->next_wake();
  if (!retries_.empty()) {
    wake_at = std::min(wake_at, retries_.front().at);
  }
  return std::min(wake_at, held_until_);
}

void Workbench::replied(CallHandle call, const Reply& reply) {
  WorkSlot& slot = static_cast<WorkSlot&>(*call.record);  // we began it with a slot of ours
  if (!is_observed(slot.at.called_at)) {
    slot.at.called_at = reply.called_at;
  }
  slot.at.replied_at = reply.replied_at;
  slot.reason = reply.reason;
  slot.outcome = reply.reason == Reason::none ? Outcome::completed : Outcome::failed;
  if (slot.outcome == Outcome::failed && try_again(slot, reply.replied_at)) {
    return;
  }
  finish(slot, reply.replied_at);
}

bool Workbench::try_again(WorkSlot& slot, Instant now) {
  const std::optional<Duration> delay =
      policy_.delay_after(std::size_t{slot.retries} + 1, slot.call.class_index, slot.call.draw_key);
  if (!delay.has_value() || now + *delay >= slot.call.deadline || !budget_.spend()) {
    return false;
  }
  retries_.push_back({now + *delay, number_of(slot)});
  std::push_heap(retries_.begin(), retries_.end(), Retry::is_later);
  return true;
}

void Workbench::begin_due_retries(Instant now) {
  // What fails within this step is due for the next one, so that a step always ends.
  for (std::size_t left = retries_.size(); left > 0 && retries_.front().at <= now; --left) {
    WorkSlot& slot = slots_[retries_.front().slot];
    std::pop_heap(retries_.begin(), retries_.end(), Retry::is_later);
    retries_.pop_back();
    ++slot.retries;
    ++slot.call.attempt;
    slot.call.draw_key += draw_key_step;
    add_alone(retried_);
    client_->begin({&slot, slot.call.sequence}, now);
  }
}

void Workbench::finish(WorkSlot& slot, Instant now) {
  slot.done_at = now;
  if (held_count_ == 0 && hand_back(slot, now)) {
    return;
  }
  held_[(first_held_ + held_count_) % held_.size()] = number_of(slot);
  ++held_count_;
  held_until_ = std::min(held_until_, now + room_slice);
}

void Workbench::hand_back_held(Instant now) {
  while (held_count_ > 0 && hand_back(slots_[held_[first_held_]], now)) {
    first_held_ = (first_held_ + 1) % held_.size();
    --held_count_;
  }
  held_until_ = held_count_ == 0 ? never : now + room_slice;
}

bool Workbench::hand_back(WorkSlot& slot, Instant now) {
  if (!returns_.returned({.call = slot.delivered,
                          .taken_at = slot.at.taken_at,
                          .called_at = slot.at.called_at,
                          .replied_at = slot.at.replied_at,
                          .at = slot.done_at,
                          .outcome = slot.outcome,
                          .reason = slot.reason,
                          .holds_record = slot.holds_record,
                          .reordered = slot.reordered,
                          .retries = slot.retries,
                          .class_index = slot.call.class_index})) {
    return false;
  }
  busy_.ended(now);
  slot.busy = false;
  finished_.push_back(number_of(slot));
  return true;
}

void Workbench::abandon(Instant now) {
  held_count_ = 0;
  held_until_ = never;
  retries_.clear();
  for (WorkSlot& slot : slots_) {
    if (!slot.busy) {
      continue;
    }
    if (client_ != nullptr) {
      client_->abandon({&slot, slot.call.sequence});
    }
    if (slot.outcome != Outcome::expired) {
      slot.outcome = Outcome::unfinished;
      slot.reason = Reason::drain_ended;
    }
    finish(slot, now);
  }
  publish();
}

}  // namespace queuemeter
