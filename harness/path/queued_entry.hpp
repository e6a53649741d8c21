// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"
#include "harness/call/clock.hpp"
#include "harness/path/call_entry.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/held_calls.hpp"
#include "harness/path/settlements.hpp"
#include "harness/path/timeout_list.hpp"
#include "harness/queue/queue.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace queuemeter {

/// The queued path's beginning: caller → queue. What the queue refuses is settled here, at once;
/// what it takes is the workers' and the settler's business. On the path `offer` a call is done
/// when the queue has accepted it.
///
/// A call that the queue cannot take now (it is full and `when_full` says block, or its window of
/// unconfirmed offers is) is held: it has its `offered_at`, waits in a bounded list and goes out in
/// order. Calls due behind it are held as well, so order is kept, and the schedule is not.
///
/// What is due is offered in chunks of 64 at the most; how many of them one operation of the queue
/// moves (`queue.batch`) is the queue's business.
///
/// Where callers wait for their replies, they give up after `reply_timeout`. The record of such a
/// call stays out until it comes back, and a held one leaves the list.
///
/// One thread, the offerer's.
class QueuedEntry final : public CallEntry, private ConfirmationSink {
 public:
  struct Rules {
    Duration reply_timeout;           ///< after the planned instant
    std::size_t held_limit;           ///< held offers; beyond it: rejected
    bool holds_when_full = false;     ///< `when_full = "block"`
    bool done_when_accepted = false;  ///< the path `offer`
  };

  QueuedEntry(const Clock& clock, CallMaker maker, CallPool& pool, Queue& queue,
              Settlements& settlements, const Rules& rules);

  void connect(boost::asio::io_context* loop) override;
  void disconnect() override { producer_.reset(); }

  void offer(std::span<const PlannedCall> due, Instant now) override;
  Instant step(Instant now) override;
  void never_offered(const PlannedCall& call) override { maker_.settle_unsent(settlements_, call); }
  void refuse(const PlannedCall& call, Reason reason, Instant now) override {
    maker_.settle_rejected(settlements_, call, reason, now);
    tell_settled(call.seat, now, SettledSink::Ending::refused);
  }
  /// Held offers.
  [[nodiscard]] std::size_t in_flight() const noexcept override { return held_.size(); }
  [[nodiscard]] std::size_t peak_held() const noexcept override { return held_.peak(); }
  void abandon_rest(Instant now) override;

 private:
  static constexpr std::size_t chunk_calls = 64;

  /// What this side knows of a record that it has given a call to.
  struct Seat {
    enum class State : std::uint8_t {
      idle,
      ready,      ///< filled, about to be offered
      held,       ///< on the list of held offers
      withdrawn,  ///< its caller gave up while it was held; still on the list
      out,        ///< in the queue, with a worker or with the settler
      given_up,   ///< like `out`, but settled: its caller has left
      in_doubt    ///< like `out`, but settled: the queue refused it late, or nobody knows
    };
    std::uint32_t caller = 0;
    State state = State::idle;
    bool unconfirmed = false;  ///< the queue has not said yet whether it accepted the call
    bool returned = false;     ///< came back before it was confirmed
  };

  void confirmed(CallHandle call, QueueResult result, Instant at) noexcept override;

  [[nodiscard]] std::size_t prepare(std::span<const PlannedCall> due, Instant now);
  [[nodiscard]] CallRecord* free_record();
  /// Offers calls in order until one must wait. How many are dealt with.
  [[nodiscard]] std::size_t send(std::span<const CallHandle> calls);
  void sent(CallHandle call, Instant accepted_at);
  void accepted(CallRecord& record, Seat& seat, Instant accepted_at);
  void hold(CallHandle call, Instant now);
  void send_held();
  void settle_refused(CallHandle call, QueueResult result);

  void collect_returned();
  [[nodiscard]] bool take_back(CallRecord& record);
  void give_up(std::size_t index, Instant now);
  void keep_in_doubt(CallRecord& record, Seat& seat, Outcome outcome, Reason reason, Instant at);
  [[nodiscard]] CallRecord* oldest_in_doubt();

  /// Settles a call whose record may be somebody else's to write.
  void settle_from_here(const CallRecord& record, Outcome outcome, Reason reason, Instant now);
  void release(CallRecord& record, Seat& seat);
  [[nodiscard]] Seat& seat_of(const CallRecord& record) { return seats_[pool_.index_of(record)]; }

  const Clock& clock_;
  CallMaker maker_;
  CallPool& pool_;
  Queue& queue_;
  Settlements& settlements_;
  Rules rules_;
  std::unique_ptr<QueueProducer> producer_;
  std::vector<Seat> seats_;  // by index in the pool
  TimeoutList patience_;     // of callers who wait for a reply, and of held calls
  HeldCalls held_;
  bool found_full_ =
      false;  // why calls are held: the queue is full, and does not say when it is not
  std::deque<CallHandle> doubts_;  // settled, might still come back; oldest first
  std::array<CallHandle, chunk_calls> handles_{};
  std::array<Instant, chunk_calls> accepted_at_{};
};

}  // namespace queuemeter
