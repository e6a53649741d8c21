// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/queue_settings.hpp"
#include "harness/call/stepper.hpp"
#include "harness/measure/ledger.hpp"
#include "harness/path/call_entry.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/run_window.hpp"
#include "harness/path/settlements.hpp"
#include "harness/queue/queue.hpp"
#include "harness/queue/wait_point.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace queuemeter {

class TscClock;

/// Numbers for the calls of a saturated run, handed out in stretches as long as a block of the
/// ledger, so that several sources share them without meeting often. Dense but for what is left of
/// the last stretches. Thread-safe.
class SequenceStretches {
 public:
  static constexpr std::uint64_t calls = LedgerBlock::calls;
  [[nodiscard]] std::uint64_t take() noexcept {
    return next_.fetch_add(calls, std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> next_{0};
};

/// Calls that one source or consumer handles between two looks at anything else.
inline constexpr std::size_t saturation_chunk = 64;

/// Offers calls as fast as the queue takes them: `traffic.model = "saturate"`.
///
/// A call is planned when its chunk is begun. What the queue has no room for waits here, with its
/// `offered_at`, and no further call is planned until it is in. One class of calls. Not for virtual
/// time: there is always more to do.
/// One thread, except what says otherwise.
class alignas(128) SaturatingSource final : public Stepper {
 public:
  struct Parts {
    const Clock& clock;
    RunWindow window;
    CallMaker maker;
    CallPool& pool;  ///< its records belong to this source alone
    Queue& queue;
    Settlements& settlements;  ///< lateness and admission only with `Detail::every_span`
    Ledger::Planner& ledger;
    SequenceStretches& sequences;
    WaitPolicyKind wait = WaitPolicyKind::spin_yield;  ///< while the queue is full
    /// Only `DrainingConsumer`s take from the queue; they do not look at what `Call` says but for
    /// its class, offerer and deadline, so that nothing else has to be written for each call.
    bool is_drained = false;
  };
  explicit SaturatingSource(Parts parts);

  /// Makes its end of the queue; on its thread, before the first step.
  void connect() { producer_ = parts_.queue.make_producer(parts_.clock); }
  /// Lets go of it, and writes into the records that are still out what a sweep looks for.
  void disconnect();

  /// Offers what is held or else a new chunk; `now`, or `never` when traffic is over.
  Instant step(Instant now) override;
  /// How many calls the queue took in the last step.
  [[nodiscard]] std::size_t moved() const noexcept { return moved_; }
  /// Steps until traffic is over or `running` is false, waiting by its policy while the queue is
  /// full.
  void run(const std::atomic<bool>& running);

  /// The run is over: what is held was refused. After the last step.
  void give_up(Instant now);

  /// Ends traffic at `at` instead of the window's end. Any thread, at most once.
  void stop_at(Instant at) noexcept {
    stop_at_.store(to_nanoseconds(at), std::memory_order_release);
  }
  /// Whether all that was planned has been taken by the queue. Any thread.
  [[nodiscard]] bool finished() const noexcept { return finished_.load(std::memory_order_acquire); }
  /// Offers inside the measured window. Any thread.
  [[nodiscard]] std::uint64_t offered_in_window() const noexcept {
    return offered_in_window_.load(std::memory_order_relaxed);
  }

 private:
  void prepare(Instant now);
  void send(Instant now);
  static void name(CallRecord& record) noexcept;

  Parts parts_;
  std::unique_ptr<QueueProducer> producer_;
  std::size_t pending_ = 0;  // calls of `calls_` that the queue has not taken, from `next_` on
  std::size_t next_ = 0;
  std::size_t moved_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t sequence_end_ = 0;
  bool all_alike_;  // records are filled once, and only what differs is written for each call
  bool names_calls_;
  Instant planned_at_ = unobserved;
  std::array<CallHandle, saturation_chunk> calls_{};
  std::array<CallRecord*, saturation_chunk> records_{};
  std::array<Instant, saturation_chunk> accepted_at_{};
  WaitPoint room_;

  std::atomic<std::int64_t> stop_at_;
  std::atomic<bool> finished_{false};
  std::atomic<std::uint64_t> offered_in_window_{0};
};

/// Takes calls and is done with each at once: `backend.kind = "none"`. It settles them itself and
/// returns their records by a lane of its own.
///
/// An engine thread, of which there are few; one thread, except what says otherwise.
class alignas(128) DrainingConsumer final : public Stepper {
 public:
  struct Parts {
    const Clock& clock;
    Queue& queue;
    Settlements& settlements;
    std::vector<CallPool*> pools;  ///< by offerer
    std::size_t lane = 0;          ///< of this consumer, in each pool
    Stamps stamps = Stamps::own;   ///< shared: one reading for `replied_at` of a chunk
    bool stamps_reply = true;      ///< false: `replied_at` is `taken_at`, without a reading
    bool is_alone = false;         ///< no other consumer takes from this queue
    /// Spin: it looks into an empty queue again and again itself, which sees a call sooner than the
    /// pauses between the looks of a waiting consumer do. Else the queue's policy is what counts.
    WaitPolicyKind wait = WaitPolicyKind::spin_park;
  };
  explicit DrainingConsumer(Parts parts);

  /// Makes its end of the queue; on its thread, before the first step. And lets go of it.
  void connect() { consumer_ = parts_.queue.make_consumer(parts_.clock); }
  void disconnect() { consumer_.reset(); }

  /// Takes and settles what is there, a chunk at the most; `never`.
  Instant step(Instant now) override;
  /// How many calls the last step took.
  [[nodiscard]] std::size_t moved() const noexcept { return moved_; }
  /// Steps until the queue is closed and empty or `running` is false, waiting by the queue's policy
  /// while it is empty.
  void run(const std::atomic<bool>& running);

  /// Deliveries taken so far. Any thread.
  [[nodiscard]] std::uint64_t taken() const noexcept {
    return taken_.load(std::memory_order_relaxed);
  }
  /// When the call taken last had been offered; `unobserved` before the first. Any thread.
  [[nodiscard]] Instant front() const noexcept {
    return instant_from_nanoseconds(front_.load(std::memory_order_relaxed));
  }

 private:
  static constexpr std::uint64_t no_sequence = ~std::uint64_t{0};

  template <class AnyClock>
  void settle_all(const AnyClock& clock);
  void settle(CallHandle call, Instant taken_at, Instant replied_at) noexcept;
  void give_back() noexcept;

  Parts parts_;
  const TscClock* tsc_;  // `parts_.clock`, when it is one: its readings are inlined
  std::unique_ptr<QueueConsumer> consumer_;
  std::size_t moved_ = 0;
  QueueResult state_ = QueueResult::empty;
  std::size_t settled_ = 0;
  std::array<CallHandle, saturation_chunk> calls_{};
  std::array<CallRecord*, saturation_chunk> records_{};  // of this chunk, to be given back
  std::array<Instant, saturation_chunk> taken_at_{};
  CallRecord done_;  // the call being settled: a record is written by its offerer only
  std::vector<std::uint64_t> latest_;  // per offerer, to see a call overtaken

  std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::int64_t> front_{to_nanoseconds(unobserved)};
};

}  // namespace queuemeter
