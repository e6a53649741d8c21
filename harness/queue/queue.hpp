// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/queue_traits.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
  virtual ChunkResult offer(std::span<const CallHandle> calls, std::span<Instant> accepted_at) = 0;
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
  [[nodiscard]] virtual std::unique_ptr<QueueProducer> make_producer(const Clock& clock) = 0;
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
};

}  // namespace queuemeter
