// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/stepper.hpp"
#include "harness/path/settlement.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace queuemeter {

/// A call of the plan whose time has come.
struct PlannedCall {
  std::uint64_t sequence = 0;
  Instant planned_at;
};

/// Where an offerer puts calls: the beginning of a path.
///
/// One instance per offerer, used from that offerer's thread only; `step` does what falls due on
/// this side of the path (replies and timeouts of the direct path).
class CallEntry : public Stepper {
 public:
  /// Offers every call of `due`, in order, each with its own planned instant. Each ends in the
  /// path or in an outcome; none is kept back. Never waits.
  virtual void offer(std::span<const PlannedCall> due, Instant now) = 0;

  /// Settles a call that was due and can no longer be offered.
  virtual void never_offered(const PlannedCall& call) = 0;

  /// Calls offered through here that nobody has settled, where only this side settles them.
  [[nodiscard]] virtual std::size_t in_flight() const noexcept = 0;

  /// Ends what is still open on this side when the drain is over: unfinished.
  virtual void abandon_rest(Instant now) = 0;
};

/// What all calls of a run have in common.
struct CallTemplate {
  std::uint64_t run_id = 0;
  std::uint32_t payload_bytes = 0;
  std::uint64_t seed = 0;
  Duration deadline = Duration::max();  ///< after planned_at; max = none
};

/// Writes a planned call into a free record. `offered_at` and everything later is unobserved.
void fill_record(CallRecord& record, const CallTemplate& common, std::uint32_t caller,
                 const PlannedCall& planned) noexcept;

/// Settles a planned call that was never offered: unsent.
void settle_unsent(Settlement& settlement, const CallTemplate& common, std::uint32_t caller,
                   const PlannedCall& planned) noexcept;

/// Settles a planned call that got no record, or that was refused before it left the caller.
void settle_rejected(Settlement& settlement, const CallTemplate& common, std::uint32_t caller,
                     const PlannedCall& planned, Reason reason, Instant now) noexcept;

}  // namespace queuemeter
