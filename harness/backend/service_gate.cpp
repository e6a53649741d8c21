// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/service_gate.hpp"

#include "harness/backend/burn.hpp"
#include "harness/call/clock.hpp"

#include <algorithm>
#include <chrono>

namespace queuemeter {
namespace {

Instant now() noexcept { return MonotonicClock{}.now(); }

/// libstdc++'s steady clock is CLOCK_MONOTONIC, and waits on it by an absolute time.
std::chrono::steady_clock::time_point to_steady(Instant at) noexcept {
  return std::chrono::steady_clock::time_point{at.time_since_epoch()};
}

}  // namespace

ServiceGate::ServiceGate(std::size_t slots, std::size_t queue)
    : queue_{queue}, free_slots_{std::max<std::size_t>(slots, 1)}, account_{free_slots_, now()} {}

ServiceGate::Grant ServiceGate::enter() {
  std::unique_lock lock{mutex_};
  if (is_stopped_) {
    return {Entry::stopped, unobserved};
  }
  if (free_slots_ > 0) {
    --free_slots_;
    const Grant grant{Entry::granted, now()};
    account_.began(grant.started_at);
    return grant;
  }
  if (waiting_ >= queue_) {
    account_.refused();
    return {Entry::refused, unobserved};
  }
  Waiter self;
  (last_waiter_ == nullptr ? first_waiter_ : last_waiter_->next) = &self;
  last_waiter_ = &self;
  ++waiting_;
  peak_waiting_ = std::max(peak_waiting_, waiting_);
  self.called.wait(lock, [&self] { return self.is_called; });
  return self.grant;
}

bool ServiceGate::work_until(Instant at) {
  std::unique_lock lock{mutex_};
  return !stopped_.wait_until(lock, to_steady(at), [this] { return is_stopped_; });
}

bool ServiceGate::burn(Duration cpu) const noexcept { return burn_cpu(cpu, &burning_ends_); }

void ServiceGate::leave(const Grant& grant, const SlotWork& work, Instant ended_at) {
  const std::scoped_lock lock{mutex_};
  account_.ended(grant.started_at, ended_at, work);
  if (first_waiter_ == nullptr) {
    ++free_slots_;
    return;
  }
  Waiter& next = *first_waiter_;
  first_waiter_ = next.next;
  last_waiter_ = first_waiter_ == nullptr ? nullptr : last_waiter_;
  --waiting_;
  account_.began(ended_at);
  next.grant = {Entry::granted, ended_at};
  next.is_called = true;
  next.called.notify_one();  // under the mutex: the waiter lives only until it has seen the call
}

void ServiceGate::count_hung() {
  const std::scoped_lock lock{mutex_};
  account_.hung();
}

void ServiceGate::stop() {
  burning_ends_.store(true, std::memory_order_relaxed);
  const std::scoped_lock lock{mutex_};
  is_stopped_ = true;
  stopped_.notify_all();
  for (Waiter* waiter = first_waiter_; waiter != nullptr; waiter = waiter->next) {
    waiter->is_called = true;  // its grant still says stopped
    waiter->called.notify_one();
  }
  first_waiter_ = nullptr;
  last_waiter_ = nullptr;
  waiting_ = 0;
}

ServiceGate::Numbers ServiceGate::numbers(Instant at) {
  const std::scoped_lock lock{mutex_};
  return {account_.read(at), waiting_, peak_waiting_};
}

}  // namespace queuemeter
