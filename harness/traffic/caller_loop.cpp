// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/caller_loop.hpp"

#include <algorithm>

namespace queuemeter {

CallerLoop::CallerLoop(const Callers& callers, const ClassDraw& classes, Share share,
                       const RunWindow& window, CallEntry& entry, Ledger::Planner& ledger,
                       std::uint64_t call_limit)
    : TrafficSource{window, entry, ledger, call_limit},
      habits_{callers.habits},
      classes_{classes},
      share_{share},
      never_thinks_{habits_.think.kind() == Distribution::Kind::constant &&
                    habits_.think.mean() == Duration{0}},
      next_sequence_{share.first},
      timers_{share_of(callers.count, share), window.start},
      ready_(never_thinks_ ? timers_.size() : 0) {
  const double count = static_cast<double>(callers.count);
  for (std::uint32_t seat = 0; seat < timers_.size(); ++seat) {
    const double number = static_cast<double>(share.first + seat * share.stride);
    timers_.set(seat, window.start + from_seconds(to_seconds(callers.ramp) * number / count));
  }
  entry.tell(this);
}

void CallerLoop::settled(std::uint32_t seat, Instant at, Ending ending) noexcept {
  const std::uint32_t caller = share_.first + seat * share_.stride;
  const std::uint32_t previous = timers_.tally(seat) - 1;
  const Duration think =
      never_thinks_ ? Duration{0} : habits_.think_after(caller_draw_key(caller, previous));
  const Instant planned_at = timers_.due(seat);
  const Instant due = queuemeter::next_due(planned_at, at, think, ending);
  cycles_.add(planned_at, at, due, window());
  if (due >= window().measure_to) {
    return;
  }
  if (never_thinks_ && due == at) {
    timers_.remember(seat, due);
    ready_[(first_ready_ + ready_count_++) % ready_.size()] = seat;
  } else {
    timers_.set(seat, due);
  }
}

std::vector<std::uint32_t> CallerLoop::calls_by_caller() const {
  std::vector<std::uint32_t> calls;
  calls.reserve(timers_.size());
  for (std::uint32_t seat = 0; seat < timers_.size(); ++seat) {
    calls.push_back(timers_.tally(seat));
  }
  return calls;
}

Instant CallerLoop::next_due() noexcept {
  const Instant due = timers_.next();
  return ready_count_ == 0 ? due : std::min(due, timers_.due(ready_[first_ready_]));
}

std::size_t CallerLoop::take_due(Instant until, std::span<PlannedCall> into) {
  std::size_t count = 0;
  while (count < into.size() && ready_count_ > 0) {
    const std::uint32_t seat = ready_[first_ready_];
    if (timers_.due(seat) > until) {
      break;
    }
    first_ready_ = first_ready_ + 1 == ready_.size() ? 0 : first_ready_ + 1;
    --ready_count_;
    into[count++] = plan(seat);
  }
  while (count < into.size()) {
    const std::uint32_t seat = timers_.take(until);
    if (seat == CallerTimers::nobody) {
      break;
    }
    into[count++] = plan(seat);
  }
  return count;
}

PlannedCall CallerLoop::plan(std::uint32_t seat) noexcept {
  const std::uint32_t caller = share_.first + seat * share_.stride;
  const std::uint64_t key = caller_draw_key(caller, timers_.tally(seat)++);
  const std::uint64_t sequence = next_sequence_;
  next_sequence_ += share_.stride;
  ++cycles_.out;
  return {.sequence = sequence,
          .planned_at = timers_.due(seat),
          .draw_key = key,
          .caller = caller,
          .seat = seat,
          .class_index = classes_.of(key)};
}

}  // namespace queuemeter
