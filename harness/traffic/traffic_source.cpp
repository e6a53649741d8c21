// SPDX-License-Identifier: Apache-2.0
#include "harness/traffic/traffic_source.hpp"

#include "harness/measure/single_writer.hpp"

#include <algorithm>

namespace queuemeter {

void CallerCycles::add(Instant planned_at, Instant ended_at, Instant due,
                       const RunWindow& window) noexcept {
  --out;
  if (window.measures(ended_at)) {
    ++count;
    response += ended_at - planned_at;
    think += due - ended_at;
    edge += std::max(Duration{0}, window.measure_from - planned_at) +
            std::max(Duration{0}, due - window.measure_to);
    return;
  }
  const Duration inside =
      std::min(due, window.measure_to) - std::max(planned_at, window.measure_from);
  edge += std::max(Duration{0}, inside);
}

TrafficSource::TrafficSource(const RunWindow& window, CallEntry& entry, Ledger::Planner& ledger,
                             std::uint64_t call_limit)
    : window_{window},
      entry_{entry},
      ledger_{ledger},
      calls_left_{call_limit},
      stop_at_{to_nanoseconds(window.measure_to)} {}

Instant TrafficSource::step(Instant now) {
  // The entry first: replies and timeouts free what the next calls need.
  Instant wake_at = entry_.step(now);
  if (finished_.load(std::memory_order_relaxed)) {
    return wake_at;
  }
  const Instant ends_at = end();
  while (calls_left_ > 0 && next_due() <= now && next_due() < ends_at) {
    const std::span<const PlannedCall> due = take_chunk(std::min(now, ends_at - Duration{1}));
    if (due.empty()) {
      continue;  // nothing yet, after a second look
    }
    note(due, now);
    offer(due, now);
    wake_at = entry_.step(now);
  }
  const bool is_over = next_due() >= ends_at && (plans_ahead() || now >= ends_at);
  if (calls_left_ == 0 || is_over) {
    finished_.store(true, std::memory_order_release);
    return wake_at;
  }
  return std::min({wake_at, next_due(), ends_at});
}

void TrafficSource::give_up() {
  if (!finished_.load(std::memory_order_relaxed)) {
    const Instant ends_at = end();
    while (calls_left_ > 0 && next_due() < ends_at) {
      for (const PlannedCall& call : take_chunk(ends_at - Duration{1})) {
        ledger_.planned(window_.phase_of(call.planned_at));
        entry_.never_offered(call);
      }
    }
  }
  finished_.store(true, std::memory_order_release);
}

std::span<const PlannedCall> TrafficSource::take_chunk(Instant until) {
  const std::size_t most = std::min<std::uint64_t>(calls_left_, due_.size());
  const std::span<const PlannedCall> calls{due_.data(),
                                           take_due(until, std::span{due_}.first(most))};
  if (calls_left_ != no_limit) {
    calls_left_ -= measured(calls);
  }
  return calls;
}

std::uint64_t TrafficSource::measured(std::span<const PlannedCall> calls) const noexcept {
  return static_cast<std::uint64_t>(std::ranges::count_if(calls, [this](const PlannedCall& call) {
    return window_.phase_of(call.planned_at) == Phase::measure;
  }));
}

void TrafficSource::note(std::span<const PlannedCall> due, Instant now) {
  const std::uint64_t in_window = measured(due);
  ledger_.planned(Phase::warm_up, due.size() - in_window);
  ledger_.planned(Phase::measure, in_window);
  ledger_.offered(Phase::warm_up, due.size() - in_window);
  ledger_.offered(Phase::measure, in_window);
  if (window_.measures(now)) {
    add_alone(offered_in_window_, std::uint64_t{due.size()});
  }
}

}  // namespace queuemeter
