// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/outcome.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace queuemeter {

/// How all calls of one phase stand: the nine outcomes add up to `planned` once nothing is in
/// flight. Signed, because a tick carries differences and a correction can be negative.
struct LedgerCounts {
  std::int64_t planned = 0;
  std::int64_t offered = 0;  ///< planned calls that were offered (all but unsent)
  std::array<std::int64_t, outcome_count> outcomes{};
  std::array<std::int64_t, reason_count> reasons{};

  // Side counts: they describe calls that are already counted above.
  std::int64_t late = 0;  ///< completed after their deadline
  std::int64_t duplicated = 0;
  std::int64_t reordered = 0;
  std::int64_t redelivered = 0;
  std::int64_t retried = 0;
  std::int64_t phantom = 0;
  std::int64_t wasted = 0;

  [[nodiscard]] std::int64_t of(Outcome outcome) const noexcept {
    return outcomes[static_cast<std::size_t>(outcome)];
  }
  [[nodiscard]] std::int64_t of(Reason reason) const noexcept {
    return reasons[static_cast<std::size_t>(reason)];
  }
  [[nodiscard]] std::int64_t settled() const noexcept;
  /// Planned, but not settled yet. Below 0 only in a broken ledger.
  [[nodiscard]] std::int64_t in_flight() const noexcept { return planned - settled(); }
  [[nodiscard]] std::int64_t goodput() const noexcept { return of(Outcome::completed) - late; }
  /// (rejected + shed + expired + failed + lost) ÷ planned; 0 when nothing was planned.
  [[nodiscard]] double drop_rate() const noexcept;
  /// `drop_rate` with unknown and unfinished added: what gates use.
  [[nodiscard]] double drop_rate_max() const noexcept;

  LedgerCounts& operator+=(const LedgerCounts& other) noexcept;
  LedgerCounts& operator-=(const LedgerCounts& other) noexcept;
  friend bool operator==(const LedgerCounts&, const LedgerCounts&) = default;
};

/// What can be read off at one moment, in calls unless said otherwise; empty where unobservable.
struct Gauges {
  std::int64_t in_flight = 0;           ///< planned and not settled, all phases
  std::optional<std::int64_t> backlog;  ///< calls waiting in the queue
  std::optional<Duration> oldest_age;   ///< of the call that has waited longest
  std::optional<double> workers_busy;   ///< mean number of busy workers since the last tick
  double generator_cpu = 0.0;  ///< busiest generator thread: CPU ÷ wall since the last tick, 0…1
  double process_cpu = 0.0;    ///< CPU-seconds per second of the whole process since the last tick
  Duration lateness_max{0};    ///< worst lateness of an offer since the last tick
};

/// A histogram's growth since the last tick, in buckets at most 1/256 (0.39 %) wide.
/// `first` is the bucket's index (see `coarse_bucket_of`), `second` how many samples it gained.
using CoarseDelta = std::vector<std::pair<std::uint32_t, std::int64_t>>;

/// What happened between two ticks. One line of `ticks.jsonl`, one message of the feed.
struct Tick {
  std::uint64_t number = 0;  ///< from 0
  Instant from;              ///< run time line
  Instant to;
  std::string stage;  ///< the phase object at work: "warm_up", "measure", "drain", "sweep"
  std::array<LedgerCounts, phase_count> counts;  ///< differences, keyed by the phase of planned_at
  Gauges gauges;
  CoarseDelta completion;  ///< measured phase
  /// Every tenth tick, the other spans that exist (measured phase), grown since the last such tick.
  std::vector<std::pair<Span, CoarseDelta>> spans;
};

}  // namespace queuemeter
