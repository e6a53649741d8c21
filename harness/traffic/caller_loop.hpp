// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/distribution.hpp"
#include "harness/call/draw.hpp"
#include "harness/path/settled_sink.hpp"
#include "harness/traffic/caller_timers.hpp"
#include "harness/traffic/class_draw.hpp"
#include "harness/traffic/traffic_source.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace queuemeter {

/// What callers of a closed or half-open loop do between their calls. Immutable.
struct CallerHabits {
  Distribution think = Distribution::constant(Duration{0});
  std::uint64_t seed = 0;

  /// How long a caller thinks after its call number `n`, from 0.
  [[nodiscard]] Duration think_after(std::uint64_t draw_key) const noexcept {
    return think.kind() == Distribution::Kind::constant ? think.mean()
                                                        : think.sample(draws.uniform(draw_key));
  }
  KeyedDraws draws{seed, DrawUse::think};
};

/// When a caller's next call is due: its call ended at `ended_at`, and it thinks.
///
/// Who does not think would otherwise repeat a call that takes no time for ever in one instant, and
/// would keep a thread busy with nothing but refusals; so there is a shortest pause after each.
[[nodiscard]] constexpr Instant next_due(Instant planned_at, Instant ended_at, Duration think,
                                         SettledSink::Ending ending) noexcept {
  constexpr Duration after_no_time = std::chrono::microseconds{1};
  constexpr Duration after_refusal = std::chrono::milliseconds{1};
  if (ending == SettledSink::Ending::refused) {
    return ended_at + std::max(think, after_refusal);
  }
  const Instant due = ended_at + think;
  return due > planned_at ? due : planned_at + after_no_time;
}

/// N callers, each of which waits for its reply, thinks, and calls again: a closed loop.
///
/// A call is planned when the caller's previous one ended, plus the time to think; so a caller has
/// one call outstanding, and what holds up a call holds up the next. Callers start evenly spread
/// over the ramp. What a caller does depends on the seed and its own replies alone, not on which
/// thread it is with.
/// One thread, except what `TrafficSource` says.
class CallerLoop final : public TrafficSource, private SettledSink {
 public:
  struct Callers {
    std::size_t count = 1;  ///< of all threads
    Duration ramp{0};
    CallerHabits habits;
  };
  /// Plays its share of the callers. `classes` must outlive this.
  CallerLoop(const Callers& callers, const ClassDraw& classes, Share share, const RunWindow& window,
             CallEntry& entry, Ledger::Planner& ledger, std::uint64_t call_limit = no_limit);

  /// Callers played by a share.
  [[nodiscard]] static std::size_t share_of(std::size_t callers, Share share) noexcept {
    return (callers + share.stride - 1 - share.first) / share.stride;
  }
  [[nodiscard]] const CallerCycles* cycles() const noexcept override { return &cycles_; }
  [[nodiscard]] std::vector<std::uint32_t> calls_by_caller() const override;
  /// What the callers' timers take.
  [[nodiscard]] std::size_t timer_bytes() const noexcept {
    return timers_.bytes() + ready_.capacity() * sizeof(std::uint32_t);
  }

 private:
  void settled(std::uint32_t seat, Instant at, Ending ending) noexcept override;
  [[nodiscard]] Instant next_due() noexcept override;
  std::size_t take_due(Instant until, std::span<PlannedCall> into) override;
  [[nodiscard]] bool plans_ahead() const noexcept override { return false; }
  [[nodiscard]] PlannedCall plan(std::uint32_t seat) noexcept;

  CallerHabits habits_;
  const ClassDraw& classes_;
  Share share_;
  bool never_thinks_;
  std::uint64_t next_sequence_;
  CallerCycles cycles_;
  CallerTimers timers_;
  std::vector<std::uint32_t> ready_;  // callers who do not think: a ring with room for all
  std::size_t first_ready_ = 0;
  std::size_t ready_count_ = 0;
};

}  // namespace queuemeter
