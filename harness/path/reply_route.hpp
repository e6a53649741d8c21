// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/call/stepper.hpp"
#include "harness/path/return_sink.hpp"
#include "harness/queue/queue.hpp"

#include <atomic>
#include <cstdint>
#include <memory>

namespace queuemeter {

/// The worker's side of a reply queue: a reply goes back through it, everything else (expired and
/// abandoned calls, deliveries too many) by the sink in memory.
///
/// The holder of a record writes its stamps there, and a queue that carries bytes takes them from
/// it. When the reply queue is full, the worker keeps its call: that is the back-pressure.
/// One for each worker thread, on that thread.
class ReplyRoute final : public ReturnSink, public Stepper, private ConfirmationSink {
 public:
  /// Both must outlive the route.
  ReplyRoute(Queue& replies, ReturnSink& memory) : replies_{replies}, memory_{memory} {}

  /// Makes the producer; on the thread that uses it, before the first return.
  void connect(const Clock& clock, boost::asio::io_context* loop) {
    producer_ = replies_.make_producer(clock, this, loop);
  }
  void disconnect() { producer_.reset(); }

  [[nodiscard]] bool returned(const Returned& what) noexcept override;
  Instant step(Instant now) override;

  /// Replies that the queue took over and may have lost since. Any thread.
  [[nodiscard]] std::uint64_t unconfirmed() const noexcept {
    return unconfirmed_.load(std::memory_order_relaxed);
  }

 private:
  void confirmed(CallHandle call, QueueResult result, Instant at) noexcept override;
  void pass_on_side_counts(const Returned& what, Instant planned_at) noexcept;

  Queue& replies_;
  ReturnSink& memory_;
  std::unique_ptr<QueueProducer> producer_;
  std::atomic<std::uint64_t> unconfirmed_{0};
};

}  // namespace queuemeter
