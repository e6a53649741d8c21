// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/offerer.hpp"

#include <algorithm>
#include <span>

namespace queuemeter {
namespace {

/// A single writer's addition; cheaper than an atomic one, and readable from any thread.
void add(std::atomic<std::uint64_t>& counter, std::uint64_t count) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
}

}  // namespace

Offerer::Offerer(const ArrivalPlan& plan, std::uint64_t first, std::uint64_t stride,
                 const RunWindow& window, CallEntry& entry, Ledger::Planner& ledger)
    : plan_{plan},
      stream_{plan, first, stride},
      window_{window},
      entry_{entry},
      ledger_{ledger},
      next_due_{window.start + stream_.due()},
      stop_at_{to_nanoseconds(window.measure_to)} {
  gaps_.planned.reserve(GapEvidence::gap_limit);
  gaps_.offered.reserve(GapEvidence::gap_limit);
}

Instant Offerer::step(Instant now) {
  // The entry first: replies and timeouts free what the next calls need.
  Instant wake_at = entry_.step(now);
  if (finished_.load(std::memory_order_relaxed)) {
    return wake_at;
  }
  const Instant end = instant_from_nanoseconds(stop_at_.load(std::memory_order_acquire));
  while (next_due_ <= now && next_due_ < end) {
    const std::size_t count = collect_due(std::min(now, end - Duration{1}));
    const std::span<const PlannedCall> due{due_.data(), count};
    note(due, now);
    entry_.offer(due, now);
    wake_at = entry_.step(now);
  }
  if (next_due_ >= end) {
    finished_.store(true, std::memory_order_release);
    return wake_at;
  }
  return std::min(wake_at, next_due_);
}

void Offerer::give_up() {
  const Instant end = instant_from_nanoseconds(stop_at_.load(std::memory_order_acquire));
  while (next_due_ < end) {
    const std::size_t count = collect_due(end - Duration{1});
    for (const PlannedCall& call : std::span{due_}.first(count)) {
      ledger_.planned(window_.phase_of(call.planned_at));
      entry_.never_offered(call);
    }
  }
  finished_.store(true, std::memory_order_release);
}

std::size_t Offerer::collect_due(Instant until) {
  std::size_t count = 0;
  while (count < due_.size() && next_due_ <= until) {
    if (window_.measures(next_due_) && gaps_.planned.size() < GapEvidence::gap_limit) {
      note_gap(stream_.unit_time(), until);
    }
    due_[count++] = {
        .sequence = stream_.sequence(), .planned_at = next_due_, .draw_key = stream_.sequence()};
    stream_.advance();
    next_due_ = window_.start + stream_.due();
  }
  return count;
}

void Offerer::note(std::span<const PlannedCall> due, Instant now) {
  std::uint64_t measured = 0;
  for (const PlannedCall& call : due) {
    measured += window_.phase_of(call.planned_at) == Phase::measure ? 1U : 0U;
  }
  ledger_.planned(Phase::warm_up, due.size() - measured);
  ledger_.planned(Phase::measure, measured);
  ledger_.offered(Phase::warm_up, due.size() - measured);
  ledger_.offered(Phase::measure, measured);
  if (window_.measures(now)) {
    add(offered_in_window_, due.size());
  }
}

void Offerer::note_gap(double planned_unit_time, Instant offered_at) {
  if (is_observed(previous_offered_at_)) {
    const double rate = plan_.profile().rate_at(next_due_ - window_.start).calls_per_second();
    gaps_.planned.push_back(planned_unit_time - previous_unit_time_);
    gaps_.offered.push_back(to_seconds(offered_at - previous_offered_at_) * rate);
  }
  previous_unit_time_ = planned_unit_time;
  previous_offered_at_ = offered_at;
}

}  // namespace queuemeter
