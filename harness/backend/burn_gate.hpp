// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/backend/service_model.hpp"
#include "harness/backend/sliding_window.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/outcome.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

namespace queuemeter {

/// Who may burn, and what came of it: the slots, the waiting room, the quota and the account of a
/// backend whose work is done by its callers' threads. Thread-safe.
///
/// Every call that `arrive` let in leaves once: by `start` and then `end` (or `hang`, which keeps
/// the slot), or by `leave`.
class BurnGate {
 public:
  explicit BurnGate(const ServiceModel& model);

  /// `none` = let in; else why not: `backend_quota` or `backend_refused`.
  [[nodiscard]] Reason arrive(Instant now);
  /// Takes a slot for a call that is in; false when none is free.
  [[nodiscard]] bool start(Instant now);
  /// The work that began at `started_at` has ended and its slot is free again.
  void end(Instant started_at, Instant ended_at, bool is_error, bool is_wasted);
  /// The call that has just taken a slot hangs: the slot is never free again.
  void hang();
  /// A call that is in leaves without having had a slot.
  void leave();

  /// `account` reads the time from the clocks of the clients that exist.
  void add_clock(const Clock& clock);
  void remove_clock(const Clock& clock);
  [[nodiscard]] BackendAccount account();

 private:
  void show(Instant now) noexcept;

  std::mutex mutex_;  // guards everything below
  const std::size_t room_;
  std::size_t free_slots_;
  std::optional<SlidingWindow> quota_;
  std::vector<const Clock*> clocks_;
  std::size_t inside_ = 0;       // let in and not left; the hung ones stay
  Instant now_ = unobserved;     // the latest instant anybody has shown
  Instant origin_ = unobserved;  // the first one; sums of instants are kept relative to it
  BackendAccount totals_;
  Duration working_started_sum_{0};  // Σ (start − origin) over the slots at work
  Duration finished_busy_{0};        // Σ (end − start) over work that has ended
};

}  // namespace queuemeter
