// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"
#include "harness/call/stepper.hpp"
#include "harness/measure/ledger.hpp"
#include "harness/path/call_entry.hpp"
#include "harness/path/run_window.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace queuemeter {

/// Which part of a plan one of several offering threads has: `first`, `first + stride`, … of its
/// calls, callers or sessions.
struct Share {
  std::uint32_t first = 0;
  std::uint32_t stride = 1;
};

/// What checks of the arrivals need: the first gaps of the window, as planned and as offered.
struct GapEvidence {
  static constexpr std::size_t gap_limit = 4096;
  /// In units of the mean gap planned at that time: Exp(1) for Poisson, 1 for constant arrivals.
  std::vector<double> planned;
  std::vector<double> offered;
};

/// What callers who wait did inside the measured window, for the response-time law: the calls that
/// ended there, and the thinking that followed each.
struct CallerCycles {
  std::uint64_t count = 0;
  Duration response{0};  ///< Σ planned → settled, whatever the outcome
  Duration think{0};     ///< Σ settled → planned again, as drawn
  /// Σ time of cycles across an edge of the window that only one side of the law counts: what lies
  /// outside of it of those counted above, and inside of it of the others.
  Duration edge{0};
  std::uint64_t out = 0;  ///< calls that have not ended: of them nobody knows

  /// A call ended at `ended_at`, and its caller thinks until `due`.
  void add(Instant planned_at, Instant ended_at, Instant due, const RunWindow& window) noexcept;
};

/// Makes the calls of one offering thread, whoever decides when they are due, and puts them into
/// the path when they are.
///
/// Everything due at a wake-up is offered with its own planned instant; after a stall nothing is
/// skipped or moved. Traffic ends at `window.measure_to`, at `stop_at` if that comes first, or with
/// the last call of `call_limit`.
/// One thread, except what says otherwise.
class TrafficSource : public Stepper {
 public:
  static constexpr std::uint64_t no_limit = UINT64_MAX;

  /// Steps the path's entry and offers what is due; the next planned instant, or what the entry
  /// wants. Once traffic is over, only the entry's wishes count.
  Instant step(Instant now) final;

  /// Ends traffic early: what was due before `at` is still offered. Any thread, at most once.
  void stop_at(Instant at) noexcept {
    stop_at_.store(to_nanoseconds(at), std::memory_order_release);
  }

  /// The run is over: what was due and has not been offered is planned and settled as unsent.
  /// Offering thread only, after the last step.
  void give_up();

  /// Whether every call of this share has been offered. Any thread.
  [[nodiscard]] bool finished() const noexcept { return finished_.load(std::memory_order_acquire); }
  /// Offers that happened inside the measured window, whenever they were planned. Any thread.
  [[nodiscard]] std::uint64_t offered_in_window() const noexcept {
    return offered_in_window_.load(std::memory_order_relaxed);
  }
  /// The gaps of an open loop's arrivals; null where there is no plan to hold them against.
  /// Readable when the offering thread has ended; complete only where one thread has all calls.
  [[nodiscard]] virtual const GapEvidence* gaps() const noexcept { return nullptr; }
  /// The cycles of a closed loop's callers; null elsewhere. Readable when the offering thread has
  /// ended.
  [[nodiscard]] virtual const CallerCycles* cycles() const noexcept { return nullptr; }
  /// Calls made so far by each caller of a closed loop; empty elsewhere. As above.
  [[nodiscard]] virtual std::vector<std::uint32_t> calls_by_caller() const { return {}; }

 protected:
  /// `call_limit` counts the planned calls of the measured phase.
  TrafficSource(const RunWindow& window, CallEntry& entry, Ledger::Planner& ledger,
                std::uint64_t call_limit);

  /// When the next call may be due: not later than it is.
  [[nodiscard]] virtual Instant next_due() noexcept = 0;
  /// Takes the calls due at `until` or before, at most `into.size()`. How many.
  virtual std::size_t take_due(Instant until, std::span<PlannedCall> into) = 0;
  /// Whether `next_due` cannot become earlier by what happens to calls.
  [[nodiscard]] virtual bool plans_ahead() const noexcept = 0;
  virtual void offer(std::span<const PlannedCall> due, Instant now) { entry_.offer(due, now); }

  [[nodiscard]] const RunWindow& window() const noexcept { return window_; }
  [[nodiscard]] CallEntry& entry() noexcept { return entry_; }
  /// When traffic ends, as far as is known.
  [[nodiscard]] Instant end() const noexcept {
    return instant_from_nanoseconds(stop_at_.load(std::memory_order_acquire));
  }

 private:
  static constexpr std::size_t chunk_calls = 256;

  [[nodiscard]] std::span<const PlannedCall> take_chunk(Instant until);
  [[nodiscard]] std::uint64_t measured(std::span<const PlannedCall> calls) const noexcept;
  void note(std::span<const PlannedCall> due, Instant now);

  RunWindow window_;
  CallEntry& entry_;
  Ledger::Planner& ledger_;
  std::uint64_t calls_left_;
  std::array<PlannedCall, chunk_calls> due_{};

  std::atomic<std::int64_t> stop_at_;
  std::atomic<bool> finished_{false};
  std::atomic<std::uint64_t> offered_in_window_{0};
};

}  // namespace queuemeter
