// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/call_record.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/stepper.hpp"
#include "harness/path/busy_meter.hpp"
#include "harness/path/retry_policy.hpp"
#include "harness/path/return_sink.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace queuemeter {

/// One delivery in a worker's hands. It has a copy of the call, which is what the backend sees:
/// the record itself may be settled and used again while somebody still works on a delivery too
/// many of it.
struct WorkSlot : CallRecord {
  CallHandle delivered;       ///< as the queue gave it, and as it is acknowledged
  bool holds_record = false;  ///< this delivery claimed the record
  bool reordered = false;
  bool busy = false;
  std::uint16_t retries = 0;
  Instant done_at = unobserved;  ///< when work on it ended, while its return waits for room
};

/// Where calls are worked on: a number of slots and one backend client. It begins calls, tries
/// again what failed, and hands back what is done. A slot stays busy until its call was handed
/// back, so a full reply queue holds its workers up.
///
/// A thread worker has a bench of one slot, an asynchronous one of thousands: there is no second
/// copy of what a worker does.
/// The driver's thread; a slot that is not busy may be filled by another thread that owns it then.
/// `busy_time` and `retried` from any.
class Workbench final : public Stepper, private ReplySink {
 public:
  /// Everything borrowed must outlive the bench.
  Workbench(std::size_t slots, ReturnSink& returns, const RetryPolicy& policy, RetryBudget& budget);

  /// Connects to the backend; once, on the driver's thread. Null: there is nothing to call, and a
  /// call is done when it is begun.
  void connect(Backend* backend, const Clock& clock, boost::asio::io_context* loop);
  /// Lets go of the backend client before the loop that drives it goes.
  void disconnect() { client_.reset(); }

  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
  [[nodiscard]] WorkSlot& slot(std::uint32_t number) noexcept { return slots_[number]; }

  /// Begins what somebody put into a slot, or hands it back at once if it is not to be made. The
  /// slot is busy from now on.
  void begin(std::uint32_t number, Instant now);
  /// Collects replies, begins what is due to be tried again, hands back what found no room.
  Instant step(Instant now) override;
  [[nodiscard]] Instant next_wake() const noexcept;

  /// Slots whose call has been handed back since `forget_finished()`; they are free.
  [[nodiscard]] std::span<const std::uint32_t> finished() const noexcept { return finished_; }
  void forget_finished() noexcept { finished_.clear(); }
  [[nodiscard]] bool idle() const noexcept { return busy_.busy() == 0; }

  /// Gives up everything in hand: the run is over, it is unfinished.
  void abandon(Instant now);

  /// Makes `busy_time` current; at the end of a turn.
  void publish() noexcept { busy_.publish(); }
  /// As of the last `publish`, up to `now`. Any thread.
  [[nodiscard]] Duration busy_time(Instant now) const noexcept { return busy_.read(now); }
  /// Further attempts begun. Any thread.
  [[nodiscard]] std::uint64_t retried() const noexcept {
    return retried_.load(std::memory_order_relaxed);
  }

 private:
  struct Retry {
    Instant at;
    std::uint32_t slot = 0;
    static bool is_later(const Retry& left, const Retry& right) noexcept {
      return left.at != right.at ? left.at > right.at : left.slot > right.slot;
    }
  };

  void replied(CallHandle call, const Reply& reply) override;
  [[nodiscard]] std::uint32_t number_of(const WorkSlot& slot) const noexcept {
    return static_cast<std::uint32_t>(&slot - slots_.data());
  }
  [[nodiscard]] bool try_again(WorkSlot& slot, Instant now);
  void begin_due_retries(Instant now);
  void finish(WorkSlot& slot, Instant now);
  void hand_back_held(Instant now);
  [[nodiscard]] bool hand_back(WorkSlot& slot, Instant now);

  ReturnSink& returns_;
  const RetryPolicy& policy_;
  RetryBudget& budget_;
  std::unique_ptr<BackendClient> client_;
  std::vector<WorkSlot> slots_;
  std::vector<Retry> retries_;       // a heap, earliest first
  std::vector<std::uint32_t> held_;  // a ring: done, and waiting for room at the sink
  std::size_t first_held_ = 0;
  std::size_t held_count_ = 0;
  Instant held_until_ = never;           // when to look for room again
  std::vector<std::uint32_t> finished_;  // reserved to the number of slots
  BusyMeter busy_;
  std::atomic<std::uint64_t> retried_{0};
};

}  // namespace queuemeter
