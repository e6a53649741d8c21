// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/call/stepper.hpp"
#include "harness/measure/ledger.hpp"
#include "harness/path/call_entry.hpp"
#include "harness/path/run_window.hpp"
#include "harness/traffic/arrival_plan.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace queuemeter {

/// What checks of the arrivals need: the first gaps of the window, as planned and as offered.
struct GapEvidence {
  static constexpr std::size_t gap_limit = 4096;
  /// In units of the mean gap planned at that time: Exp(1) for Poisson, 1 for constant arrivals.
  std::vector<double> planned;
  std::vector<double> offered;
};

/// Offers the calls of a plan when they are due, whatever happened to earlier ones: an open loop.
///
/// Everything due at a wake-up is offered with its own planned instant; after a stall nothing is
/// skipped or moved. Traffic ends at `window.measure_to`, or at `stop_at` if that comes first.
/// One thread, except `stop_at`.
class Offerer final : public Stepper {
 public:
  /// Offers calls `first`, `first + stride`, … of `plan`, which begins at `window.start`.
  Offerer(const ArrivalPlan& plan, std::uint64_t first, std::uint64_t stride,
          const RunWindow& window, CallEntry& entry, Ledger::Planner& ledger);

  /// Offers what is due and steps the path's entry; the next planned instant, or what the entry
  /// wants. Once traffic is over, only the entry's wishes count.
  Instant step(Instant now) override;

  /// Ends traffic early: what was due before `at` is still offered. Any thread, at most once.
  void stop_at(Instant at) noexcept {
    stop_at_.store(to_nanoseconds(at), std::memory_order_release);
  }

  /// The run is over: what was due and has not been offered is planned and settled as unsent.
  /// Offering thread only, after the last step.
  void give_up();

  /// Whether every call of this share has been offered.
  [[nodiscard]] bool finished() const noexcept { return finished_.load(std::memory_order_acquire); }

  /// Offers that happened inside the measured window, whenever they were planned. Any thread.
  [[nodiscard]] std::uint64_t offered_in_window() const noexcept {
    return offered_in_window_.load(std::memory_order_relaxed);
  }
  /// Readable when the offering thread has ended; complete only where one offerer has all calls.
  [[nodiscard]] const GapEvidence& gaps() const noexcept { return gaps_; }

 private:
  static constexpr std::size_t chunk_calls = 256;

  [[nodiscard]] std::size_t collect_due(Instant until);
  void note(std::span<const PlannedCall> due, Instant now);
  void note_gap(double planned_unit_time, Instant offered_at);

  const ArrivalPlan& plan_;
  ArrivalStream stream_;
  RunWindow window_;
  CallEntry& entry_;
  Ledger::Planner& ledger_;
  Instant next_due_;
  std::array<PlannedCall, chunk_calls> due_{};
  GapEvidence gaps_;
  double previous_unit_time_ = -1.0;
  Instant previous_offered_at_ = unobserved;

  std::atomic<std::int64_t> stop_at_;
  std::atomic<bool> finished_{false};
  std::atomic<std::uint64_t> offered_in_window_{0};
};

}  // namespace queuemeter
