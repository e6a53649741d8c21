// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"
#include "harness/call/distribution.hpp"
#include "harness/call/draw.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/size_distribution.hpp"
#include "harness/call/stepper.hpp"
#include "harness/path/settlements.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace queuemeter {

/// A call of the plan whose time has come.
struct PlannedCall {
  std::uint64_t sequence = 0;
  Instant planned_at;
  std::uint64_t draw_key = 0;  ///< see `Call::draw_key`
  std::uint32_t caller = 0;    ///< see `Call::caller`
  std::uint16_t class_index = 0;
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

/// What the calls of one class have in common.
struct ClassTemplate {
  SizeDistribution payload = SizeDistribution::constant(0);
  std::optional<Distribution> deadline;  ///< after planned_at
  std::uint8_t priority = 0;
};

/// Makes planned calls into records. One for each offerer; immutable: safe from any thread.
class CallMaker {
 public:
  /// `classes` has one element at least.
  CallMaker(std::uint64_t run_id, std::uint64_t seed, std::uint16_t offerer,
            std::vector<ClassTemplate> classes);

  /// Writes a planned call into a free record, which keeps its slot. `offered_at` and everything
  /// later is unobserved.
  void fill(CallRecord& record, const PlannedCall& planned) const noexcept;

  /// Settles a planned call that was never offered: unsent.
  void settle_unsent(Settlements& settlements, const PlannedCall& planned) const noexcept;

  /// Settles a planned call that got no record, or that was refused before it left the caller.
  void settle_rejected(Settlements& settlements, const PlannedCall& planned, Reason reason,
                       Instant now) const noexcept;

 private:
  struct Class {
    ClassTemplate form;
    KeyedDraws payload;
    KeyedDraws deadline;
  };
  std::uint64_t run_id_;
  std::uint16_t offerer_;
  std::vector<Class> classes_;
};

}  // namespace queuemeter
