// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/backend/probing_index.hpp"
#include "harness/call/call_record.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/completed_by.hpp"
#include "harness/front/completion.hpp"
#include "harness/front/late_results.hpp"
#include "harness/front/result_places.hpp"
#include "harness/front/site_answer.hpp"
#include "harness/path/call_entry.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/run_window.hpp"
#include "harness/path/settlements.hpp"
#include "harness/path/timeout_list.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace queuemeter {

/// What asking for results costs, of the calls planned in the measured window.
struct PollCounts {
  std::uint64_t asked = 0;
  std::uint64_t unanswered = 0;  ///< of those: no connection, a timeout, an error of the site's
  Duration time{0};              ///< Σ from asking until the answer was there
};

/// The path through a front end: caller → a site over HTTP, and from there the result, later and by
/// another way. Two clocks: the *answer* is the first response to the request, and it must come
/// within `reply_timeout`; the *completion* is the result, and it may come until the drain ends.
///
/// A site that is full (503, 429) has rejected the call. One that took it owes a result; a result
/// for a call that failed before is wasted, a second one duplicated. What is owed when the drain is
/// over, the sweep asks for at the result URL: still queued or in work is unfinished, known no more
/// is lost; where nobody can be asked it is unknown.
///
/// In closed loops a caller waits for the completion, until `reply_timeout` at the most; the call
/// goes on without him.
///
/// One thread, the offerer's.
class FrontEntry final : public CallEntry, private CompletionSink {
 public:
  struct Rules {
    CompletedBy completed_by = CompletedBy::response;
    SiteWords words = SiteWords::of_http;
    Duration reply_timeout = std::chrono::seconds{5};         ///< after the planned instant
    Duration poll_interval = std::chrono::milliseconds{100};  ///< between two looks at one call
    std::size_t sweep_calls = 10'000;                         ///< asked for at the most, and
    Duration sweep_patience = std::chrono::seconds{5};        ///< for so long
  };
  /// Ways to the site and back; all must outlive the entry.
  struct Ways {
    Backend& requests;
    Backend* results = nullptr;  ///< result URLs; null where there are none
    /// Where a site says itself where each result can be had; null where result URLs follow from
    /// the call.
    ResultPlaces* places = nullptr;
    CompletionSource* completions = nullptr;  ///< where `callback` and `backend` need one
  };

  /// The pool's capacity is the limit of calls whose result is owed: further ones are rejected.
  FrontEntry(const Clock& clock, CallMaker maker, CallPool& pool, const Ways& ways,
             Settlements& settlements, const RunWindow& window, const Rules& rules);

  void connect(boost::asio::io_context* loop) override;
  void disconnect() override;

  void offer(std::span<const PlannedCall> due, Instant now) override;
  Instant step(Instant now) override;
  void never_offered(const PlannedCall& call) override { maker_.settle_unsent(settlements_, call); }
  void refuse(const PlannedCall& call, Reason reason, Instant now) override {
    maker_.settle_rejected(settlements_, call, reason, now);
    tell_settled(call.seat, now, SettledSink::Ending::refused);
  }
  [[nodiscard]] std::size_t in_flight() const noexcept override { return by_sequence_.size(); }

  void begin_sweep(Instant now) override;
  [[nodiscard]] bool is_sweeping(Instant now) const noexcept override;
  void abandon_rest(Instant now) override;

  /// When the offering thread has ended.
  [[nodiscard]] const PollCounts& polls() const noexcept { return polls_; }

 private:
  /// What this side knows of a record that it has given a call to.
  struct Seat {
    enum class State : std::uint8_t {
      idle,
      asked,    ///< its request is out
      early,    ///< so it is, and yet the result is here
      owed,     ///< the site has it, and owes the result
      looking,  ///< so it does, and a question about it is out
      judged    ///< the sweep knows what becomes of it, unless its result comes this very moment
    };
    Instant looked_at = unobserved;  ///< when that question left
    std::uint32_t caller = 0;
    State state = State::idle;
    bool caller_waits = false;
    bool can_be_asked = false;  ///< a result URL is known
  };

  /// Replies to requests and to questions come by two clients.
  template <void (FrontEntry::*replied_to)(CallHandle, const Reply&)>
  class Replies final : public ReplySink {
   public:
    explicit Replies(FrontEntry& entry) : entry_{entry} {}
    void replied(CallHandle call, const Reply& reply) override {
      (entry_.*replied_to)(call, reply);
    }

   private:
    FrontEntry& entry_;
  };

  void answered(CallHandle call, const Reply& reply);
  void looked(CallHandle call, const Reply& reply);
  void completed(const Completion& completion) override;

  void taken(CallRecord& record, const Reply& reply);
  void accept(CallRecord& record, Instant now);
  [[nodiscard]] bool can_be_asked(const CallRecord& record, const Reply& reply);
  void look(std::size_t index, Instant now);
  void found(CallRecord& record, ResultAnswer answer, Instant now);
  void found_in_sweep(CallRecord& record, ResultAnswer answer, Instant now);
  void ask_next(Instant now);
  void out_of_patience(std::size_t index, Instant now);
  void end_dropped(CallRecord& record, Instant now);
  [[nodiscard]] bool end_for_good(CallRecord& record, ResultAnswer answer, Instant now);
  void end(CallRecord& record, Outcome outcome, Reason reason, Instant now);

  const Clock& clock_;
  CallMaker maker_;
  CallPool& pool_;
  Ways ways_;
  Settlements& settlements_;
  RunWindow window_;
  Rules rules_;
  Replies<&FrontEntry::answered> answers_{*this};
  Replies<&FrontEntry::looked> looks_{*this};
  std::unique_ptr<BackendClient> requests_;
  std::unique_ptr<BackendClient> results_;
  std::vector<Seat> seats_;                              // by index in the pool
  ProbingIndex<std::uint64_t, UINT64_MAX> by_sequence_;  // calls that are not settled
  LateResults late_;                                     // calls that failed
  TimeoutList patience_;                                 // of callers, and for answers
  TimeoutList next_looks_;                               // when each is asked about again
  PollCounts polls_;
  Instant sweep_ends_ = unobserved;        // at the latest; observed once the sweep has begun
  Instant sweep_settles_at_ = unobserved;  // until when results of lost calls may still come
  std::size_t sweep_next_ = 0;             // the seat to be asked about next
  std::size_t sweep_asked_ = 0;
  std::size_t sweep_out_ = 0;  // questions without an answer yet
};

}  // namespace queuemeter
