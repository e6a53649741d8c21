// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/stepper.hpp"
#include "harness/path/call_taker.hpp"
#include "harness/path/reply_route.hpp"
#include "harness/path/retry_policy.hpp"
#include "harness/path/return_sink.hpp"
#include "harness/path/workbench.hpp"
#include "harness/queue/queue.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace queuemeter {

/// What all workers of a run share. Everything borrowed must outlive them.
struct WorkerContext {
  const Clock& clock;
  Queue& queue;
  Backend* backend = nullptr;  ///< null: a call is done when it is begun
  ReturnSink& returns;         ///< used by all worker threads at once
  Queue* replies = nullptr;    ///< of `path.reply = "queue"`
  TakenFront& front;
  const RetryPolicy& retry;
  RetryBudget& budget;
  TakingRules taking;
  std::size_t producers = 1;                   ///< offering threads
  std::vector<std::uint8_t> priorities = {0};  ///< that occur in the run
};

/// One blocking worker: takes a call, makes it, hands it back, takes the next. One call at a time,
/// with what it took in the same batch waiting behind.
///
/// A call whose deadline has passed when its turn comes is not made.
/// One thread; `busy_time`, `taken` and `retried` from any.
class Worker final : public Stepper {
 public:
  explicit Worker(const WorkerContext& context);

  /// Makes the worker's ends of the queues and of the backend; once, on its thread, before the
  /// first step. `loop` may be null where nothing needs sockets.
  void connect(boost::asio::io_context* loop);
  /// Lets go of them before the loop that drives them goes.
  void disconnect();

  /// Collects replies and, when idle, takes and begins calls until one is under way or the queue
  /// is empty. When it wants to be stepped next; `never` while it waits for the queue.
  Instant step(Instant now) override;

  /// Whether a call is in hand: then time or a socket brings news, else the queue does.
  [[nodiscard]] bool busy() const noexcept { return !bench_.idle(); }
  /// Waits for the queue, as an idle worker does.
  void wait(Instant until) { taker_.wait(until); }

  /// Gives up the call under way and those behind it: the run is over, they are unfinished.
  void abandon(Instant now);

  /// Total time spent with a call in hand, up to `now`.
  [[nodiscard]] Duration busy_time(Instant now) const noexcept { return bench_.busy_time(now); }
  [[nodiscard]] std::uint64_t taken() const noexcept { return taker_.taken(); }
  [[nodiscard]] std::uint64_t retried() const noexcept { return bench_.retried(); }

 private:
  /// Begins the next call that was taken; false when the queue has nothing.
  [[nodiscard]] bool begin_next(Instant now);
  void collect_finished();

  const WorkerContext& context_;
  std::optional<ReplyRoute> route_;
  Workbench bench_;
  CallTaker taker_;
};

}  // namespace queuemeter
