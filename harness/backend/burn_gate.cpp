// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/burn_gate.hpp"

#include <algorithm>

namespace queuemeter {

BurnGate::BurnGate(const ServiceModel& model)
    : room_{std::max<std::size_t>(model.concurrency, 1) + model.queue},
      free_slots_{std::max<std::size_t>(model.concurrency, 1)} {
  totals_.slots = free_slots_;
  if (model.rate_limit) {
    quota_.emplace(*model.rate_limit);
  }
}

Reason BurnGate::arrive(Instant now) {
  const std::scoped_lock lock{mutex_};
  show(now);
  if (quota_ && !quota_->admit(now_)) {
    ++totals_.limited;
    return Reason::backend_quota;
  }
  if (inside_ >= room_) {
    ++totals_.refused;
    return Reason::backend_refused;
  }
  ++inside_;
  return Reason::none;
}

bool BurnGate::start(Instant now) {
  const std::scoped_lock lock{mutex_};
  show(now);
  if (free_slots_ == 0) {
    return false;
  }
  --free_slots_;
  working_started_sum_ += now - origin_;
  return true;
}

void BurnGate::end(Instant started_at, Instant ended_at, bool is_error, bool is_wasted) {
  const std::scoped_lock lock{mutex_};
  show(ended_at);
  const Duration service = ended_at - started_at;
  const double seconds = to_seconds(service);
  ++free_slots_;
  --inside_;
  working_started_sum_ -= started_at - origin_;
  finished_busy_ += service;
  ++totals_.served;
  totals_.errors += is_error ? 1U : 0U;
  totals_.wasted += is_wasted ? 1U : 0U;
  totals_.service_seconds += seconds;
  totals_.service_seconds_squared += seconds * seconds;
}

void BurnGate::hang() {
  const std::scoped_lock lock{mutex_};
  ++totals_.hung;
}

void BurnGate::leave() {
  const std::scoped_lock lock{mutex_};
  --inside_;
}

void BurnGate::add_clock(const Clock& clock) {
  const std::scoped_lock lock{mutex_};
  clocks_.push_back(&clock);
}

void BurnGate::remove_clock(const Clock& clock) {
  const std::scoped_lock lock{mutex_};
  clocks_.erase(std::find(clocks_.begin(), clocks_.end(), &clock));
}

BackendAccount BurnGate::account() {
  const std::scoped_lock lock{mutex_};
  show(clocks_.empty() ? now_ : clocks_.back()->now());
  BackendAccount account = totals_;
  account.read_at = now_;
  const auto working = static_cast<Duration::rep>(totals_.slots - free_slots_);
  account.busy_seconds =
      to_seconds(finished_busy_ + working * (now_ - origin_) - working_started_sum_);
  return account;
}

void BurnGate::show(Instant now) noexcept {
  if (!is_observed(origin_)) {
    origin_ = now;
  }
  now_ = std::max(now_, now);
}

}  // namespace queuemeter
