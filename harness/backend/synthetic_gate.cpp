// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/synthetic_gate.hpp"

#include "harness/backend/saturating_add.hpp"
#include "harness/backend/service_fate.hpp"

#include <algorithm>
#include <utility>

namespace queuemeter {

void SyntheticGate::StartQueue::push(Start start) {
  if (count_ == ring_.size()) {
    std::rotate(ring_.begin(), ring_.begin() + static_cast<std::ptrdiff_t>(first_), ring_.end());
    first_ = 0;
    ring_.resize(ring_.size() * 2);
  }
  ring_[(first_ + count_) & (ring_.size() - 1)] = start;
  ++count_;
}

void SyntheticGate::StartQueue::pop() noexcept {
  first_ = (first_ + 1) & (ring_.size() - 1);
  --count_;
}

SyntheticGate::SyntheticGate(SyntheticSettings settings)
    : settings_{std::move(settings)}, idle_{std::max<std::size_t>(settings_.model.concurrency, 1)} {
  totals_.slots = idle_;
  works_.reserve(idle_);
  free_works_.reserve(idle_);
  if (settings_.model.rate_limit) {
    quota_.emplace(*settings_.model.rate_limit);
  }
}

Admission SyntheticGate::admit(std::uint16_t class_index, std::uint64_t draw_key, Instant now) {
  const ServiceFate fate = draw_fate(settings_.model, class_index, draw_key);
  const Instant gives_up_at = saturating_add(now, settings_.client_timeout);

  const std::scoped_lock lock{mutex_};
  advance_to(now);
  if (quota_ && !quota_->admit(now_)) {
    ++totals_.limited;
    return turn_away(Reason::backend_quota, gives_up_at);
  }
  if (idle_ == 0 && starts_.size() >= settings_.model.queue) {
    ++totals_.refused;
    return turn_away(Reason::backend_refused, gives_up_at);
  }
  const Instant started_at = take_slot(fate.hangs);
  const Instant finishes_at =
      fate.hangs ? never : finish_of(settings_.freezes, started_at, fate.service);
  const bool is_late = finishes_at > gives_up_at;
  Admission admission;
  admission.answer_at = std::min(finishes_at, gives_up_at);
  admission.reason = fate.is_error ? Reason::backend_error : Reason::none;
  if (is_late) {
    admission.reason = Reason::backend_timeout;
  }
  if (finishes_at != never) {
    admission.ticket = add_work({started_at, finishes_at, 0, fate.is_error, is_late});
  }
  return admission;
}

Admission SyntheticGate::turn_away(Reason reason, Instant gives_up_at) const noexcept {
  const Instant told_at = end_of_freeze(settings_.freezes, now_);
  return {.reason = told_at > gives_up_at ? Reason::backend_timeout : reason,
          .answer_at = std::min(told_at, gives_up_at)};
}

void SyntheticGate::leave(std::uint64_t ticket) {
  const std::scoped_lock lock{mutex_};
  // A ticket is (serial number, place); a place used by a later call has another serial number.
  const auto place = static_cast<std::uint32_t>(ticket);
  if (ticket != 0 && place < works_.size() && works_[place].ticket == ticket) {
    works_[place].is_wasted = true;
  }
}

void SyntheticGate::add_clock(const Clock& clock) {
  const std::scoped_lock lock{mutex_};
  clocks_.push_back(&clock);
}

void SyntheticGate::remove_clock(const Clock& clock) {
  const std::scoped_lock lock{mutex_};
  clocks_.erase(std::find(clocks_.begin(), clocks_.end(), &clock));
}

BackendAccount SyntheticGate::account() {
  const std::scoped_lock lock{mutex_};
  advance_to(clocks_.empty() ? now_ : clocks_.back()->now());
  BackendAccount account = totals_;
  account.read_at = now_;
  const Duration working = static_cast<Duration::rep>(working_) * (now_ - origin_);
  account.busy_seconds = to_seconds(finished_busy_ + working - working_started_sum_);
  return account;
}

void SyntheticGate::advance_to(Instant now) {
  if (!is_observed(origin_)) {
    origin_ = now;
  }
  now_ = std::max(now_, now);
  while (!starts_.empty() && starts_.front().at <= now_) {
    const Start next = starts_.front();
    starts_.pop();
    finish(next.predecessor);
    start(next.at, next.hangs);
  }
  while (!finishes_.empty() && finishes_.front_at() <= now_) {
    const WorkNumber number = finishes_.front();
    finishes_.pop();
    finish(number);
    ++idle_;
  }
}

void SyntheticGate::start(Instant at, bool hangs) noexcept {
  ++working_;
  working_started_sum_ += at - origin_;
  totals_.hung += hangs ? 1U : 0U;
}

void SyntheticGate::finish(WorkNumber number) {
  Work& work = works_[number];
  const Duration service = work.finishes_at - work.started_at;
  const double seconds = to_seconds(service);
  --working_;
  working_started_sum_ -= work.started_at - origin_;
  finished_busy_ += service;
  ++totals_.served;
  totals_.errors += work.is_error ? 1U : 0U;
  totals_.wasted += work.is_wasted ? 1U : 0U;
  totals_.service_seconds += seconds;
  totals_.service_seconds_squared += seconds * seconds;
  work.ticket = 0;
  free_works_.push_back(number);
}

Instant SyntheticGate::take_slot(bool hangs) {
  if (idle_ > 0) {
    --idle_;
    start(now_, hangs);
    return now_;
  }
  if (finishes_.empty()) {  // every slot hangs, or will: it waits for ever
    starts_.push({never, no_work, hangs});
    return never;
  }
  const Instant at = finishes_.front_at();
  starts_.push({at, finishes_.front(), hangs});
  finishes_.pop();
  return at;
}

std::uint64_t SyntheticGate::add_work(const Work& work) {
  if (free_works_.empty()) {
    free_works_.push_back(static_cast<WorkNumber>(works_.size()));
    works_.emplace_back();
    free_works_.reserve(works_.capacity());  // so that `finish` never allocates
  }
  const WorkNumber number = free_works_.back();
  free_works_.pop_back();
  works_[number] = work;
  works_[number].ticket = (++tickets_ << 32U) | number;
  finishes_.push(work.finishes_at, number);
  return works_[number].ticket;
}

}  // namespace queuemeter
