// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

#include <cstdint>

namespace queuemeter {

/// How many calls were in the system, integrated event by event over the window [from, to): the
/// left-hand side of Little's law, which a run checks against rate × time in system.
///
/// The integral of +1 at each entering and −1 at each leaving is the sum over calls of the part of
/// their stay that lies in the window; so calls are accounted when they leave, in any order, by as
/// many threads as there are objects, and the objects are added when the threads have ended.
/// One thread each.
class FlowIntegral {
 public:
  FlowIntegral(Instant from, Instant to) noexcept : from_{from}, to_{to} {}

  /// A call was in the system from `entered` until just before `left`.
  void passed(Instant entered, Instant left) noexcept {
    if (entered > from_ && left < to_ && entered <= left) [[likely]] {
      // Nearly every call of a long window: all of its stay is inside, and it meets no edge.
      inside_ += left - entered;
      stay_ += left - entered;
      ++completed_;
    } else {
      passed_an_edge(entered, left);
    }
  }
  /// A call entered and had not left when the run ended.
  void remained(Instant entered) noexcept { passed(entered, never); }

  /// Adds another thread's part; it must be of the same window.
  FlowIntegral& operator+=(const FlowIntegral& other) noexcept;

  /// Mean number of calls in the system over the window.
  [[nodiscard]] double time_average() const noexcept;
  /// Calls that left within the window.
  [[nodiscard]] double completed_in_window() const noexcept {
    return static_cast<double>(completed_);
  }
  /// Of those, the mean of `left − entered`, in seconds; 0 when there were none.
  [[nodiscard]] double mean_time_s() const noexcept;
  /// Time of calls at the window's edges that only one side of the law counts, in seconds: what
  /// came before the window of calls that left inside it, and what lay inside it of calls that
  /// left later. Those calls are the long ones, so their number says little.
  [[nodiscard]] double edge_s() const noexcept { return to_seconds(edge_); }
  /// Calls in the system at the window's edges.
  [[nodiscard]] std::uint64_t at_window_start() const noexcept { return at_start_; }
  [[nodiscard]] std::uint64_t at_window_end() const noexcept { return at_end_; }

 private:
  /// Accounts for a call that was not inside from its beginning to its end.
  [[gnu::cold]] void passed_an_edge(Instant entered, Instant left) noexcept;

  Instant from_;
  Instant to_;
  Duration inside_{0};  // 292 years of stay altogether before it overflows
  Duration stay_{0};
  Duration edge_{0};
  std::uint64_t completed_ = 0;
  std::uint64_t at_start_ = 0;
  std::uint64_t at_end_ = 0;
};

}  // namespace queuemeter
