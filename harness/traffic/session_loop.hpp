// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/path/settled_sink.hpp"
#include "harness/traffic/arrival_plan.hpp"
#include "harness/traffic/caller_loop.hpp"
#include "harness/traffic/caller_timers.hpp"
#include "harness/traffic/class_draw.hpp"
#include "harness/traffic/traffic_source.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace queuemeter {

/// Sessions arrive as an open loop, whatever happens; each makes a number of calls, one after the
/// other, and thinks in between: a half-open loop.
///
/// The caller of a call is the session's number. A session that arrives when as many are under way
/// as there may be is over with its first call, which is rejected (`caller_limit`).
/// One thread, except what `TrafficSource` says.
class SessionLoop final : public TrafficSource, private SettledSink {
 public:
  struct Sessions {
    std::uint32_t calls = 1;  ///< of one session
    std::size_t limit = 1;    ///< under way at once, of this share
    CallerHabits habits;
  };
  /// Plays its share of the sessions, which arrive by `plan`. It and `classes` must outlive this.
  SessionLoop(const ArrivalPlan& plan, const Sessions& sessions, const ClassDraw& classes,
              Share share, const RunWindow& window, CallEntry& entry, Ledger::Planner& ledger,
              std::uint64_t call_limit = no_limit);

 private:
  static constexpr std::uint32_t no_seat = UINT32_MAX;

  void settled(std::uint32_t seat, Instant at, Ending ending) noexcept override;
  [[nodiscard]] Instant next_due() noexcept override;
  std::size_t take_due(Instant until, std::span<PlannedCall> into) override;
  [[nodiscard]] bool plans_ahead() const noexcept override { return false; }
  void offer(std::span<const PlannedCall> due, Instant now) override;
  [[nodiscard]] PlannedCall begin_session();
  [[nodiscard]] PlannedCall plan(std::uint32_t session, std::uint32_t call, Instant due,
                                 std::uint32_t seat) noexcept;

  Sessions sessions_;
  const ClassDraw& classes_;
  Share share_;
  ArrivalStream arrivals_;
  Instant next_arrival_;
  std::uint64_t next_sequence_;
  CallerTimers timers_;                    // of sessions under way, by seat
  std::vector<std::uint32_t> session_of_;  // by seat
  std::vector<std::uint32_t> free_seats_;
};

}  // namespace queuemeter
