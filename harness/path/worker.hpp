// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/call_record.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/stepper.hpp"
#include "harness/path/reply_inbox.hpp"
#include "harness/queue/queue.hpp"

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace queuemeter {

/// What all workers of a run share: when the call taken last had been offered. With a queue in
/// order, no waiting call is older. Any thread.
class TakenFront {
 public:
  void taken(Instant offered_at) noexcept {
    offered_at_.store(to_nanoseconds(offered_at), std::memory_order_relaxed);
  }
  [[nodiscard]] Instant offered_at() const noexcept {
    return instant_from_nanoseconds(offered_at_.load(std::memory_order_relaxed));
  }

 private:
  std::atomic<std::int64_t> offered_at_{to_nanoseconds(unobserved)};
};

/// One worker: takes a call, makes it, hands it back, takes the next. One call at a time.
///
/// A call whose deadline has passed is not made. A delivery too many is made like any other, as a
/// real consumer would, and reported as a duplicate.
/// One thread; `busy_time()` from any.
class Worker final : public Stepper, private ReplySink {
 public:
  Worker(const Clock& clock, std::unique_ptr<QueueConsumer> consumer, ReturnSink& returns,
         TakenFront& front, std::size_t producers)
      : clock_{clock},
        consumer_{std::move(consumer)},
        returns_{returns},
        front_{front},
        latest_taken_(producers, no_sequence) {}

  /// Connects the worker to its backend; once, before the first step.
  void connect(Backend& backend, boost::asio::io_context* loop) {
    client_ = backend.make_client(clock_, *this, loop);
  }

  /// Lets go of the backend client before the loop that drives it goes.
  void disconnect() { client_.reset(); }

  /// Collects replies and, when idle, takes and begins calls until one is under way or the queue
  /// is empty. Returns the backend client's next wake-up.
  Instant step(Instant now) override;

  [[nodiscard]] bool busy() const noexcept {
    return busy_since_.load(std::memory_order_relaxed) != idle;
  }
  /// What the last look into the queue found; `empty` and `closed` are why a worker is idle.
  [[nodiscard]] QueueResult queue_state() const noexcept { return queue_state_; }
  [[nodiscard]] QueueConsumer& consumer() noexcept { return *consumer_; }

  /// Gives up the call under way, if any: the run is over, it is unfinished.
  void abandon(Instant now);

  /// Total time spent with a call in hand, up to `now`. Any thread.
  [[nodiscard]] Duration busy_time(Instant now) const noexcept;

 private:
  static constexpr std::int64_t idle = std::numeric_limits<std::int64_t>::min();
  static constexpr std::uint64_t no_sequence = std::numeric_limits<std::uint64_t>::max();

  void replied(CallHandle call, const Reply& reply) override;
  void work_on(CallHandle call, Instant taken_at);
  [[nodiscard]] bool overtaken(const CallRecord& record) noexcept;
  void hand_back(Instant now) noexcept;

  const Clock& clock_;
  std::unique_ptr<QueueConsumer> consumer_;
  std::unique_ptr<BackendClient> client_;
  ReturnSink& returns_;
  TakenFront& front_;
  std::vector<std::uint64_t> latest_taken_;  // per producer, to see a call overtaken
  QueueResult queue_state_ = QueueResult::empty;

  CallHandle current_;
  bool current_is_duplicate_ = false;
  bool current_is_reordered_ = false;
  CallRecord duplicate_;  // stands in for the record of a call that somebody else holds

  std::atomic<std::int64_t> busy_since_{idle};     // ns; written by the worker only
  std::atomic<std::int64_t> busy_nanoseconds_{0};  // of finished calls
};

}  // namespace queuemeter
