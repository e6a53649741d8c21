// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/synthetic_gate.hpp"

#include "harness/backend/saturating_add.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace queuemeter {
namespace {

/// Slots that have room before anybody works in them; more get it when they are first used.
constexpr std::size_t slots_at_first = 4096;

}  // namespace

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
    : settings_{std::move(settings)},
      common_fate_{common_fate(settings_.model)},
      idle_{std::max<std::size_t>(settings_.model.concurrency, 1)} {
  totals_.slots = idle_;
  works_.make_room(std::min(idle_, slots_at_first));
  if (settings_.model.rate_limit) {
    quota_.emplace(*settings_.model.rate_limit);
  }
}

Admission SyntheticGate::admit(std::uint16_t class_index, std::uint64_t draw_key, Instant now) {
  const ServiceFate fate =
      common_fate_.has_value() ? *common_fate_ : draw_fate(settings_.model, class_index, draw_key);
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
    const Work work{started_at, finishes_at, ++serial_, fate.is_error, is_late};
    admission.ticket = std::uint64_t{work.serial} << 32U | works_.push(finishes_at, work);
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
  const auto place = static_cast<WorkNumber>(ticket);
  if (ticket != 0 && works_[place].serial == ticket >> 32U) {
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
  account.service_seconds = to_seconds(finished_busy_);
  account.service_seconds_squared = finished_squares_ * 1e-18;
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
  while (!works_.empty() && works_.front_at() <= now_) {
    finish(works_.pull());
    ++idle_;
  }
}

void SyntheticGate::start(Instant at, bool hangs) noexcept {
  ++working_;
  working_started_sum_ += at - origin_;
  totals_.hung += hangs ? 1U : 0U;
}

void SyntheticGate::finish(WorkNumber number) noexcept {
  Work& work = works_[number];
  const Duration service = work.finishes_at - work.started_at;
  const auto nanoseconds = static_cast<double>(service.count());
  --working_;
  working_started_sum_ -= work.started_at - origin_;
  finished_busy_ += service;
  finished_squares_ += nanoseconds * nanoseconds;
  ++totals_.served;
  totals_.errors += work.is_error ? 1U : 0U;
  totals_.wasted += work.is_wasted ? 1U : 0U;
  work.serial = 0;
  works_.let_go(number);
}

Instant SyntheticGate::take_slot(bool hangs) {
  if (idle_ > 0) {
    --idle_;
    start(now_, hangs);
    return now_;
  }
  if (works_.empty()) {  // every slot hangs, or will: it waits for ever
    starts_.push({never, no_work, hangs});
    return never;
  }
  const Instant at = works_.front_at();
  starts_.push({at, works_.pull(), hangs});
  return at;
}

}  // namespace queuemeter
