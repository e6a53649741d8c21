// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_intake.hpp"
#include "harness/call/call_record.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/queue_settings.hpp"
#include "harness/call/queue_traits.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace queuemeter {

/// How an operation on a queue ended. Never a bool: "full", "closed" and "rejected" are different
/// kinds of drops.
enum class QueueResult : std::uint8_t { ok, full, empty, closed, timed_out, rejected, failed };
[[nodiscard]] std::string_view to_string(QueueResult result) noexcept;

/// How far a chunk of calls got, and why it got no further. Prefix semantics: the first `done`
/// calls of the span were moved, the rest were not touched.
struct ChunkResult {
  std::size_t done = 0;
  QueueResult result = QueueResult::ok;
};

/// Receives the calls that a queue throws away by a declared policy; nothing vanishes unseen.
/// Called on the thread whose operation caused the discard.
class DiscardSink {
 public:
  DiscardSink() = default;
  DiscardSink(const DiscardSink&) = delete;
  DiscardSink& operator=(const DiscardSink&) = delete;
  virtual ~DiscardSink() = default;
  virtual void discarded(CallHandle call, Reason reason) noexcept = 0;
};

/// Learns what became of offers that the queue confirms later (a broker's window). Called from
/// inside `QueueProducer::step`, on the producer's thread.
class ConfirmationSink {
 public:
  ConfirmationSink() = default;
  ConfirmationSink(const ConfirmationSink&) = delete;
  ConfirmationSink& operator=(const ConfirmationSink&) = delete;
  virtual ~ConfirmationSink() = default;
  /// `ok`: accepted at `at`. `full`, `rejected`, `closed`: it is not in the queue. `failed` or
  /// `timed_out`: nobody knows; the call is in doubt.
  virtual void confirmed(CallHandle call, QueueResult result, Instant at) noexcept = 0;
};

/// A producer's end of a queue. One instance per thread; made, used and destroyed by that thread.
class QueueProducer {
 public:
  QueueProducer() = default;
  QueueProducer(const QueueProducer&) = delete;
  QueueProducer& operator=(const QueueProducer&) = delete;
  virtual ~QueueProducer() = default;

  /// Offers the calls in order, stamping `offered_at` before and `accepted_at` after each one, and
  /// stops at the first that is not accepted. Never waits.
  /// A record belongs to whoever takes it as soon as it is in the queue, so `offered_at` is written
  /// before and `accepted_at` is handed back in `accepted_at` (same length as `calls`).
  /// `unobserved` there means: sent, and the sink will hear of it. An `offered_at` that is set
  /// already is kept: the call was held on the caller's side since then.
  virtual ChunkResult offer(std::span<const CallHandle> calls, std::span<Instant> accepted_at) = 0;

  /// How many more calls it can take over now; less than asked for when its window of unconfirmed
  /// offers is nearly full. Calls beyond it wait on the caller's side.
  [[nodiscard]] virtual std::size_t room() const noexcept { return SIZE_MAX; }
  /// Reports confirmations that have come and does what is due; the next instant it wants to be
  /// stepped at. A queue with sockets is driven by the event loop given to `make_producer` as well.
  virtual Instant step(Instant /*now*/) { return never; }
};

/// A consumer's end of a queue. One instance per thread; made, used and destroyed by that thread.
class QueueConsumer {
 public:
  QueueConsumer() = default;
  QueueConsumer(const QueueConsumer&) = delete;
  QueueConsumer& operator=(const QueueConsumer&) = delete;
  virtual ~QueueConsumer() = default;

  /// Takes what is there, at most `calls.size()`, and never waits to fill the span. `taken_at` is
  /// stamped into `taken_at` (same length), because a handle may be stale (see `CallRecord`).
  /// `empty` with done = 0 when nothing was there; `closed` once it is closed and empty.
  virtual ChunkResult take(std::span<CallHandle> calls, std::span<Instant> taken_at) = 0;

  /// Waits by the queue's wait policy until a take may succeed, the queue closes, or `until`.
  /// May return early. `empty` (try again), `timed_out` or `closed`.
  virtual QueueResult wait(Instant until) = 0;

  /// The work on calls that were taken here is done, and an acked queue may forget them. Nothing to
  /// do where delivery is destructive. The records may be somebody else's by now: only the handles'
  /// slots and sequences are looked at.
  virtual QueueResult acknowledge(std::span<const CallHandle> /*calls*/) { return QueueResult::ok; }
  /// Gives a call that was taken here back: it will be delivered again. `rejected` where the queue
  /// cannot.
  virtual QueueResult give_back(CallHandle /*call*/) { return QueueResult::rejected; }
};

/// What a queue needs to know of the run it serves.
struct QueueContext {
  std::uint64_t run_id = 0;
  std::uint64_t seed = 0;        ///< of the payload's bytes
  CallIntake* intake = nullptr;  ///< for queues that carry bytes; null where the queue is not used
  std::uint32_t largest_payload = 0;
  std::string_view role = "calls";  ///< "calls" or "replies"; part of the names it creates
  bool is_owner = true;             ///< false in a worker process: it opens what its parent made
  /// False: in-process queues do not read the clock after an offer, and say accepted when offered.
  bool stamps_admission = true;
};

/// What carries calls from producers to consumers.
///
/// Making ends, `close`, `depth` and `interrupt` are thread-safe; the ends are not.
class Queue {
 public:
  Queue() = default;
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;
  virtual ~Queue() = default;

  [[nodiscard]] virtual const QueueTraits& traits() const noexcept = 0;
  /// `sink` hears of late confirmations and `loop` drives sockets; in-process queues use neither.
  /// Both must outlive the producer.
  [[nodiscard]] virtual std::unique_ptr<QueueProducer> make_producer(
      const Clock& clock, ConfirmationSink* sink = nullptr,
      boost::asio::io_context* loop = nullptr) = 0;
  [[nodiscard]] virtual std::unique_ptr<QueueConsumer> make_consumer(const Clock& clock) = 0;

  /// From now on offers end in `closed`; takes still drain what is there. Idempotent.
  virtual void close() noexcept = 0;
  /// Wakes every waiting consumer now, once.
  virtual void interrupt() noexcept = 0;
  /// Calls waiting; nothing when the queue cannot tell.
  [[nodiscard]] virtual std::optional<std::size_t> depth() const noexcept = 0;
  /// The bound in calls; nothing when there is none.
  [[nodiscard]] virtual std::optional<std::size_t> bound() const noexcept = 0;
  /// What the queue really runs with, read back where a server decides.
  [[nodiscard]] virtual std::vector<std::pair<std::string, std::string>> effective_settings()
      const = 0;
  /// Of the library or server that carries the calls.
  [[nodiscard]] virtual std::string version() const { return "in-process"; }
  /// Deliveries again of calls that nobody acknowledged in time, so far. Thread-safe.
  [[nodiscard]] virtual std::uint64_t redelivered() const noexcept { return 0; }
  /// Whether a sweep can find everything that is still in it; what a sweep cannot find is unknown.
  [[nodiscard]] virtual bool can_be_swept() const noexcept { return true; }
  /// After a sweep: why the nth call that it did not find is gone, from 0; `none` where the queue
  /// cannot tell. Which call is the nth nobody knows, so the reasons are right in number only.
  [[nodiscard]] virtual Reason loss_reason(std::uint64_t /*nth*/) const noexcept {
    return Reason::none;
  }
};

/// Makes the queue that settings name, for a run, or says why it cannot.
using OpenQueue =
    std::function<Result<std::unique_ptr<Queue>>(const QueueSettings&, const QueueContext&)>;

}  // namespace queuemeter
