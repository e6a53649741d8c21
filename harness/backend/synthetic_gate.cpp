// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/synthetic_gate.hpp"

#include "harness/backend/saturating_add.hpp"
#include "harness/call/draw.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace queuemeter {
namespace {

bool happens(double rate, std::uint64_t seed, DrawUse use, std::uint16_t class_index,
             std::uint64_t sequence) noexcept {
  return rate > 0.0 && KeyedDraws{seed, use, class_index}.uniform(sequence).first < rate;
}

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
      slots_(std::max<std::size_t>(settings_.model.concurrency, 1), Instant::min()) {
  totals_.slots = slots_.size();
  finishes_.reserve(slots_.size());
  works_.reserve(slots_.size());
  free_works_.reserve(slots_.size());
}

Admission SyntheticGate::admit(std::uint16_t class_index, std::uint64_t sequence, Instant now) {
  const std::uint64_t seed = settings_.model.seed;
  const bool is_error =
      happens(settings_.model.error_rate, seed, DrawUse::backend_error, class_index, sequence);
  const bool hangs =
      happens(settings_.model.hang_rate, seed, DrawUse::backend_hang, class_index, sequence);
  const Duration service = settings_.model.service_time.sample(
      KeyedDraws{seed, DrawUse::service, class_index}.uniform(sequence));
  const Instant gives_up_at = saturating_add(now, settings_.client_timeout);

  const std::scoped_lock lock{mutex_};
  advance_to(now);
  Admission admission;
  Instant finishes_at = never;
  if (slots_.front() > now_ && starts_.size() >= settings_.model.queue) {
    ++totals_.refused;
    admission.reason = Reason::backend_refused;
    finishes_at = end_of_freeze(now_);
  } else {
    const Instant started_at = take_slot(now_, service, hangs, finishes_at);
    admission.reason = is_error ? Reason::backend_error : Reason::none;
    if (finishes_at != never) {
      admission.ticket =
          add_work({started_at, finishes_at, 0, is_error, finishes_at > gives_up_at});
    }
  }
  admission.answer_at = std::min(finishes_at, gives_up_at);
  if (finishes_at > gives_up_at) {
    admission.reason = Reason::backend_timeout;
  }
  return admission;
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
    ++working_;
    working_started_sum_ += starts_.front().at - origin_;
    totals_.hung += starts_.front().hangs ? 1U : 0U;
    starts_.pop();
  }
  while (!finishes_.empty() && finishes_.front().at <= now_) {
    finish_first();
  }
}

void SyntheticGate::finish_first() {
  const auto later_finish = [](const Finish& left, const Finish& right) {
    return left.at > right.at;
  };
  const std::uint32_t place = finishes_.front().work;
  std::pop_heap(finishes_.begin(), finishes_.end(), later_finish);
  finishes_.pop_back();
  Work& work = works_[place];
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
  free_works_.push_back(place);
}

Instant SyntheticGate::take_slot(Instant now, Duration service, bool hangs, Instant& finishes_at) {
  const Instant started_at = std::max(now, slots_.front());
  finishes_at = hangs ? never : finish_of(started_at, service);
  std::pop_heap(slots_.begin(), slots_.end(), std::greater<>{});
  slots_.back() = finishes_at;
  std::push_heap(slots_.begin(), slots_.end(), std::greater<>{});
  starts_.push({started_at, hangs});
  return started_at;
}

std::uint64_t SyntheticGate::add_work(const Work& work) {
  if (free_works_.empty()) {
    free_works_.push_back(static_cast<std::uint32_t>(works_.size()));
    works_.emplace_back();
  }
  const std::uint32_t place = free_works_.back();
  free_works_.pop_back();
  works_[place] = work;
  works_[place].ticket = (++tickets_ << 32U) | place;
  finishes_.push_back({work.finishes_at, place});
  std::push_heap(finishes_.begin(), finishes_.end(),
                 [](const Finish& left, const Finish& right) { return left.at > right.at; });
  return works_[place].ticket;
}

Instant SyntheticGate::end_of_freeze(Instant at) const noexcept {
  for (const FreezeWindow& freeze : settings_.freezes) {
    if (at >= freeze.from) {
      at = std::max(at, freeze.from + freeze.length);
    }
  }
  return at;
}

Instant SyntheticGate::finish_of(Instant start, Duration service) const noexcept {
  Instant at = start;
  Duration left = service;
  if (at == never) {
    return never;
  }
  for (const FreezeWindow& freeze : settings_.freezes) {
    const Instant thaws_at = freeze.from + freeze.length;
    if (thaws_at <= at) {
      continue;
    }
    if (at < freeze.from) {
      if (saturating_add(at, left) <= freeze.from) {
        break;
      }
      left -= freeze.from - at;
    }
    at = thaws_at;
  }
  return saturating_add(at, left);
}

}  // namespace queuemeter
