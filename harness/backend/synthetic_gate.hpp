// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/backend/service_fate.hpp"
#include "harness/backend/sliding_window.hpp"
#include "harness/backend/spin_lock.hpp"
#include "harness/backend/synthetic_backend.hpp"
#include "harness/backend/time_queue.hpp"
#include "harness/call/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace queuemeter {

/// What the synthetic backend has decided about a call when it arrives: all of its future.
struct Admission {
  Reason reason = Reason::none;  ///< what its caller will be told
  Instant answer_at = never;     ///< when; `never` = a hung call of a caller without patience
  std::uint64_t ticket = 0;      ///< for `SyntheticGate::leave`
};

/// First come first served before N slots, computed instead of waited for.
///
/// A call that finds a slot idle starts at once, and otherwise when the earliest of the calls at
/// work, whose slot nobody else was promised, finishes; it finishes its service time after that,
/// and time inside a freeze window does not count. Because arrivals never go back in time, starts
/// are in order of arrival, and nothing later can change a call's finish.
/// Thread-safe; arrivals of several threads are ordered by who gets the mutex.
class SyntheticGate {
 public:
  explicit SyntheticGate(SyntheticSettings settings);

  /// `draw_key` is what the call's draws are keyed by.
  [[nodiscard]] Admission admit(std::uint16_t class_index, std::uint64_t draw_key, Instant now);
  /// The caller has left: the work goes on and is wasted. Without effect on work already finished.
  void leave(std::uint64_t ticket);

  /// `account` reads the time from the clocks of the clients that exist.
  void add_clock(const Clock& clock);
  void remove_clock(const Clock& clock);
  [[nodiscard]] BackendAccount account();

 private:
  struct Work {
    Instant started_at;
    Instant finishes_at;
    std::uint32_t serial;  // with its number: its ticket
    bool is_error;
    bool is_wasted;
  };
  using WorkNumber = TimeQueue<Work>::Number;
  static constexpr WorkNumber no_work = 0xFFFF'FFFF;
  /// The start of a call that waits; with it ends the work whose slot it takes over.
  struct Start {
    Instant at;
    WorkNumber predecessor;
    bool hangs;
  };
  /// The starts to come, oldest first, in a ring that grows only beyond its largest use so far.
  class StartQueue {
   public:
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] const Start& front() const noexcept { return ring_[first_]; }
    void push(Start start);
    void pop() noexcept;

   private:
    std::vector<Start> ring_ = std::vector<Start>(64);  // a power of two
    std::size_t first_ = 0;
    std::size_t count_ = 0;
  };

  void advance_to(Instant now);
  void start(Instant at, bool hangs) noexcept;
  void finish(WorkNumber number) noexcept;
  [[nodiscard]] Instant take_slot(bool hangs);
  /// The call is turned away now, or as soon as the backend is not frozen.
  [[nodiscard]] Admission turn_away(Reason reason, Instant gives_up_at) const noexcept;

  const SyntheticSettings settings_;
  const std::optional<ServiceFate> common_fate_;  // nothing where fates are drawn
  SpinLock mutex_;                                // guards everything below
  std::optional<SlidingWindow> quota_;            // nothing where the rate is not limited
  std::size_t idle_;                              // slots without work and without a claim on them
  StartQueue starts_;
  // All work that will end; in order are those whose slot nobody was promised yet.
  TimeQueue<Work> works_;
  std::uint32_t serial_ = 0;
  std::vector<const Clock*> clocks_;
  Instant now_ = unobserved;     // the latest instant anybody has shown
  Instant origin_ = unobserved;  // the first one; sums of instants are kept relative to it
  BackendAccount totals_;
  std::size_t working_ = 0;          // calls in a slot
  Duration working_started_sum_{0};  // Σ (start − origin) over those
  Duration finished_busy_{0};        // Σ (finish − start) over those that left their slot
  double finished_squares_ = 0.0;    // Σ (finish − start)² of them, ns²
};

}  // namespace queuemeter
