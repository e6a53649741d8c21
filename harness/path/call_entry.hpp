// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"
#include "harness/call/distribution.hpp"
#include "harness/call/draw.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/size_distribution.hpp"
#include "harness/call/stepper.hpp"
#include "harness/path/settled_sink.hpp"
#include "harness/path/settlements.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace queuemeter {

/// A call of the plan whose time has come.
struct PlannedCall {
  std::uint64_t sequence = 0;
  Instant planned_at;
  std::uint64_t draw_key = 0;  ///< see `Call::draw_key`
  std::uint32_t caller = 0;    ///< see `Call::caller`
  std::uint32_t seat = 0;      ///< what `SettledSink::settled` is told; the source's own number
  std::uint16_t class_index = 0;
};

/// Where an offerer puts calls: the beginning of a path.
///
/// One instance per offerer, used from that offerer's thread only; `step` does what falls due on
/// this side of the path (replies and timeouts of the direct path).
class CallEntry : public Stepper {
 public:
  /// Makes what needs sockets (a backend client, a queue's end); once, on the offerer's thread,
  /// before the first offer. `loop` may be null where nothing needs sockets, as in virtual time.
  virtual void connect(boost::asio::io_context* /*loop*/) {}
  /// Lets go of it before the loop goes, on the same thread.
  virtual void disconnect() {}

  /// Who is to learn of every call that ends, because callers wait for it: closed and half-open
  /// loops. Before the first offer; nobody is told otherwise.
  void tell(SettledSink* callers) noexcept { callers_ = callers; }

  /// Offers every call of `due`, in order, each with its own planned instant. Each ends in the
  /// path, in an outcome, or on a bounded list of held offers. Never waits.
  virtual void offer(std::span<const PlannedCall> due, Instant now) = 0;

  /// Settles a call that was due and can no longer be offered.
  virtual void never_offered(const PlannedCall& call) = 0;

  /// Rejects a call whose caller has no place to wait for it.
  virtual void refuse(const PlannedCall& call, Reason reason, Instant now) = 0;

  /// Calls offered through here that nobody has settled, where only this side settles them.
  [[nodiscard]] virtual std::size_t in_flight() const noexcept = 0;

  /// The most offers that waited on this side at once. When the offerer's thread has ended.
  [[nodiscard]] virtual std::size_t peak_held() const noexcept { return 0; }

  /// Begins to ask what became of calls that only somebody else can tell about; once, when the
  /// drain is over.
  virtual void begin_sweep(Instant /*now*/) {}
  /// Whether it is still asking: the loop goes on so long. Bounded by the path.
  [[nodiscard]] virtual bool is_sweeping(Instant /*now*/) const noexcept { return false; }

  /// Ends what is still open on this side when the drain, and the sweep, are over: unfinished.
  virtual void abandon_rest(Instant now) = 0;

 protected:
  [[nodiscard]] bool callers_wait() const noexcept { return callers_ != nullptr; }
  void tell_settled(std::uint32_t seat, Instant at,
                    SettledSink::Ending ending = SettledSink::Ending::over) noexcept {
    if (callers_ != nullptr) {
      callers_->settled(seat, at, ending);
    }
  }

 private:
  SettledSink* callers_ = nullptr;
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

  /// Whether all calls of a class are alike but for their number and their instants: no payload
  /// sizes or deadlines are drawn.
  [[nodiscard]] bool makes_equal_calls(std::uint16_t class_index) const noexcept {
    const ClassTemplate& form = classes_[class_index].form;
    return form.payload.kind() == SizeDistribution::Kind::constant && !form.deadline.has_value();
  }

  /// Settles a planned call that was never offered: unsent.
  void settle_unsent(Settlements& settlements, const PlannedCall& planned) const noexcept;

  /// Settles a planned call that got no record, or that was refused before it left the caller.
  void settle_rejected(Settlements& settlements, const PlannedCall& planned, Reason reason,
                       Instant now) const noexcept;

 private:
  struct Class {
    ClassTemplate form;
    bool draws_payload;
    std::uint32_t payload_bytes;  ///< the largest
    KeyedDraws payload;
    KeyedDraws deadline;
  };
  std::uint64_t run_id_;
  std::uint16_t offerer_;
  std::vector<Class> classes_;
};

}  // namespace queuemeter
